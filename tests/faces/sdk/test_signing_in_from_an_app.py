"""POST …/bi-authenticate of an embedded authenticator: Jwt, WebAuthn or X509, and what comes back (contract/wire.md §3.4)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.authentication.models import Session
from apps.events.types import EventType
from apps.policy import services as policy
from tests import apps, ceremonies, record
from tests.apps import App
from tests.authenticator import SoftPasskey
from tests.software_key import SoftwareKey
from tests.world import World

GENERIC = "this passkey could not be verified"


@pytest.fixture
def app(world: World) -> App:
    return apps.open_app(world)


@pytest.fixture
def key() -> SoftwareKey:
    return SoftwareKey()


def publish(world: World, action: str, **further: Any) -> None:
    rule = {"id": "r", "name": "r", "transaction": "authentication", "condition": {}, "action": {"type": action, **further}}
    binding = {"id": "b", "name": "b", "transaction": "credential_binding", "condition": {}, "action": {"type": "allow"}}
    policy.save_draft(world.ctx, world.realm, [rule, binding])
    policy.publish_draft(world.ctx, world.realm)


def proof_of(kind: str, app: App, asked: Any, passkey: Any) -> dict[str, str]:
    return {"X509": apps.certificate_for, "Jwt": apps.token_for, "WebAuthn": apps.assertion_for}[kind](
        app, asked, passkey
    )


def passkey_of(kind: str, app: App) -> Any:
    if kind == "WebAuthn":
        return apps.give_passkey(app)
    key = SoftwareKey()
    apps.bind(app, key, "X509" if kind == "X509" else "JWT")
    return key


@pytest.mark.parametrize("kind", ["X509", "Jwt", "WebAuthn"])
def test_each_kind_of_passkey_signs_in_once(world: World, app: App, kind: str) -> None:
    passkey = passkey_of(kind, app)
    asked = app.arrive()
    proof = proof_of(kind, app, asked, passkey)
    done = app.post(proof).json()
    assert done["type"] == "allow", done
    where = parse_qs(urlsplit(done["redirect_url"]).query)
    assert (where["code"], where["state"]) == ([done["code"]], [app.client.state])
    tokens = app.client.redeem(world.visitor, done["code"])
    claims = ceremonies.payload_of(tokens["id_token"])
    assert claims["amr"] == (["pop", "hwk", "user"] if kind == "WebAuthn" else ["pop", "swk"])
    assert claims["acr"] == "phr" and not Session.objects.exists()
    assert app.post(proof).json() == {"type": "deny", "message": GENERIC}
    assert record.last(world.realm, EventType.AUTHENTICATION_TRANSACTION).data["reason"] == "the sign-in is over"
