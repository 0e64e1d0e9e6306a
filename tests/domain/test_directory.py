"""People and groups of a realm: who may have which name, who is in what, and who cannot saw off the branch they sit on."""

import pytest

from apps.applications.models import AccessToken
from apps.authentication.models import Session
from apps.core.context import Actor, ActorType
from apps.core.errors import Invalid, NotFound
from apps.credentials.models import Credential, CredentialBindingJob
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.models import GroupMembership, Identity
from apps.directory.services import groups, identities
from apps.directory.services.groups import GroupHasChildren, GroupNameTaken, LastAdministrator, ManagedGroup
from apps.directory.services.identities import OwnIdentity
from apps.directory.services.identity_rows import ExternalIdTaken, Newcomer, UsernameTaken
from apps.events.types import EventType
from tests import ceremonies
from tests import record as auditor
from tests.world import acting_as, join

pytestmark = pytest.mark.django_db


def parse(creating=True, **given):
    return traits.parse({"type": traits.TYPE, **given}, creating=creating)


def create(world, username="nina", realm=None, display_name="Nina New", **given):
    return identities.create_identity(
        world.ctx, realm or world.realm, display_name=display_name, traits=parse(username=username, **given)
    )


def refused_fields(given, creating=True):
    with pytest.raises(Invalid) as refused:
        traits.parse(given, creating=creating)
    return {
        violation.field.removeprefix("identity.traits"): violation.description for violation in refused.value.violations
    }


# --- identities -------------------------------------------------------------------------------------------------------


def test_a_person_joins_a_realm(world):
    nina = create(world, primary_email_address="Nina@acme.test", title="Driver", given_name="Nina")
    found = directory.get_identity(world.realm, nina.pk)
    assert (found.username, found.primary_email_address, found.given_name) == ("nina", "Nina@acme.test", "Nina")
    assert found.traits == {"title": "Driver"}
    assert (found.status, found.email_verified_at) == ("active", None)


def test_of_many_who_join_at_once_nobody_does_where_one_may_not(world):
    newcomers = [Newcomer("", parse(username=name)) for name in ("nina", "otto", "BOB")]
    with pytest.raises(UsernameTaken) as refused:
        identities.create_identities(world.ctx, world.realm, newcomers)
    assert refused.value.facts["resource_id"] == world.bob.pk
    assert Identity.objects.filter(username__in=["nina", "otto"]).count() == 0
    assert auditor.last(world.realm, EventType.IDENTITY_CHANGE).outcome == "CONFLICT"
    made = identities.create_identities(world.ctx, world.realm, newcomers[:2])
    assert [each.display_name for each in made] == ["nina", "otto"]


def test_without_a_display_name_the_username_is_shown(world):
    assert create(world, display_name="").display_name == "nina"


@pytest.mark.parametrize("username", ["bob", "BOB", " Bob ", "Ｂｏｂ"])
def test_a_username_is_one_persons_whatever_its_case(world, username):
    with pytest.raises(UsernameTaken, match="^username already exists$"):
        create(world, username)
    assert auditor.last(world.realm, EventType.IDENTITY_CHANGE).outcome == "CONFLICT"


def test_the_same_username_and_external_id_are_free_in_every_other_realm(world):
    create(world, "zoe", external_id="7")
    for realm in (world.acme.staff.realm, world.acme.admin_realm, world.evil.customers.realm):
        create(world, "zoe", realm=realm, external_id="7")


def test_an_external_id_is_one_persons(world):
    create(world, "first", external_id="7")
    with pytest.raises(ExternalIdTaken):
        create(world, "second", external_id="7")
    create(world, "third")
    create(world, "fourth")  # having none is no conflict


def test_an_update_changes_what_is_given_and_nothing_else(world):
    nina = create(world, title="Driver", department="Fleet", given_name="Nina")
    identities.update_identity(world.ctx, nina, traits=parse(creating=False, title="Lead", department="", locale="de"))
    nina.refresh_from_db()
    assert nina.traits == {"title": "Lead", "locale": "de"}
    assert (nina.display_name, nina.given_name, nina.username) == ("Nina New", "Nina", "nina")


def test_taking_a_name_that_somebody_has_changes_nothing(world):
    nina = create(world, title="Driver")
    with pytest.raises(UsernameTaken):
        identities.update_identity(world.ctx, nina, traits=parse(creating=False, username="BOB", title="Lead"))
    assert Identity.objects.values_list("username", "traits").get(pk=nina.pk) == ("nina", {"title": "Driver"})


def test_a_new_address_is_not_a_verified_one(world):
    Identity.objects.filter(pk=world.bob.pk).update(email_verified_at=world.ctx.now)
    bob = directory.get_identity(world.realm, world.bob.pk)
    identities.update_identity(world.ctx, bob, traits=parse(creating=False, primary_email_address="BOB@acme.test"))
    assert bob.email_verified_at is not None  # the same mailbox
    identities.update_identity(world.ctx, bob, traits=parse(creating=False, primary_email_address="bob@evil.test"))
    bob.refresh_from_db()
    assert bob.email_verified_at is None


def test_personal_values_stand_apart_in_the_event(world):
    create(world, primary_email_address="nina@acme.test")
    event = auditor.last(world.realm, EventType.IDENTITY_CHANGE)
    assert event.data["personal"]["changes"]["traits.primary_email_address"] == [None, "nina@acme.test"]
    assert "nina@acme.test" not in str({**event.data, "personal": ""})


@pytest.mark.parametrize(
    ("given", "field", "description"),
    [
        (None, "", "missing"),
        ([], "", "not an object"),
        ({"username": "x"}, ".type", "missing"),
        ({"type": "traits_v1", "username": "x"}, ".type", "must be traits_v0"),
        ({"type": ["traits_v0"], "username": "x"}, ".type", "must be traits_v0"),
        ({"type": "traits_v0"}, ".username", "missing"),
        ({"type": "traits_v0", "username": ""}, ".username", "empty string"),
        ({"type": "traits_v0", "username": None}, ".username", "missing"),
        ({"type": "traits_v0", "username": {}}, ".username", "not a string"),
        ({"type": "traits_v0", "username": "x", "shoe_size": "44"}, ".shoe_size", "unknown field"),
        ({"type": "traits_v0", "username": "x", "email_verified": "true"}, ".email_verified", "unknown field"),
        ({"type": "traits_v0", "username": "x", "title": 5}, ".title", "not a string"),
        ({"type": "traits_v0", "username": "x", "title": "x" * 513}, ".title", "longer than 512 characters"),
        ({"type": "traits_v0", "primary_email_address": "x"}, ".primary_email_address", "not an e-mail address"),
    ],
)  # fmt: skip
def test_traits_that_cannot_be_are_refused_by_name(given, field, description):
    assert refused_fields(given)[field] == description


def test_every_wrong_trait_is_named():
    wrong = {"username": "", "title": 5, "shoe_size": "44"}
    assert set(refused_fields(wrong)) == {".type", ".username", ".title", ".shoe_size"}


def test_an_update_needs_no_username():
    assert refused_fields({"username": "x"}, creating=False) == {".type": "missing"}


# --- suspending and deleting ------------------------------------------------------------------------------------------


def test_suspending_twice_is_fine(world):
    for _ in range(2):
        identities.suspend_identity(world.ctx, world.bob)
    assert directory.get_identity(world.realm, world.bob.pk).status == "suspended"


def test_deleting_a_person_takes_along_what_is_theirs_and_leaves_the_events(world):
    carol = world.acme.customers.carol
    passkey = ceremonies.give_passkey(world, carol)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    ceremonies.invite(world, carol)
    carol_id, before = carol.pk, len(auditor.events(world.realm))
    identities.delete_identity(world.ctx, carol)
    for model in (Credential, CredentialBindingJob, GroupMembership, Session):
        assert not model.objects.filter(identity_id=carol_id).exists()
    assert not AccessToken.objects.filter(user_id=carol_id).exists()
    assert len(auditor.events(world.realm)) > before
    with pytest.raises(NotFound):
        directory.get_identity(world.realm, carol_id)


def test_a_person_who_comes_back_is_somebody_new(world):
    old = world.bob.pk
    identities.delete_identity(world.ctx, world.bob)
    assert create(world, "bob").pk != old


@pytest.mark.parametrize("act", [identities.suspend_identity, identities.delete_identity])
def test_nobody_suspends_or_deletes_themselves(world, act):
    with pytest.raises(OwnIdentity):
        act(world.ctx, world.ada)
    assert directory.get_identity(world.acme.admin_realm, world.ada.pk).is_active
    assert auditor.last(world.acme.admin_realm, EventType.IDENTITY_CHANGE).outcome == "FORBIDDEN"


# --- the last administrator -------------------------------------------------------------------------------------------


def admins(world):
    return directory.groups_in(world.acme.admin_realm).get(is_managed=True)


@pytest.fixture
def robot(world):
    """The management API's own token: somebody who is not Ada, and could lock her out."""
    actor = Actor(ActorType.APPLICATION, str(world.acme.management_api.pk), "Management API")
    return world.ctx.acting_as(actor)


def by_removal(ctx, world):
    groups.remove_members(ctx, admins(world), [world.ada.pk])


def by_suspension(ctx, world):
    identities.suspend_identity(ctx, world.ada)


def by_deletion(ctx, world):
    identities.delete_identity(ctx, world.ada)


@pytest.mark.parametrize("lock_out", [by_removal, by_suspension, by_deletion])
def test_the_last_administrator_stays(world, robot, lock_out):
    passkey = ceremonies.give_passkey(world, world.ada)
    with pytest.raises(LastAdministrator):
        lock_out(robot, world)
    world.ada.refresh_from_db()
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)


@pytest.mark.parametrize("lock_out", [by_removal, by_suspension, by_deletion])
def test_one_of_two_administrators_may_go(world, robot, lock_out):
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace Second", "acme.test")
    groups.add_members(world.ctx, admins(world), [grace.pk])
    lock_out(robot, world)
    assert list(directory.members_of(admins(world)).filter(status="active")) == [grace]


@pytest.mark.parametrize("lock_out", [by_removal, by_suspension, by_deletion])
def test_a_suspended_administrator_is_nobody_to_rely_on(world, robot, lock_out):
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace Second", "acme.test")
    groups.add_members(world.ctx, admins(world), [grace.pk])
    identities.suspend_identity(robot, grace)
    with pytest.raises(LastAdministrator):
        lock_out(robot, world)


# --- groups -------------------------------------------------------------------------------------------------------------


def test_a_group_begins_empty_and_its_name_is_its_own_in_the_realm(world):
    made = groups.create_group(world.ctx, world.realm, display_name="Night shift", description="Ten to six")
    assert list(directory.members_of(made)) == []
    with pytest.raises(GroupNameTaken):
        groups.create_group(world.ctx, world.realm, display_name="Night shift")
    groups.create_group(world.ctx, world.acme.staff.realm, display_name="Night shift")


def test_renaming_a_group_to_a_name_that_is_taken_changes_nothing(world):
    made = groups.create_group(world.ctx, world.realm, display_name="Night shift")
    with pytest.raises(GroupNameTaken):
        groups.update_group(world.ctx, made, display_name="Contractors")
    assert directory.get_group(world.realm, made.pk).display_name == "Night shift"


@pytest.mark.parametrize(
    ("changes", "field"), [({"display_name": "<b>"}, "display_name"), ({"description": "x" * 301}, "description")]
)
def test_a_group_that_cannot_be_is_refused_by_its_field(world, changes, field):
    with pytest.raises(Invalid) as refused:
        groups.create_group(world.ctx, world.realm, **{"display_name": "Fine", **changes})
    assert refused.value.violations[0].field == f"group.{field}"


def test_members_come_and_go_and_coming_twice_is_coming_once(world):
    made = groups.create_group(world.ctx, world.realm, display_name="Night shift")
    everybody = [world.bob.pk, world.acme.customers.carol.pk]
    groups.add_members(world.ctx, made, [world.bob.pk])
    groups.add_members(world.ctx, made, [*everybody, world.bob.pk])
    assert {person.pk for person in directory.members_of(made)} == set(everybody)
    groups.remove_members(world.ctx, made, everybody)
    groups.remove_members(world.ctx, made, everybody)
    assert not directory.members_of(made).exists()


@pytest.mark.parametrize("who", ["other realm", "other tenant", "nobody"])
@pytest.mark.parametrize("verb", [groups.add_members, groups.remove_members])
def test_members_are_of_the_groups_own_realm_all_or_none(world, who, verb):
    stranger = {
        "other realm": world.acme.staff.bob.pk,
        "other tenant": world.evil.customers.bob.pk,
        "nobody": "0" * 16,
    }[who]
    group = world.acme.customers.contractors
    with pytest.raises(NotFound) as refused:
        verb(world.ctx, group, [world.bob.pk, world.acme.customers.carol.pk, stranger])
    assert refused.value.resource_id == stranger
    assert list(directory.members_of(group)) == [world.acme.customers.carol]


@pytest.mark.parametrize("wrong", [[], ["x"] * 1001, [5], [None], [["x"]], ["\x00"], "abc", None])
def test_a_list_of_members_that_is_none_is_refused(world, wrong):
    with pytest.raises((Invalid, NotFound)):
        groups.add_members(world.ctx, world.acme.customers.contractors, wrong)


def test_a_group_with_members_is_not_deleted(world):
    with pytest.raises(GroupHasChildren):
        groups.delete_group(world.ctx, world.acme.customers.contractors)
    groups.remove_members(world.ctx, world.acme.customers.contractors, [world.acme.customers.carol.pk])
    groups.delete_group(world.ctx, world.acme.customers.contractors)
    assert not directory.groups_in(world.realm).exists()


def test_the_managed_group_is_neither_renamed_nor_deleted(world):
    for change in (
        lambda: groups.update_group(world.ctx, admins(world), display_name="x"),
        lambda: groups.delete_group(world.ctx, admins(world)),
    ):
        with pytest.raises(ManagedGroup):
            change()


def test_the_event_names_the_group_and_everybody_who_came(world):
    groups.add_members(world.ctx, world.acme.customers.contractors, [world.bob.pk])
    event = auditor.last(world.realm, EventType.GROUP_MEMBERSHIP_CHANGE)
    assert event.data["action"] == "ADD"
    assert [target["id"] for target in event.targets] == [world.acme.customers.contractors.pk, world.bob.pk]


def test_log_in_elsewhere_finds_administrators_alone(world):
    found = directory.tenants_of_address("ADA@acme.test")
    assert [identity.pk for identity in found] == [world.ada.pk]
    assert not directory.tenants_of_address("bob@acme.test").exists()
    assert not directory.tenants_of_address("nobody@acme.test").exists()
    assert acting_as(world.ctx, world.ada).actor.id == world.ada.pk
