"""The world of the tests and of `make demo`: Ada administers Acme, Bob is in Acme's realm, Eve is elsewhere.

Built with the product's own verbs, never with rows. Two tenants with two customer realms each; both tenants hold the
same usernames and realm names, and every text of Evil Corp's says "Evil", so that whatever crosses over is seen.
Imports nothing but the product: what people do in this world is in ceremonies.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.applications.models import Application
from apps.applications.services import applications
from apps.authenticators import services as authenticators
from apps.authenticators.models import AuthenticatorConfig
from apps.core import ids
from apps.core.context import Actor, ActorType, Client, Context
from apps.directory import traits
from apps.directory.models import Group, Identity
from apps.directory.services import groups, identities
from apps.onboarding import seeds
from apps.onboarding import services as onboarding
from apps.onboarding.services import NewTenant
from apps.realms.models import Realm
from apps.tenants.models import Tenant

REDIRECT_URI = "http://localhost:3000/callback"
DESK = Client(
    ip="203.0.113.7",
    user_agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
)
PEOPLE = {"bob": "Bob Baker", "carol": "Carol Contractor", "dave": "Dave Driver"}


@dataclass(frozen=True, slots=True)
class Place:
    """A customer realm with one application, the hosted authenticator it signs in with, and people."""

    realm: Realm
    application: Application
    client_secret: str
    config: AuthenticatorConfig
    people: Mapping[str, Identity]
    contractors: Group

    @property
    def bob(self) -> Identity:
        return self.people["bob"]

    @property
    def carol(self) -> Identity:
        """The contractor."""
        return self.people["carol"]


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant as sign-up made it (`opened`), and its two customer realms."""

    opened: NewTenant
    customers: Place
    staff: Place

    @property
    def tenant(self) -> Tenant:
        return self.opened.tenant

    @property
    def admin_realm(self) -> Realm:
        return self.opened.admin_realm

    @property
    def administrator(self) -> Identity:
        return self.opened.administrator

    @property
    def console(self) -> Application:
        return self.opened.console

    @property
    def management_api(self) -> Application:
        return self.opened.management_api.application

    @property
    def management_secret(self) -> str:
        return self.opened.management_api.client_secret


@dataclass(frozen=True, slots=True)
class World:
    ctx: Context
    acme: Company
    evil: Company

    @property
    def ada(self) -> Identity:
        return self.acme.administrator

    @property
    def bob(self) -> Identity:
        return self.acme.customers.bob

    @property
    def eve(self) -> Identity:
        return self.evil.administrator

    @property
    def realm(self) -> Realm:
        """Where Bob is."""
        return self.acme.customers.realm

    @property
    def application(self) -> Application:
        """What Bob signs in to."""
        return self.acme.customers.application

    @property
    def visitor(self) -> Context:
        """Somebody at a browser whom nobody knows yet."""
        return replace(self.request, actor=Actor(ActorType.ANONYMOUS))

    @property
    def request(self) -> Context:
        """A new request of Ada's, with a correlation id of its own."""
        return replace(self.ctx, correlation_id=str(ids.uuid7()))

    def at(self, shift: timedelta) -> Context:
        """Ada's context at another time: minutes=-2 makes what expires after a minute expired by now."""
        return replace(self.ctx, now=self.ctx.now + shift)


def build(*, redirect_uri: str = REDIRECT_URI, delivery_method: str = "RETURN") -> World:
    """`delivery_method` EMAIL mails the administrators their links; RETURN keeps the outbox empty."""
    start = Context(now=datetime.now(UTC), client=DESK, correlation_id=str(ids.uuid7()))
    acme = open_company(start, "Acme", "ada@acme.test", "Ada Admin", "", redirect_uri, delivery_method)
    evil = open_company(start, "Evil Corp", "eve@evil.test", "Eve Evil", "Evil ", redirect_uri, delivery_method)
    return World(acting_as(start, acme.administrator), acme, evil)


def acting_as(ctx: Context, identity: Identity) -> Context:
    return ctx.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))


def open_company(
    start: Context, name: str, address: str, administrator: str, mark: str, redirect_uri: str, delivery_method: str
) -> Company:
    opened = onboarding.create_tenant(
        start, name=name, admin_email=address, admin_name=administrator, delivery_method=delivery_method
    )
    ctx = acting_as(start, opened.administrator)
    domain = address.partition("@")[2]
    customers = furnish(ctx, opened, f"{mark}Customers", f"{mark}Shop", domain, redirect_uri)
    staff = furnish(ctx, opened, f"{mark}Staff", f"{mark}Intranet", f"staff.{domain}", redirect_uri)
    return Company(opened, customers, staff)


def furnish(
    ctx: Context, opened: NewTenant, realm_name: str, application_name: str, domain: str, redirect_uri: str
) -> Place:
    realm = onboarding.create_realm(ctx, opened.tenant, opened.admin_realm, display_name=realm_name)
    config = authenticators.create_authenticator_config(
        ctx, realm, display_name=f"{application_name} sign-in", config=seeds.HOSTED_PASSKEYS
    )
    made = applications.create_application(
        ctx, realm, display_name=application_name, protocol_config=web(redirect_uri), authenticator_config=config
    )
    mark = "Evil " if "evil" in domain else ""
    people = {name: join(ctx, realm, name, f"{mark}{full}", domain) for name, full in PEOPLE.items()}
    contractors = groups.create_group(ctx, realm, display_name=f"{mark}Contractors", description=f"{mark}Outside staff")
    groups.add_members(ctx, contractors, [people["carol"].pk])
    return Place(realm, made.application, made.client_secret, config, people, contractors)


def web(redirect_uri: str = REDIRECT_URI, **further: Any) -> dict[str, Any]:
    """The protocol_config of an ordinary web application: confidential, code and PKCE."""
    return {
        "type": "oidc",
        "confidentiality": "confidential",
        "grant_type": ["authorization_code"],
        "redirect_uris": [redirect_uri],
        "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
        "pkce": "s256",
        **further,
    }


def join(ctx: Context, realm: Realm, username: str, full_name: str, domain: str) -> Identity:
    given = {"type": traits.TYPE, "username": username, "primary_email_address": f"{username}@{domain}"}
    return identities.create_identity(ctx, realm, display_name=full_name, traits=traits.parse(given, creating=True))
