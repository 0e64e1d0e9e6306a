"""A relying party that speaks HTTP with the doors of one issuer. Only the passkey's moment goes through the verbs."""

import base64
import html
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications.models import Application, Grant
from apps.applications.services import applications
from apps.authentication.services import Authenticated
from apps.directory import traits
from apps.directory.services import identities
from apps.tokens.issuer import endpoints_of
from apps.web import cookies
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.ceremonies import Client
from tests.world import REDIRECT_URI, World, web

FORM = "application/x-www-form-urlencoded"


@dataclass
class Shop:
    world: World
    browser: Browser
    party: Client
    passkey: SoftPasskey

    @property
    def application(self) -> Application:
        return self.party.application

    @property
    def issuer(self) -> str:
        return endpoints_of(self.application).issuer

    def register(self, name: str = "Another", *, resource_server: Any = None, **config: Any) -> Client:
        """Another application of Bob's realm, which the shop is from now on."""
        uri = config.pop("redirect_uri", REDIRECT_URI)
        made = applications.create_application(
            self.world.ctx,
            self.world.realm,
            display_name=name,
            protocol_config=web(uri, **config),
            authenticator_config=self.world.acme.customers.config,
            resource_server=resource_server,
        )
        self.party = Client(made.application, made.client_secret, redirect_uri=uri)
        return self.party

    def path(self, endpoint: str) -> str:
        return f"/v1/{self.application.path}/{endpoint}"

    def authorize(self, query: str = "", **changes: str | None) -> HttpResponse:
        return self.browser.get(f"{self.path('authorize')}?{query or self.party.query(**changes)}")

    def sign_in(self, **changes: str | None) -> Authenticated:
        """A whole sign-in; the browser has its session afterwards."""
        done = ceremonies.sign_in(self.world.visitor, self.party, self.passkey, **changes)
        self.browser.cookies[cookies.session_cookie(self.application.realm_id)] = done.session_token
        return done

    def code(self, **changes: str | None) -> str:
        return ceremonies.sign_in(self.world.visitor, self.party, self.passkey, **changes).code

    def form(self, **changes: str | None) -> dict[str, str]:
        """A right token request with a new code; a parameter changed to None is left out."""
        right = dict(parse_qsl(self.party.form(self.code())))
        return {name: value for name, value in {**right, **changes}.items() if value is not None}

    def token(self, form: dict[str, str] | str | bytes, content_type: str = FORM, **headers: str) -> HttpResponse:
        body = urlencode(form) if isinstance(form, dict) else form
        return self.browser.post(self.path("token"), body, content_type=content_type, headers=headers)

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        answer = self.token(self.party.form(self.code(**changes)))
        assert answer.status_code == 200, answer.content
        return answer.json()

    def userinfo(self, token: str) -> HttpResponse:
        return self.browser.get(self.path("userinfo"), headers={"Authorization": f"Bearer {token}"})

    def basic(self, client_id: str = "", secret: str = "") -> dict[str, str]:
        pair = f"{client_id or self.application.client_id}:{secret or self.party.secret}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def codes_left(self) -> int:
        return Grant.objects.filter(application=self.application, consumed_at=None).count()


def answer_to(response: HttpResponse, redirect_uri: str) -> dict[str, str]:
    """The parameters of a redirect that goes back to the client, and to nowhere else."""
    assert response.status_code == 302, response.content
    where, _, query = response["Location"].partition("?")
    assert where == redirect_uri
    pairs = parse_qsl(query, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def posted_to(response: HttpResponse, redirect_uri: str) -> dict[str, str]:
    """The hidden fields of a page whose form goes to the client, and whose script is ours (form_post)."""
    assert response.status_code == 200, response.content
    page = response.content.decode()
    form = re.search(r'<form [^>]*method="post" action="([^"]*)"', page)
    assert form is not None
    assert html.unescape(form[1]) == redirect_uri
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {html.unescape(name): html.unescape(value) for name, value in fields}


def tell_everything(shop: "Shop") -> None:
    """Bob has every trait that a claim is made of."""
    given = {
        "type": traits.TYPE, "username": "bob", "primary_email_address": "bob@acme.test", "given_name": "Bob",
        "family_name": "Baker", "middle_name": "B.", "nick_name": "Bobby", "profile_url": "https://bob.test/",
        "photo_url": "https://bob.test/me.png", "website_url": "https://bob.test/", "birth_date": "1990-01-31",
        "timezone": "Europe/Berlin", "locale": "de-DE", "mobile_phone": "+49 30 123456",
        "street_address": "Backstr. 1", "locality": "Berlin", "postal_code": "10115", "country": "DE",
    }  # fmt: skip
    identities.update_identity(shop.world.ctx, shop.world.bob, traits=traits.parse(given, creating=False))


def leads_to_authenticator(response: HttpResponse) -> bool:
    return response.status_code == 302 and urlsplit(response["Location"]).path.endswith("/bi-authenticate")
