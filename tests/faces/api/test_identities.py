"""R/identities (contract/wire.md §1.2, §1.4; extensions.md §10)."""

from typing import Any

import pytest

from apps.core.times import rfc3339
from apps.credentials.models import Credential, CredentialBindingJob
from apps.directory.models import GroupMembership, Identity
from apps.events.models import Event
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import Caller, missing, read, violations
from tests.world import World

TRAITS = {"type": "traits_v0", "username": "test", "primary_email_address": "test@example.com"}


def new(**changes: Any) -> dict[str, Any]:
    given = {"display_name": "Test Identity", "traits": TRAITS, **changes}
    return {"identity": {name: value for name, value in given.items() if value is not None}}


def bob_json(world: World, **changes: Any) -> dict[str, Any]:
    bob = Identity.objects.get(pk=world.bob.pk)
    return {
        "id": bob.pk,
        "realm_id": bob.realm_id,
        "tenant_id": bob.tenant_id,
        "display_name": "Bob Baker",
        "status": "active",
        "enrollment_status": "UNENROLLED",
        "create_time": rfc3339(bob.created_at),
        "update_time": rfc3339(bob.updated_at),
        "traits": {"type": "traits_v0", "username": "bob", "primary_email_address": "bob@acme.test"},
        **changes,
    }


def change(world: World) -> Event:
    """The last event of an identity, which must be the application's doing."""
    event = record.last(world.realm, EventType.IDENTITY_CHANGE)
    application = world.acme.management_api
    assert (event.actor_type, event.actor_id) == ("application", str(application.pk))
    assert event.actor_display_name == "Identity Cloud Management API"
    return event


# --- create -------------------------------------------------------------------------------------------------------------
def test_create_answers_200_with_the_bare_resource(world: World, api: Caller) -> None:
    made = read(api.post("/identities", new()))
    row = Identity.objects.get(pk=made["id"])
    assert made == {
        "id": row.pk,
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "display_name": "Test Identity",
        "status": "active",
        "enrollment_status": "UNENROLLED",
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.created_at),
        "traits": TRAITS,
    }
    assert made["create_time"].endswith("Z")


def test_create_leaves_its_event(world: World, api: Caller) -> None:
    made = read(api.post("/identities", new()))
    event = change(world)
    assert (event.outcome, event.data["action"]) == ("SUCCESS", "CREATE")
    assert event.targets == [{"type": "identity", "id": made["id"], "display_name": "Test Identity"}]
    assert event.data["personal"]["changes"]["traits.username"] == [None, "test"]


def test_create_takes_every_trait_of_the_contract(api: Caller) -> None:
    traits = {**TRAITS, "external_id": "E-1", "family_name": "T", "given_name": "G", "department": "Kitchen"}
    made = read(api.post("/identities", new(traits=traits)))
    assert made["traits"] == traits


def test_create_takes_the_username_for_a_name(api: Caller) -> None:
    assert read(api.post("/identities", new(display_name=None)))["display_name"] == "test"


def test_create_may_begin_suspended(api: Caller) -> None:
    assert read(api.post("/identities", new(status="suspended")))["status"] == "suspended"


def test_what_we_alone_say_is_ignored_in_a_request(world: World, api: Caller) -> None:
    lies = {"id": "1", "tenant_id": "1", "realm_id": "1", "create_time": "1", "update_time": "1"}
    made = read(api.post("/identities", new(**lies)))
    assert (made["tenant_id"], made["realm_id"]) == (world.acme.tenant.pk, world.realm.pk)
    assert made["id"] != "1"


@pytest.mark.parametrize("username", ["bob", "BOB", "ｂｏｂ"])
def test_a_username_is_one_persons_whatever_its_case(world: World, api: Caller, username: str) -> None:
    body = read(api.post("/identities", new(traits={**TRAITS, "username": username})), 409)
    info = {
        "type": "ResourceInfo",
        "resource_type": "Identity",
        "id": world.bob.pk,
        "description": "username already exists",
    }
    assert body == {"code": "conflict", "message": "username already exists", "details": [info]}
    assert change(world).outcome == "CONFLICT"


def test_the_same_username_is_free_in_another_realm(world: World, api: Caller) -> None:
    elsewhere = api.at(world.acme.opened.first_realm)
    assert read(elsewhere.post("/identities", new(traits={**TRAITS, "username": "bob"})))["traits"]["username"] == "bob"


def test_an_external_id_is_one_persons(api: Caller) -> None:
    first = read(api.post("/identities", new(traits={**TRAITS, "external_id": "E-1"})))
    second = {**TRAITS, "username": "external_id", "external_id": "E-1"}
    body = read(api.post("/identities", new(traits=second)), 409)
    assert (body["message"], body["details"][0]["id"]) == ("external id already exists", first["id"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("identity", "missing")]),
        ([], [("identity", "missing")]),
        ("identity", [("identity", "missing")]),
        (None, [("identity", "missing")]),
        ({"identity": None}, [("identity", "not an object")]),
        ({"identity": []}, [("identity", "not an object")]),
        ({"identity": {}}, [("identity.traits", "missing")]),
        ({"identity": {"traits": []}}, [("identity.traits", "not an object")]),
        (
            {"identity": {"traits": {}}},
            [("identity.traits.type", "missing"), ("identity.traits.username", "missing")],
        ),
        ({"identities": {}, "identity": {}}, [("identities", "unknown field")]),
        (new(traits={**TRAITS, "type": "traits_v1"}), [("identity.traits.type", "must be traits_v0")]),
        (new(traits={**TRAITS, "username": ""}), [("identity.traits.username", "empty string")]),
        (new(traits={**TRAITS, "username": None}), [("identity.traits.username", "missing")]),
        (new(traits={**TRAITS, "username": 7}), [("identity.traits.username", "not a string")]),
        (new(traits={**TRAITS, "username": "x" * 65}), [("identity.traits.username", "longer than 64 characters")]),
        (new(traits={**TRAITS, "shoe_size": "7"}), [("identity.traits.shoe_size", "unknown field")]),
        (
            new(traits={**TRAITS, "primary_email_address": "nobody"}),
            [("identity.traits.primary_email_address", "not an e-mail address")],
        ),
        (new(display_name=""), [("identity.display_name", "empty string")]),
        (new(display_name="x" * 65), [("identity.display_name", "longer than 64 characters")]),
        (new(display_name=["x"]), [("identity.display_name", "not a string")]),
        (new(status="ACTIVE"), [("identity.status", "must be active or suspended")]),
        (new(status={}), [("identity.status", "must be active or suspended")]),
        (new(is_managed=True), [("identity.is_managed", "unknown field")]),
    ],
)
def test_a_bad_body_names_its_fields(api: Caller, body: Any, expected: list[tuple[str, str]]) -> None:
    count = Identity.objects.count()
    assert violations(api.post("/identities", body)) == expected
    assert Identity.objects.count() == count


def test_every_violation_is_told_at_once(api: Caller) -> None:
    given = {"display_name": "<b>", "traits": {"username": "", "shoe_size": 1}, "status": 1, "admin": True}
    fields = {field for field, _ in violations(api.post("/identities", {"identity": given}))}
    assert fields == {
        "identity.display_name",
        "identity.traits.type",
        "identity.traits.username",
        "identity.traits.shoe_size",
        "identity.status",
        "identity.admin",
    }


@pytest.mark.parametrize("character", "{}[]<>;:?\\/|*^%$#=~`!")
def test_a_display_name_has_none_of_these(api: Caller, character: str) -> None:
    ((field, description),) = violations(api.post("/identities", new(display_name=f"Bob{character}")))
    assert field == "identity.display_name"
    assert "not allowed" in description


@pytest.mark.parametrize("username", ["a<b", "ada#EXT#@acme.test", "x=y"])
def test_a_program_gives_no_username_with_signs_but_keeps_one_that_is_there(
    world: World, api: Caller, username: str
) -> None:
    """The pattern of the reference's description. Other directories bring theirs as they are."""
    ((field, _),) = violations(api.post("/identities", new(traits={**TRAITS, "username": username})))
    assert field == "identity.traits.username"
    bob = f"/identities/{world.bob.pk}"
    given = {"identity": {"traits": {"type": "traits_v0", "username": username}}}
    assert [found[0] for found in violations(api.patch(bob, given))] == [field]
    Identity.objects.filter(pk=world.bob.pk).update(username=username, username_key=username.casefold())
    assert read(api.patch(bob, given))["traits"]["username"] == username


def test_names_that_unfold_are_refused_and_not_cut(api: Caller) -> None:
    ((field, _),) = violations(api.post("/identities", new(traits={**TRAITS, "username": "\ufdfa" * 64})))
    assert field == "identity.traits.username"


# --- read ---------------------------------------------------------------------------------------------------------------
def test_get_answers_the_bare_resource(world: World, api: Caller) -> None:
    assert read(api.get(f"/identities/{world.bob.pk}")) == bob_json(world)


def test_head_is_get_without_a_body(world: World, api: Caller) -> None:
    response = api.call("HEAD", f"/identities/{world.bob.pk}")
    assert (response.status_code, response.content) == (200, b"")


def test_the_list_has_everybody_oldest_first(world: World, api: Caller) -> None:
    body = read(api.get("/identities"))
    assert set(body) == {"identities", "total_size"}
    assert [identity["traits"]["username"] for identity in body["identities"]] == ["bob", "carol", "dave"]
    assert body["identities"][0] == bob_json(world)
    assert body["total_size"] == 3


@pytest.mark.parametrize("wanted", ["0000000000000000", "x", "é", "%0A", "%27%20OR%201=1--", "0" * 3000, "%FF", "-"])
def test_who_is_not_there_is_not_found(api: Caller, wanted: str) -> None:
    for response in (
        api.get(f"/identities/{wanted}"),
        api.patch(f"/identities/{wanted}", {}),
        api.delete(f"/identities/{wanted}"),
    ):
        assert read(response, 404)["message"] == "identity not found"


def test_not_found_says_of_what(api: Caller) -> None:
    assert read(api.get("/identities/51c3c2d2907d6b40"), 404) == missing("identity", "Identity", "51c3c2d2907d6b40")


# --- change -------------------------------------------------------------------------------------------------------------
def test_patch_changes_what_is_given_and_nothing_else(world: World, api: Caller) -> None:
    given = {"display_name": "Robert Baker", "traits": {"type": "traits_v0", "family_name": "Baker"}}
    changed = read(api.patch(f"/identities/{world.bob.pk}", {"identity": given}))
    traits = {**bob_json(world)["traits"], "family_name": "Baker"}
    assert changed == bob_json(world, display_name="Robert Baker", traits=traits)
    assert changed["update_time"] > changed["create_time"]
    event = change(world)
    assert event.data["action"] == "UPDATE"
    assert event.data["personal"]["changes"] == {
        "display_name": ["Bob Baker", "Robert Baker"],
        "traits.family_name": ["", "Baker"],
    }


@pytest.mark.parametrize("nothing", ["", None])
def test_patch_clears_a_trait(world: World, api: Caller, nothing: str | None) -> None:
    given = {"traits": {"type": "traits_v0", "primary_email_address": nothing}}
    assert "primary_email_address" not in read(api.patch(f"/identities/{world.bob.pk}", {"identity": given}))["traits"]


def test_patch_of_nothing_changes_nothing(world: World, api: Caller) -> None:
    changed = read(api.patch(f"/identities/{world.bob.pk}", {"identity": {}}))
    assert changed == bob_json(world)


def test_patch_suspends_and_brings_back(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    assert (
        read(api.patch(f"/identities/{world.bob.pk}", {"identity": {"status": "suspended"}}))["status"] == "suspended"
    )
    assert change(world).data["changes"] == {"status": ["active", "suspended"]}
    assert ("SESSION_CHANGE", "SUCCESS") in record.told(world.realm, EventType.SESSION_CHANGE)
    assert read(api.patch(f"/identities/{world.bob.pk}", {"identity": {"status": "active"}}))["status"] == "active"


def test_patch_that_is_refused_in_one_part_changes_no_other(world: World, api: Caller) -> None:
    given = {"display_name": "X", "status": "suspended", "traits": {"type": "traits_v0", "username": "carol"}}
    assert read(api.patch(f"/identities/{world.bob.pk}", {"identity": given}), 409)["code"] == "conflict"
    bob = Identity.objects.get(pk=world.bob.pk)
    assert (bob.display_name, bob.status, bob.username) == ("Bob Baker", "active", "bob")


def test_patch_needs_the_kind_of_traits_too(world: World, api: Caller) -> None:
    given = {"traits": {"username": "robert"}}
    expected = [("identity.traits.type", "missing")]
    assert violations(api.patch(f"/identities/{world.bob.pk}", {"identity": given})) == expected


def test_two_patches_from_the_same_reading_lose_nothing(world: World) -> None:
    """The second writer read the row before the first one changed it."""
    from apps.directory.services import identities

    first, second = (Identity.objects.select_related("realm").get(pk=world.bob.pk) for _ in range(2))
    identities.update_identity(world.ctx, first, display_name="Robert")
    identities.suspend_identity(world.ctx, second)
    assert Identity.objects.get(pk=world.bob.pk).display_name == "Robert"


# --- delete -------------------------------------------------------------------------------------------------------------
def test_delete_answers_200_and_nothing(world: World, api: Caller) -> None:
    response = api.delete(f"/identities/{world.bob.pk}")
    assert (response.status_code, response.content) == (200, b"")
    assert change(world).data["action"] == "DELETE"
    assert read(api.get(f"/identities/{world.bob.pk}"), 404) == missing("identity", "Identity", world.bob.pk)
    assert read(api.delete(f"/identities/{world.bob.pk}"), 404) == missing("identity", "Identity", world.bob.pk)


def test_delete_takes_passkeys_jobs_and_memberships_along(world: World, api: Caller) -> None:
    carol = world.acme.customers.carol
    ceremonies.give_passkey(world, carol)
    assert api.delete(f"/identities/{carol.pk}").status_code == 200
    for left in (Credential, CredentialBindingJob, GroupMembership):
        assert not left.objects.filter(identity_id=carol.pk).exists()
    assert record.events(world.realm, EventType.CREDENTIAL_CHANGE)


def test_an_administrator_does_not_delete_herself(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    asked = ceremonies.client_of(world, world.acme.console)
    token = ceremonies.tokens_for(world.visitor, asked, passkey, scope="openid identities:delete identities:update")
    ada = Caller(api.browser, token["access_token"], world.acme.admin_realm)
    body = read(ada.delete(f"/identities/{world.ada.pk}"), 403)
    assert (body["code"], body["message"]) == ("forbidden", "forbidden")
    assert body["details"][0]["description"] == "you cannot do this to your own identity"
    assert record.last(world.acme.admin_realm, EventType.IDENTITY_CHANGE).actor_id == world.ada.pk


def test_the_last_administrator_stays_whoever_asks(world: World, api: Caller) -> None:
    admin_realm, path = api.at(world.acme.admin_realm), f"/identities/{world.ada.pk}"
    detail = {"type": "WouldLockOut", "identity_ids": [world.ada.pk]}
    locked_out = {"code": "conflict", "message": "would_lock_out", "details": [detail]}
    assert read(admin_realm.delete(path), 409) == locked_out
    assert read(admin_realm.patch(path, {"identity": {"status": "suspended"}}), 409) == locked_out
    assert read(admin_realm.get(path))["status"] == "active"


# --- groups of an identity ----------------------------------------------------------------------------------------------
def test_the_groups_of_an_identity(world: World, api: Caller) -> None:
    place = world.acme.customers
    body = read(api.get(f"/identities/{place.carol.pk}:listGroups"))
    group = {
        "id": place.contractors.pk,
        "realm_id": place.realm.pk,
        "tenant_id": place.realm.tenant_id,
        "display_name": "Contractors",
        "description": "Outside staff",
        "create_time": rfc3339(place.contractors.created_at),
        "update_time": rfc3339(place.contractors.updated_at),
    }
    assert body == {"groups": [group], "total_size": 1}
    assert read(api.get(f"/identities/{world.bob.pk}:listGroups")) == {"groups": [], "total_size": 0}
    assert read(api.get("/identities/nobody:listGroups"), 404) == missing("identity", "Identity", "nobody")


def test_a_verb_that_does_not_exist_is_not_found(world: World, api: Caller) -> None:
    body = read(api.get(f"/identities/{world.bob.pk}:promote"), 404)
    assert body == {"code": "not_found", "message": "The requested resource was not found."}
