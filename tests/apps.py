"""Apps with an SDK of their own: an embedded authenticator, and what its SDK sends (contract/wire.md §3)."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client as Browser

from apps.applications.models import Application
from apps.applications.services import applications
from apps.authenticators import services as authenticators
from apps.authenticators.models import AuthenticatorConfig
from apps.credentials import invoke
from apps.credentials.services.jobs import JobWithLink
from apps.tokens.issuer import endpoints_of
from tests import ceremonies
from tests.authenticator import SoftPasskey, base64url
from tests.ceremonies import Client
from tests.faces import doors
from tests.software_key import SoftwareKey, login_claims
from tests.world import World, web

FORM = "application/x-www-form-urlencoded"
ORIGIN = "https://app.acme.test"


@dataclass
class App:
    """An application with an embedded authenticator, and the browser or phone that it runs in."""

    world: World
    client: Client
    config: AuthenticatorConfig
    browser: Browser

    @property
    def application(self) -> Application:
        return self.client.application

    @property
    def audience(self) -> str:
        return endpoints_of(self.application).authenticate

    def invite(self, identity: Any = None) -> JobWithLink:
        return ceremonies.invite(self.world, identity or self.world.bob, self.config)

    def arrive(self, **changes: str | None) -> "Asked":
        """An authorization request, read as an SDK reads it; by reference it says no challenge yet."""
        url = self.arrive_at(**changes)
        claims = ceremonies.payload_of(parse_qs(urlsplit(url).query)["request"][0])
        prove = claims.get("authn", {}).get("action", {}).get("prove", {})
        return Asked(claims, prove.get("transaction_id", ""), prove.get("nonce", ""))

    def arrive_at(self, **changes: str | None) -> str:
        """The address that the SDK is given."""
        if self.config.config["invocation_type"] == "automatic":
            return doors.sent_to(self.browser, self.client, **changes)
        where = urlsplit(endpoints_of(self.application).authorization).path
        return self.browser.get(f"{where}?{self.client.query(**changes)}").json()["authenticate_url"]

    def binding_link(self, token: str) -> str:
        """For the token that came with a redeemed code."""
        answer = self.ask_for_job(token)
        assert answer.status_code == 200, answer.content
        return answer.json()["credential_binding_link"]

    def ask_for_job(self, token: str) -> HttpResponse:
        path = urlsplit(self.audience).path.replace("/bi-authenticate", "/credential-binding-jobs")
        return self.browser.post(
            path, b"", content_type="application/json", headers={"Authorization": f"Bearer {token}"}
        )

    def post(self, claims: Any, *, origin: str = ORIGIN, **further: str) -> HttpResponse:
        said = claims if isinstance(claims, str) else json.dumps(claims)
        headers = {"Origin": origin, "X-Correlation-Id": "an-id-of-the-sdk"}
        path = urlsplit(self.audience).path
        return self.browser.post(path, urlencode({"claims": said, **further}), content_type=FORM, headers=headers)


@dataclass
class Asked:
    claims: dict[str, Any]
    transaction_id: str
    nonce: str


def open_app(world: World, *, origins: tuple[str, ...] = (ORIGIN,), algorithm: str = "ES256", **further: Any) -> App:
    """`algorithm` signs the application's tokens; `further` is of the authenticator's config."""
    tokens = {"expires_after": 3600, "token_signing_algorithm": algorithm}
    config = {
        "type": "embedded", "invoke_url": "https://app.acme.test/auth", "trusted_origins": list(origins), **further,
    }  # fmt: skip
    made = authenticators.create_authenticator_config(world.ctx, world.realm, display_name="App", config=config)
    created = applications.create_application(
        world.ctx,
        world.realm,
        display_name="App",
        protocol_config=web(token_configuration=tokens),
        authenticator_config=made,
    )
    return App(world, Client(created.application, created.client_secret), made, Browser())


def subject_of(identity: Any) -> str:
    return f"CN={identity.pk}, OU={identity.realm_id}, O={identity.tenant_id}"


def certificate_for_bind(invitation: JobWithLink, key: SoftwareKey, **lies: Any) -> dict[str, Any]:
    job, token = invitation.job, ceremonies.token_of(invitation.link)
    told = {"audience": invoke.bind_url(job), "transaction": job.pk, "nonce": token, **lies.pop("answers", {})}
    return {"type": "X509", "raw": key.certificate(subject_of(job.identity), **told, **lies)}


def token_for_bind(invitation: JobWithLink, key: SoftwareKey, **changes: Any) -> dict[str, Any]:
    told = {"subject": subject_of(invitation.job.identity), "token": ceremonies.token_of(invitation.link)}
    return {"type": "JWT", "raw": key.bind_token(**{**told, **changes})}


def bind(app: App, key: SoftwareKey, kind: str = "X509", identity: Any = None) -> HttpResponse:
    invitation = app.invite(identity)
    make = certificate_for_bind if kind == "X509" else token_for_bind
    answer = doors.call(app.browser, invitation, "bind", make(invitation, key))
    assert answer.status_code == 200, answer.content
    return answer


def certificate_for(app: App, asked: Asked, key: SoftwareKey, identity: Any = None, **lies: Any) -> dict[str, str]:
    told = {"audience": app.audience, "transaction": asked.transaction_id, "nonce": asked.nonce}
    told |= lies.pop("answers", {})
    return {"X509": key.certificate(subject_of(identity or app.world.bob), **told, **lies)}


def token_for(app: App, asked: Asked, key: SoftwareKey, identity: Any = None, **changes: Any) -> dict[str, str]:
    subject = subject_of(identity or app.world.bob)
    return {"Jwt": key.login_token(subject, app.audience, asked.transaction_id, asked.nonce, **changes)}


def assertion_for(app: App, asked: Asked, passkey: SoftPasskey, identity: Any = None, **lies: Any) -> dict[str, str]:
    """As the reference's SDK sends it: the challenge is JSON with claims (contract/wire.md §3.4)."""
    subject = subject_of(identity or app.world.bob)
    claims = login_claims(subject, app.audience, asked.transaction_id, asked.nonce)
    claims |= {"pub_key_cred_id": passkey.webauthn_id, **lies.pop("claims", {})}
    challenge = json.dumps({"header": {"alg": "ES256", "kid": "any"}, "claims": claims}).encode()
    response = passkey.get(challenge, origin=lies.pop("origin", ORIGIN), **lies)["response"]
    names = {"authenticatorData": "authenticator_data", "clientDataJSON": "client_data", "signature": "signature"}
    return {"WebAuthn": json.dumps({names[each]: value for each, value in response.items() if each in names})}


def give_passkey(app: App, identity: Any = None, **properties: Any) -> SoftPasskey:
    """A WebAuthn passkey of the app's own page."""
    passkey = SoftPasskey(**properties)
    invitation = app.invite(identity)
    challenge = ceremonies.bind_challenge(invitation.job, ceremonies.token_of(invitation.link))
    made = passkey.create(challenge, origin=ORIGIN, user_handle=base64url(b"the SDK's own").encode())
    answer = doors.call(app.browser, invitation, "bind", {"type": "WEBAUTHN", "raw": made.raw})
    assert answer.status_code == 200, answer.content
    return passkey
