"""What people and their programs do in the world: follow a link, make a passkey, sign in, redeem a code, ask the API.

Each goes through the product's verbs, as a face would call them. For the same over HTTP see tests/faces.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings

from apps.applications.models import Application
from apps.authentication import flows, sessions
from apps.authentication import services as authentication
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import Authenticated, Finished
from apps.authenticators import services as authenticators
from apps.authenticators.models import AuthenticatorConfig
from apps.core import secrets as product_secrets
from apps.core.context import Context
from apps.credentials import invoke
from apps.credentials.models import BatchCredentialBindingJob, Credential, CredentialBindingJob
from apps.credentials.services import batches, jobs, passkeys
from apps.credentials.services.jobs import JobWithLink
from apps.credentials.services.passkeys import BindProof
from apps.directory.models import Identity
from apps.tokens.services.exchange import exchange
from tests.authenticator import SoftPasskey, base64url
from tests.world import REDIRECT_URI, Company, Place, World

BROWSER = "the secret of one browser's flow cookie"


def origin() -> str:
    return settings.IDENTITY_CLOUD_AUTH_URL


def invite(world: World, identity: Identity, config: AuthenticatorConfig | None = None, **further: Any) -> JobWithLink:
    """A job whose link is returned, with the realm's own hosted authenticator unless another is named."""
    config = config or config_of(world, identity)
    return jobs.create_job(world.request, identity, delivery_method="RETURN", authenticator_config=config, **further)


def invite_many(world: World, place: Place, ids: Sequence[str], **further: Any) -> BatchCredentialBindingJob:
    """A batch that waits for the worker; links are returned unless it is told otherwise."""
    given = {"delivery_method": "RETURN", "authenticator_config": place.config, **further}
    return batches.create_batch(world.request, place.realm, identity_ids=ids, **given)


def config_of(world: World, identity: Identity) -> AuthenticatorConfig:
    places = [place for company in (world.acme, world.evil) for place in (company.customers, company.staff)]
    found = {place.realm.pk: place.config for place in places}
    consoles = {company.admin_realm.pk: company.console for company in (world.acme, world.evil)}
    if identity.realm_id in consoles:
        config = consoles[identity.realm_id].authenticator_config
        assert config is not None
        return config
    return found[identity.realm_id]


def token_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def bind_challenge(job: CredentialBindingJob, token: str) -> bytes:
    return json.dumps({"sub": invoke.proof_subject(job), "token": token}).encode()


def bind(ctx: Context, invitation: JobWithLink, passkey: SoftPasskey, **lies: Any) -> Credential:
    """`lies` go to SoftPasskey.create; `challenge` and `origin` may be among them."""
    job, token = invitation.job, token_of(invitation.link)
    challenge = lies.pop("challenge", None) or bind_challenge(job, token)
    handle = product_secrets.from_base64url(passkeys.user_handle(job.identity))
    made = passkey.create(challenge, origin=lies.pop("origin", origin()), user_handle=handle, **lies)
    return passkeys.bind_passkey(ctx, job, token, BindProof("WEBAUTHN", made.raw))


def give_passkey(world: World, identity: Identity, **properties: Any) -> SoftPasskey:
    """Invites the person and binds a passkey with the given true properties."""
    passkey = SoftPasskey(**properties)
    bind(world.visitor, invite(world, identity), passkey)
    return passkey


PROFILE: dict[str, Any] = {
    "sign_up": {"enabled": True},
    "new_browser": {"verify_email": "email_one_time_password"},
    "returning": {"method": "webauthn_passkey", "fallback": "email_one_time_password"},
    "recovery": "email",
}
METHODS = [{"type": each} for each in ("webauthn_passkey", "software_passkey", "email_one_time_password")]


def open_codes(world: World, config: AuthenticatorConfig | None = None, **changes: Any) -> AuthenticatorConfig:
    """Bob's authenticator takes codes, signs strangers up and helps who lost a passkey; `changes` of its profile."""
    settings = {"authentication_methods": METHODS, "authentication_profile": {**PROFILE, **changes}}
    return authenticators.update_authenticator_config(
        world.request, config or world.acme.customers.config, settings=settings
    )


@dataclass
class Client:
    """A relying party's half of one sign-in: what it sent, and what it needs to redeem the code."""

    application: Application
    secret: str
    redirect_uri: str = REDIRECT_URI
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    def query(self, **changes: str | None) -> str:
        """The authorization request's query; a parameter changed to None is left out."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.application.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return urlencode({name: value for name, value in parameters.items() if value is not None})

    def form(self, code: str, **changes: str | None) -> str:
        parameters: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            "client_id": self.application.client_id,
            "client_secret": self.secret or None,
            **changes,
        }
        return urlencode({name: value for name, value in parameters.items() if value is not None})

    def redeem(self, ctx: Context, code: str, **changes: str | None) -> dict[str, Any]:
        """Raises TokenRefused."""
        return json.loads(exchange(ctx, self.application, form=self.form(code, **changes), headers={}).body)


def client_of(world: World, application: Application | None = None) -> Client:
    """The relying party of one of the world's applications; Bob's when none is named."""
    wanted = application or world.application
    for company in (world.acme, world.evil):
        for place in (company.customers, company.staff):
            if place.application.pk == wanted.pk:
                return Client(place.application, place.client_secret)
        if company.console.pk == wanted.pk:
            return Client(company.console, "", redirect_uri=f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/callback")
    raise LookupError(f"no client of the world: {wanted.pk}")


def begin(
    ctx: Context, client: Client, *, session: Session | None = None, browser: str = BROWSER, **changes: str | None
) -> LoginFlow:
    """An authorization request that leads to the authenticator."""
    query = client.query(**changes)
    found = authentication.start(ctx, client.application, query, session=session, browser_key=browser)
    assert not isinstance(found, Finished)
    return flows.get_flow(ctx, client.application, str(found.flow.pk), browser)


def prove(ctx: Context, flow: LoginFlow, passkey: SoftPasskey, **lies: Any) -> Authenticated:
    """Answers the flow's challenge. `lies` go to SoftPasskey.get; `challenge` and `origin` may be among them."""
    challenge = lies.pop("challenge", None) or product_secrets.from_base64url(flow.nonce)
    return authentication.authenticate(ctx, flow, passkey.get(challenge, origin=lies.pop("origin", origin()), **lies))


def sign_in(ctx: Context, client: Client, passkey: SoftPasskey, **changes: str | None) -> Authenticated:
    return prove(ctx, begin(ctx, client, **changes), passkey)


def tokens_for(ctx: Context, client: Client, passkey: SoftPasskey, **changes: str | None) -> dict[str, Any]:
    """The token endpoint's answer at the end of a whole sign-in."""
    return client.redeem(ctx, sign_in(ctx, client, passkey, **changes).code)


def live_sessions(world: World, identity: Identity) -> list[Session]:
    return list(sessions.sessions_of(world.visitor, identity))


def management_token(ctx: Context, company: Company, *, scope: str = "") -> str:
    """An access token of the tenant's Management API application; every scope unless some are named."""
    application = company.management_api
    form = {
        "grant_type": "client_credentials",
        "client_id": application.client_id,
        "client_secret": company.management_secret,
        **({"scope": scope} if scope else {}),
    }
    return json.loads(exchange(ctx, application, form=urlencode(form), headers={}).body)["access_token"]


def payload_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, read and not believed."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def forge(token: str, *, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """The token with parts of it rewritten and its old signature."""
    first, second, signature = token.split(".")
    read = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    new_header = base64url(json.dumps({**read, **header}).encode()) if header else first
    new_claims = base64url(json.dumps({**payload_of(token), **claims}).encode()) if claims else second
    return f"{new_header}.{new_claims}.{signature}"
