"""What an administrator ends over the API ends everything that hangs on it, at once, at every door (extensions.md §4)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from apps.applications.protocol import DEVICE_CODE
from apps.applications.services import applications
from apps.authentication import notices
from apps.authentication.models import LogoutNotice
from apps.credentials import selectors as credentials
from apps.tokens.issuer import endpoints_of
from apps.web import cookies
from tests import ceremonies, relying_party
from tests.faces.api.caller import Caller, read
from tests.faces.oidc.shop import FORM, Shop, answer_to
from tests.relying_party import RelyingParty, verified
from tests.world import REDIRECT_URI

pytestmark = pytest.mark.django_db


@pytest.fixture
def party(settings: Any) -> Iterator[RelyingParty]:
    settings.OUTGOING_ALLOW_LOOPBACK = True
    with relying_party.listening() as listening:
        yield listening


@dataclass
class Everything:
    """Bob's browser session, what the application got in it, a code on its way, and a device he has just approved."""

    shop: Shop
    tokens: dict[str, Any]
    code: str
    device_code: str

    def post(self, endpoint: str, **form: str) -> Any:
        body = {"client_id": self.shop.application.client_id, "client_secret": self.shop.party.secret, **form}
        return Browser().post(self.shop.path(endpoint), urlencode(body), content_type=FORM)

    def left(self) -> set[str]:
        """What of it still works, each asked over HTTP."""
        tried = {
            "session": "code" in answer_to(self.shop.authorize(prompt="none"), REDIRECT_URI),
            "userinfo": self.shop.userinfo(self.tokens["access_token"]).status_code == 200,
            "introspection": self.post("introspect", token=self.tokens["access_token"]).json().get("active", False),
            "refresh": self.post(
                "token", grant_type="refresh_token", refresh_token=self.tokens["refresh_token"]
            ).status_code == 200,
            "code": Browser().post(
                self.shop.path("token"), self.shop.party.form(self.code), content_type=FORM
            ).status_code == 200,
            "device": self.post("token", grant_type=DEVICE_CODE, device_code=self.device_code).status_code == 200,
        }  # fmt: skip
        return {name for name, works in tried.items() if works}


@pytest.fixture
def everything(shop: Shop, party: RelyingParty) -> Everything:
    config = {
        "grant_type": ["authorization_code", DEVICE_CODE],
        "token_configuration": {"refresh_token": {"enabled": True}},
        "backchannel_logout_uri": party.url,
    }
    shop.party.application = applications.update_application(shop.world.ctx, shop.application, protocol_config=config)
    done = shop.sign_in()
    tokens = shop.token(shop.party.form(done.code)).json()
    code = answer_to(shop.authorize(), REDIRECT_URI)["code"]
    secrets = {"client_id": shop.application.client_id, "client_secret": shop.party.secret}
    waiting = Browser().post(shop.path("device_authorization"), urlencode(secrets), content_type=FORM).json()
    page = f"/authenticator/v1/{shop.world.realm.path}/device"
    form = {"user_code": waiting["user_code"], "answer": "approve"}
    assert b"Device connected" in shop.browser.post(page, form).content
    return Everything(shop, tokens, code, waiting["device_code"])


@pytest.fixture
def api(shop: Shop) -> Caller:
    token = ceremonies.management_token(shop.world.ctx, shop.world.acme)
    return Caller(Browser(), token, shop.world.realm)


def bobs(shop: Shop) -> str:
    return f"/identities/{shop.world.bob.pk}"


def suspend(api: Caller, shop: Shop) -> Any:
    return api.patch(bobs(shop), {"identity": {"status": "suspended"}})


def revoke_credential(api: Caller, shop: Shop) -> Any:
    (passkey,) = credentials.active_credentials_of(shop.world.bob)
    return api.post(f"{bobs(shop)}/credentials/{passkey.pk}:revoke")


def end_session(api: Caller, shop: Shop) -> Any:
    (session,) = read(api.get("/sessions", identity_id=shop.world.bob.pk))["sessions"]
    return api.delete(f"/sessions/{session['id']}")


def delete_identity(api: Caller, shop: Shop) -> Any:
    return api.delete(bobs(shop))


ENDINGS = [suspend, revoke_credential, end_session, delete_identity]


def test_everything_works_until_it_is_ended(everything: Everything) -> None:
    assert everything.left() == {"session", "userinfo", "introspection", "refresh", "code", "device"}


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_it_ends_everything_at_once_and_the_application_is_told(
    everything: Everything, api: Caller, party: RelyingParty, end: Callable[[Caller, Shop], Any]
) -> None:
    assert end(api, everything.shop).status_code == 200
    # A device is of no session: only who ends the person or the passkey ends it.
    assert everything.left() == ({"device"} if end is end_session else set())
    (notice,) = LogoutNotice.objects.all()
    assert notices.deliver_to(notice.application_id) == 1
    claims = verified(party.tokens[0], everything.shop.application)
    assert claims["sid"] == ceremonies.payload_of(everything.tokens["id_token"])["sid"]


def test_a_deleted_application_leaves_nothing_behind_and_the_persons_session_is_not_its(
    everything: Everything, api: Caller
) -> None:
    shop = everything.shop
    mine, beside = shop.party, shop.register("Beside")
    shop.party = mine
    assert api.delete(f"/applications/{shop.application.pk}").status_code == 200
    assert shop.userinfo(everything.tokens["access_token"]).status_code == 404
    for form in (
        {"grant_type": "refresh_token", "refresh_token": everything.tokens["refresh_token"]},
        {"grant_type": "authorization_code", "code": everything.code, "redirect_uri": REDIRECT_URI},
        {"grant_type": DEVICE_CODE, "device_code": everything.device_code},
    ):
        assert everything.post("token", **form).status_code == 404
    realms_own = f"/v1/{shop.world.realm.path}/introspect"
    asked = Browser().post(
        realms_own,
        urlencode({"token": everything.tokens["access_token"]}),
        content_type=FORM,
        headers={"Authorization": f"Bearer {api.token}"},
    )
    assert asked.json() == {"active": False}
    assert read(api.get("/sessions", identity_id=shop.world.bob.pk))["total_size"] == 1
    shop.party = beside
    assert "code" in answer_to(shop.authorize(prompt="none"), REDIRECT_URI)


def test_what_ended_stays_ended_for_an_old_cookie_and_old_tokens(everything: Everything, api: Caller) -> None:
    shop = everything.shop
    cookie = shop.browser.cookies[cookies.session_cookie(shop.world.realm.pk)].value
    hint = everything.tokens["id_token"]
    shop.browser.get(f"{endpoints_of(shop.application).end_session}?{urlencode({'id_token_hint': hint})}")
    shop.browser.cookies[cookies.session_cookie(shop.world.realm.pk)] = cookie
    assert everything.left() == {"device"}
    assert read(api.get("/sessions", identity_id=shop.world.bob.pk))["total_size"] == 0
