"""Administrators at the console: who may enter it, as what, and what nobody can do to the others or to themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.authority import BeyondOwnScopes
from apps.applications.models import Role
from apps.applications.scopes import MANAGEMENT_SCOPES
from apps.authentication import lockout
from apps.credentials.services import jobs
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.models import Event
from apps.onboarding import administrators, seeds
from apps.policy import selectors as policy
from apps.policy import services as policy_verbs
from apps.policy.engine import decide
from apps.realms.models import OutgoingMail
from tests.words import words_of
from tests.world import World, acting_as

pytestmark = pytest.mark.django_db

HERE = "/console/administrators"


def office(world: World) -> administrators.Office:
    return administrators.office_of(world.acme.admin_realm)


def role(world: World, name: str) -> Role:
    return Role.objects.get(realm=world.acme.admin_realm, display_name=name)


def invite(ada: Client, world: World, name: str, email: str, as_: str) -> Any:
    return ada.post(f"{HERE}/new", {"name": name, "email": email, "role": str(role(world, as_).pk)})


def person(world: World, email: str) -> Identity:
    return Identity.objects.get(realm=world.acme.admin_realm, username=email)


@pytest.fixture
def grace(ada: Client, world: World) -> Identity:
    """Looks after the directory, and nothing else."""
    ada.post(f"{HERE}/set-up")
    assert invite(ada, world, "Grace Hopper", "grace@acme.test", "Directory administrator").status_code == 303
    return person(world, "grace@acme.test")


def test_the_predefined_roles_have_scopes_that_there_are_and_the_auditors_change_nothing() -> None:
    for each in seeds.ADMIN_ROLES:
        assert set(each.scopes) < set(MANAGEMENT_SCOPES)
        assert len(set(each.scopes)) == len(each.scopes)
    auditor = seeds.ADMIN_ROLES[-1]
    assert set(auditor.scopes) == {scope for scope in MANAGEMENT_SCOPES if scope.endswith(":read")}


def test_roles_are_set_up_once_and_let_their_holders_in(ada: Client, world: World) -> None:
    assert "Set up roles" in ada.get(HERE).content.decode()
    for _ in range(2):
        assert ada.post(f"{HERE}/set-up").status_code == 303
    for each in seeds.ADMIN_ROLES:
        assert role(world, each.name).scopes == list(each.scopes)
    assert policy.published(world.acme.admin_realm).version == 2
    assert "Set up roles" not in ada.get(HERE).content.decode()


def test_a_policy_that_was_put_back_gets_its_rules_again(ada: Client, world: World, grace: Identity) -> None:
    realm, here = world.acme.admin_realm, office(world)
    seeded = seeds.admin_rules(str(here.console.pk), here.everybody.pk)
    policy_verbs.publish_at_once(world.request, realm, seeded, comment="As it began")
    assert "Set up roles" in ada.get(HERE).content.decode()
    ada.post(f"{HERE}/set-up")
    assert "Set up roles" not in ada.get(HERE).content.decode()
    _, rules = policy.rules_in_force(realm)
    assert not decide(rules, lockout._next_sign_in(world.request, realm, grace)).denies


def test_rules_that_somebody_is_still_writing_are_not_published_along(ada: Client, world: World) -> None:
    realm = world.acme.admin_realm
    policy_verbs.save_draft(world.request, realm, policy.published(realm).rules)
    ada.post(f"{HERE}/set-up")
    assert policy.published(realm).version == 1
    assert "publish or discard it first" in ada.get(HERE).content.decode()
    assert not Role.objects.filter(realm=realm, display_name="Directory administrator").exists()


def test_somebody_is_invited_in_one_page_with_a_link_by_mail(
    ada: Client, world: World, grace: Identity, sign_in: Callable[..., Client]
) -> None:
    mail = OutgoingMail.objects.get(recipient="grace@acme.test")
    assert mail.kind == "binding_link"
    listed = ada.get(HERE).content.decode()
    for text in ("Grace Hopper", "Directory administrator", "None yet"):
        assert text in listed
    _, rules = policy.rules_in_force(world.acme.admin_realm)
    assert not decide(rules, lockout._next_sign_in(world.request, grace.realm, grace)).denies
    theirs = sign_in(world.acme, grace)
    assert theirs.get(f"/console/realms/{world.realm.pk}/identities").status_code == 200
    assert theirs.get(f"/console/realms/{world.realm.pk}/policy").status_code == 403
    told = Event.objects.get(
        realm_id=grace.realm_id, type="ROLE_MEMBERSHIP_CHANGE", data__action="INVITE_ADMINISTRATOR"
    )
    assert told.actor_id == world.ada.pk


def test_what_was_typed_is_kept_and_the_address_is_somebodys_alone(ada: Client, world: World, grace: Identity) -> None:
    again = invite(ada, world, "Another Grace", "grace@acme.test", "Auditor (read-only)")
    assert again.status_code == 422
    assert "Another Grace" in again.content.decode()
    assert "has this address" in again.content.decode()
    for bad in ({"email": "no address"}, {"name": "a\x00b"}, {"role": "0" * 16}, {"email": ""}):
        given = {"name": "X", "email": "x@acme.test", "role": str(role(world, "Auditor (read-only)").pk), **bad}
        assert ada.post(f"{HERE}/new", given).status_code == 422, bad
    assert Identity.objects.filter(realm=world.acme.admin_realm).count() == 2


def test_a_role_changes_and_what_it_gave_is_gone_at_once(
    ada: Client, world: World, grace: Identity, sign_in: Callable[..., Client]
) -> None:
    theirs = sign_in(world.acme, grace)
    for name, sees in (("Auditor (read-only)", 403), (seeds.ADMIN_ROLE, 200), ("Directory administrator", 200)):
        assert ada.post(f"{HERE}/{grace.pk}", {"role": str(role(world, name).pk)}).status_code == 303
        held = administrators.roles_held(office(world), [grace.pk])[grace.pk]
        assert [each.display_name for each in held] == [name]
        if name != "Directory administrator":  # who leaves the managed group is signed out
            assert theirs.get(f"/console/realms/{world.realm.pk}/identities/new").status_code == sees


def test_of_two_who_change_a_role_the_second_sees_what_the_first_did(
    ada: Client, world: World, grace: Identity
) -> None:
    page = f"{HERE}/{grace.pk}"
    seen = ada.get(page).context["form"]["seen"].value()
    auditor, application = role(world, "Auditor (read-only)"), role(world, "Application administrator")
    assert ada.post(page, {"role": auditor.pk, "seen": seen}).status_code == 303
    lost = ada.post(page, {"role": application.pk, "seen": seen})
    assert lost.status_code == 409
    assert "Somebody else changed this while you edited it" in lost.content.decode()
    assert "<dd>Auditor (read-only)</dd>" in lost.content.decode()
    assert administrators.roles_held(office(world), [grace.pk])[grace.pk] == [auditor]
    again = lost.context["form"]["seen"].value()
    assert ada.post(page, {"role": application.pk, "seen": again}).status_code == 303
    assert administrators.roles_held(office(world), [grace.pk])[grace.pk] == [application]


def test_the_last_administrator_stays_and_nobody_removes_themselves(
    ada: Client, world: World, grace: Identity, sign_in: Callable[..., Client]
) -> None:
    ada.post(f"{HERE}/{grace.pk}", {"role": str(role(world, seeds.ADMIN_ROLE).pk)})
    own = ada.post(f"{HERE}/{world.ada.pk}/remove")
    assert own.status_code == 409
    assert "ask another administrator" in own.content.decode()
    theirs = sign_in(world.acme, grace)
    identities.suspend_identity(acting_as(world.request, world.ada), grace)
    grace.refresh_from_db()
    assert theirs.get(HERE).status_code == 302
    ctx = acting_as(world.request, grace)
    for verb in (
        lambda: administrators.remove_administrator(ctx, office(world), world.ada),
        lambda: administrators.change_role(ctx, office(world), world.ada, role(world, "Auditor (read-only)")),
    ):
        with pytest.raises(administrators.groups.LastAdministrator):
            verb()
    assert applications.role_scopes(world.ada, office(world).server) == set(MANAGEMENT_SCOPES)


def test_a_refusal_to_lock_out_names_whom_it_would_shut_out(
    ada: Client, world: World, grace: Identity, sign_in: Callable[..., Client]
) -> None:
    """Grace is the only other one in the group, and the rules let only her in as she is."""
    ada.post(f"{HERE}/{grace.pk}", {"role": str(role(world, seeds.ADMIN_ROLE).pk)})
    realm = world.acme.admin_realm
    only_grace = {"attribute": "identity.id", "operator": "in", "value": [grace.pk]}
    rules = [{**policy.published(realm).rules[0], "condition": only_grace}]
    policy_verbs.publish_at_once(world.request, realm, rules, comment="Grace alone")
    answer = ada.post(f"{HERE}/{grace.pk}/remove")
    assert answer.status_code == 409
    assert "Grace Hopper" in answer.content.decode()
    assert grace.pk in applications.administrators(role(world, seeds.ADMIN_ROLE)).values_list("pk", flat=True)


def test_who_is_removed_is_out_at_once_and_stays_in_the_directory(
    ada: Client, world: World, grace: Identity, sign_in: Callable[..., Client]
) -> None:
    theirs = sign_in(world.acme, grace)
    assert "Remove Grace Hopper" in ada.get(f"{HERE}/{grace.pk}/remove").content.decode()
    assert ada.post(f"{HERE}/{grace.pk}/remove").status_code == 303
    assert theirs.get("/console/realms").status_code == 302
    ada.get(HERE)  # says so
    assert "Grace Hopper" not in ada.get(HERE).content.decode()
    assert ada.get(f"{HERE}/{grace.pk}").status_code == 404
    assert ada.post(f"{HERE}/{grace.pk}/remove").status_code == 404
    assert Identity.objects.filter(pk=grace.pk).exists()


def test_several_get_links_another_role_or_go_but_never_oneself_or_the_last(
    ada: Client, world: World, grace: Identity
) -> None:
    assert invite(ada, world, "Alan Turing", "alan@acme.test", "Auditor (read-only)").status_code == 303
    alan, ada_herself = person(world, "alan@acme.test"), world.acme.administrator
    page = ada.get(HERE).content.decode()
    assert f'name="id" value="{alan.pk}"' in page
    assert f'name="id" value="{ada_herself.pk}"' not in page
    everybody = ",".join([alan.pk, grace.pk, ada_herself.pk])
    before = OutgoingMail.objects.count()
    both = f"{alan.pk},{grace.pk}"
    assert ada.post(f"{HERE}/bulk", {"action": "link", "ids": both}).status_code == 303
    assert OutgoingMail.objects.count() == before + 2
    auditor = role(world, "Auditor (read-only)")
    changed = ada.post(f"{HERE}/bulk", {"action": "role", "ids": everybody, "role": auditor.pk})
    assert "2 administrators hold the role now." in changed.content.decode()
    assert "Ada" in changed.content.decode(), "nobody changes what they are themselves"
    assert office(world).everybody.memberships.filter(identity=ada_herself).exists()
    asked = {"action": "remove", "ids": everybody}
    assert ada.post(f"{HERE}/bulk", {**asked, "confirmation": "delete 3"}).status_code == 422
    gone = ada.post(f"{HERE}/bulk", {**asked, "confirmation": "remove 3"})
    assert "2 administrators are removed." in gone.content.decode()
    assert list(administrators.administrators_in(office(world))) == [ada_herself]


def test_nobody_hands_on_scopes_they_do_not_hold_nor_becomes_who_may_more(
    world: World, grace: Identity, sign_in: Callable[..., Client]
) -> None:
    """A directory administrator may change people and mail links, none that makes a passkey of a super administrator's."""
    theirs = sign_in(world.acme, grace)
    for method, path in (
        ("GET", "new"),
        ("POST", "set-up"),
        ("POST", f"{world.ada.pk}"),
        ("POST", f"{world.ada.pk}/remove"),
    ):
        assert theirs.generic(method, f"{HERE}/{path}").status_code == 403, path
    admin_realm = f"/console/realms/{world.acme.admin_realm.pk}/identities/{world.ada.pk}"
    for path in ("suspend", "delete"):
        theirs.post(f"{admin_realm}/{path}", {"confirmation": world.ada.username})
    theirs.post(f"{HERE}/{world.ada.pk}/link")
    world.ada.refresh_from_db()
    assert world.ada.status == "active"
    held = frozenset(role(world, "Directory administrator").scopes)
    ctx = acting_as(world.request, grace).holding(held)
    config = office(world).console.authenticator_config
    assert config is not None
    with pytest.raises(BeyondOwnScopes):
        jobs.create_job(ctx, world.ada, delivery_method="RETURN", authenticator_config=config)
    for name in (seeds.ADMIN_ROLE, "Application administrator"):
        with pytest.raises(BeyondOwnScopes):
            administrators.change_role(acting_as(ctx, world.bob), office(world), grace, role(world, name))


def test_only_the_tenants_own_administrators_are_there(ada: Client, eve: Client, world: World, grace: Identity) -> None:
    assert "Evil" not in words_of(ada.get(HERE, {"q": "e"}))
    for path in ("", "/remove", "/link"):
        for method in ("GET", "POST"):
            assert eve.generic(method, f"{HERE}/{grace.pk}{path}").status_code in (404, 405)
            assert ada.generic(method, f"{HERE}/{world.bob.pk}{path}").status_code in (404, 405)
