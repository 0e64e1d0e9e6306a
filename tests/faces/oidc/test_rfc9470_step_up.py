"""Step-up (RFC 9470): an API of somebody else's wants a better or newer proof, and the client comes back with one."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.authentication.models import Session
from apps.tokens import assurance
from tests import ceremonies
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.world import REDIRECT_URI


@dataclass
class Vault:
    """A resource server that knows the issuer's published keys, and RFC 9470 §3."""

    keys: dict[str, Any]
    now: datetime
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    def open(self, access_token: str) -> dict[str, str]:
        """{} when it opens, otherwise what its WWW-Authenticate asks for."""
        claims = jwt.decode(access_token, KeySet.import_key_set(self.keys), algorithms=["ES256"]).claims  # type: ignore[arg-type]
        wanted = {}
        if self.acr_values and claims["acr"] not in self.acr_values:
            wanted["acr_values"] = " ".join(self.acr_values)
        if self.max_age is not None and self.now.timestamp() - claims["auth_time"] > self.max_age:
            wanted["max_age"] = str(self.max_age)
        return self._challenge(wanted) if wanted else {}

    def _challenge(self, wanted: dict[str, str]) -> dict[str, str]:
        said = ", ".join(f'{name}="{value}"' for name, value in wanted.items())
        header = f'Bearer error="insufficient_user_authentication", {said}'
        assert header.startswith('Bearer error="insufficient_user_authentication"')
        return dict(re.findall(r'(acr_values|max_age)="([^"]*)"', header))


@pytest.fixture
def vault(shop: Shop) -> Vault:
    return Vault(shop.browser.get(shop.path(".well-known/jwks.json")).json(), shop.world.ctx.now)


def access_token(shop: Shop, code: str) -> str:
    return shop.token(shop.party.form(code)).json()["access_token"]


def test_an_access_token_says_how_and_when(shop: Shop) -> None:
    claims = ceremonies.payload_of(access_token(shop, shop.sign_in().code))
    assert claims["acr"] == assurance.PHISHING_RESISTANT
    assert claims["auth_time"] <= claims["iat"]


def test_a_proof_too_old_is_given_anew(shop: Shop, vault: Vault) -> None:
    shop.sign_in()
    vault.max_age = 600
    Session.objects.update(authenticated_at=shop.world.ctx.now - timedelta(hours=1))
    stale = access_token(shop, answer_to(shop.authorize(), REDIRECT_URI)["code"])
    wanted = vault.open(stale)
    assert wanted == {"max_age": "600"}
    assert leads_to_authenticator(shop.authorize(**wanted))
    assert vault.open(access_token(shop, shop.sign_in(**wanted).code)) == {}


def test_a_proof_too_weak_is_given_anew(shop: Shop, vault: Vault) -> None:
    shop.sign_in()
    vault.acr_values = (assurance.PHISHING_RESISTANT, assurance.HARDWARE_PROTECTED)
    Session.objects.update(acr=assurance.OTP)
    weak = access_token(shop, answer_to(shop.authorize(), REDIRECT_URI)["code"])
    wanted = vault.open(weak)
    assert wanted == {"acr_values": "phr phrh"}
    assert answer_to(shop.authorize(prompt="none", **wanted), REDIRECT_URI)["error"] == "login_required"
    assert leads_to_authenticator(shop.authorize(**wanted))
    assert vault.open(access_token(shop, shop.sign_in(**wanted).code)) == {}


def test_what_cannot_be_reached_stays_shut_and_nobody_lies(shop: Shop, vault: Vault) -> None:
    vault.acr_values = (assurance.HARDWARE_PROTECTED,)
    done = shop.sign_in(acr_values="phrh")
    token = access_token(shop, done.code)
    assert ceremonies.payload_of(token)["acr"] == assurance.PHISHING_RESISTANT
    assert vault.open(token) == {"acr_values": "phrh"}
