"""A relying party that proves itself and its tokens with keys; otherwise a Shop like any other."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications.services import applications
from apps.tokens.issuer import endpoints_of
from tests import ceremonies
from tests.ceremonies import Client
from tests.faces.oidc.shop import FORM, Shop
from tests.keyholder import KeyHolder
from tests.world import World, web


@dataclass
class KeyedShop(Shop):
    holder: KeyHolder = field(default_factory=KeyHolder)
    nonce: str = ""

    def url(self, endpoint: str) -> str:
        return f"{self.issuer}/{endpoint}"

    def post(self, endpoint: str, form: dict[str, str], proof: str | None = None) -> HttpResponse:
        headers = {"DPoP": proof} if proof is not None else {}
        response = self.browser.post(self.path(endpoint), urlencode(form), content_type=FORM, headers=headers)
        self.nonce = response.get("DPoP-Nonce", self.nonce)
        return response

    def proof(self, endpoint: str = "token", method: str = "POST", **changes: Any) -> str:
        return self.holder.proof(method, self.url(endpoint), **{"nonce": self.nonce or None, **changes})

    def asked(self, **changes: str | None) -> dict[str, str]:
        return dict(parse_qsl(self.party.query(**changes)))

    def push(self, form: dict[str, str] | None = None, proof: str | None = None, **changes: str | None) -> HttpResponse:
        """A pushed request, by a client that proves itself."""
        return self.post("par", {**(form or self.asked(**changes)), **self.holder.client(self.application)}, proof)

    def pushed(self, **changes: str | None) -> dict[str, str | None]:
        """What the browser is sent with: the parameters of a query that names a request just pushed."""
        answer = self.push(**changes)
        assert answer.status_code == 201, answer.content
        nothing = dict.fromkeys(self.asked())
        return {**nothing, "client_id": self.application.client_id, "request_uri": answer.json()["request_uri"]}

    def code_form(self, code: str, **changes: str | None) -> dict[str, str]:
        form = {**dict(parse_qsl(self.party.form(code))), **self.holder.client(self.application), **changes}
        return {name: value for name, value in form.items() if value is not None}

    def redeem(self, code: str) -> HttpResponse:
        """As a client should: with the nonce it was told, once more when it is told another."""
        answer = self.post("token", self.code_form(code), self.proof())
        if answer.status_code == 400 and answer.json()["error"] == "use_dpop_nonce":
            answer = self.post("token", self.code_form(code), self.proof())
        return answer

    def bound_tokens(self) -> dict[str, Any]:
        """A whole sign-in, by a request that was pushed if it must be."""
        changes = self.pushed() if self.application.requires_pushed_requests else {}
        answer = self.redeem(self.code(**changes))
        assert answer.status_code == 200, answer.content
        return answer.json()

    def ask(self, path: str, token: str, method: str = "GET", *, scheme: str = "DPoP", proof: str | None = None) -> Any:
        """A request to a resource of ours with a bound token."""
        shown = self.holder.proof(method, f"{settings.IDENTITY_CLOUD_AUTH_URL}{path}", token=token)
        headers = {"Authorization": f"{scheme} {token}", "DPoP": shown if proof is None else proof}
        return self.browser.generic(method, path, headers=headers)


def register(world: World, browser: Browser, holder: KeyHolder | None = None, **config: Any) -> KeyedShop:
    """Another application in Bob's realm, whose client has keys, and Bob's passkey."""
    holder = holder or KeyHolder()
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Keyed",
        protocol_config=web(**{"token_endpoint_auth_method": "private_key_jwt", "jwks": holder.jwks, **config}),
        authenticator_config=world.acme.customers.config,
    )
    party = Client(made.application, "")  # what it signs is its secret
    return KeyedShop(world, browser, party, ceremonies.give_passkey(world, world.bob), holder)


def token_endpoint(shop: Shop) -> str:
    return endpoints_of(shop.application).token
