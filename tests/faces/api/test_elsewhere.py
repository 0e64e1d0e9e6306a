"""404: what is of another realm or tenant is as unknown as what is nowhere (contract/extensions.md §10)."""

import re

import pytest

from apps.applications.models import AccessToken
from apps.applications.services import resource_servers, roles
from apps.events.models import Event
from apps.realms import themes
from apps.realms.models import Realm
from apps.tokens.keys import published_keys
from tests import ceremonies
from tests.faces.api.caller import UNKNOWN, Caller, missing, read
from tests.faces.api.operations import EVERY
from tests.world import Place, World


def ids_elsewhere(world: World, path: str) -> list[str]:
    """The path with every id of Acme's other realm, of Evil Corp's, and with ids that nobody has."""
    own = things_of(world, world.acme.customers)
    filled = []
    for place in (world.acme.staff, world.evil.customers):
        found = things_of(world, place)
        people = (place.bob.pk, place.carol.pk, world.bob.pk, "-")
        filled += [fill(path, {**found, "I": identity_id}) for identity_id in people] if "/I" in path else []
        filled += [fill(path, found), fill(path, {**found, "S": own["S"]}), fill(path, {**own, "L": found["L"]})]
    return [each for each in filled if each != fill(path, own)]


def things_of(world: World, place: Place) -> dict[str, str]:
    """By the letters of OPERATIONS, one of each that the place's realm has."""
    passkey = ceremonies.give_passkey(world, place.carol)
    server = resource_servers.create_resource_server(
        world.ctx, place.realm, display_name="Pets", identifier="https://pets.test", scopes=["pets:read"]
    )
    return {
        "I": place.carol.pk,
        "C": place.carol.credentials.get(webauthn_id=passkey.webauthn_id).pk,
        "J": ceremonies.invite(world, place.bob).job.pk,
        "B": ceremonies.invite_many(world, place, [place.bob.pk]).pk,
        "G": place.contractors.pk,
        "S": str(server.pk),
        "L": roles.create_role(world.ctx, server, display_name="Keeper").pk,
        "A": str(place.application.pk),
        "K": token_in(world, place),
        "N": str(ceremonies.live_sessions(world, place.carol)[0].pk),
        "Y": published_keys(place.realm)[0].kid,
        "F": str(place.config.pk),
        "M": str(themes.create_theme(world.ctx, place.realm, email_realm_name="Pets").pk),
    }


def token_in(world: World, place: Place) -> str:
    """The id of a token for the place's application."""
    passkey = ceremonies.give_passkey(world, place.carol)
    tokens = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, place.application), passkey)
    return AccessToken.objects.get(token_suffix=tokens["access_token"][-6:], application=place.application).jti


def fill(path: str, ids: dict[str, str]) -> str:
    return "".join(f"/{ids[part[1:]]}" if part[1:] in ids else part for part in _parts(path))


def _parts(path: str) -> list[str]:
    """/identities/I:listGroups → /identities, /I, :listGroups"""
    pieces = []
    for segment in path.split("/")[1:]:
        name, colon, verb = segment.partition(":")
        pieces += [f"/{name}", colon + verb]
    return pieces


THINGS = [param for param in EVERY if re.search("/[BCJGSLMFAKNY]", str(param.values[1]))]


TERSE = re.compile(r"/resource-servers(/S)?|/authenticator-configs(/F)?|/applications(/A.*)?")


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_a_realm_of_another_tenant_is_as_unknown_as_none(world: World, api: Caller, method: str, path: str) -> None:
    for realm_id in (world.evil.customers.realm.pk, "0000000000000000", "-", "%00x"[3:], "é"):
        caller = api.at(Realm(pk=realm_id, tenant_id=world.acme.tenant.pk))
        filled = path.replace("/I", f"/{world.evil.customers.bob.pk}")
        expected = UNKNOWN if TERSE.fullmatch(path) else missing("realm", "Realm", realm_id)
        assert read(caller.call(method, filled), 404) == expected


@pytest.mark.parametrize(("method", "path"), [p for p in EVERY if "/I" in str(p.values[1])])
def test_an_identity_of_elsewhere_is_as_unknown_as_none(world: World, api: Caller, method: str, path: str) -> None:
    for place in (world.acme.staff, world.evil.customers):
        filled = path.replace("/I", f"/{place.bob.pk}")
        assert read(api.call(method, filled), 404) == missing("identity", "Identity", place.bob.pk)


@pytest.mark.parametrize(("method", "path"), THINGS)
def test_a_thing_of_elsewhere_is_unknown_too(world: World, api: Caller, method: str, path: str) -> None:
    for filled in ids_elsewhere(world, path):
        before = Event.objects.count()
        answer = api.call(method, filled)
        assert read(answer, 404)["code"] == "not_found"
        told = Event.objects.filter(correlation_id=answer["X-Correlation-Id"])
        wanted = [] if method == "GET" else [("API_REQUEST_DENIED", "NOT_FOUND", world.acme.tenant.pk)]
        assert list(told.values_list("type", "outcome", "tenant_id")) == wanted
        assert Event.objects.count() == before + len(wanted)  # none where the thing is
