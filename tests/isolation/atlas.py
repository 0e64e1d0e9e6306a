"""Every door of the product, read off the URLconf, and what each place of the world would put into its parameters."""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from apps.applications.models import AccessToken
from apps.applications.services import access
from apps.bulk.services import imports
from apps.core import ids
from apps.credentials import selectors as credentials
from apps.events.filtering import EventFilter
from apps.events.models import Event
from apps.federation import services as federation
from apps.inquiries import exports, saved_views
from apps.policy import selectors as policy
from apps.realms import logos
from apps.realms.models import Theme
from apps.streams import services as streams
from apps.tokens.keys import published_keys
from tests import ceremonies
from tests.drawing import drawn
from tests.world import Place, World, acting_as

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """`template` is the URLconf's, `face` the app that answers, `parameters` in the order of the path."""

    template: str
    face: str
    parameters: tuple[str, ...]

    def path(self, values: Mapping[str, str]) -> str:
        return "/" + _PARAMETER.sub(lambda found: values[found[1]], self.template)

    def __str__(self) -> str:
        return _PARAMETER.sub(r"{\1}", self.template)


def routes(*faces: str) -> list[Route]:
    found = {route.template: route for route in _walk(get_resolver())}
    return [route for route in found.values() if route.face in faces]


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        template = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, template)
        elif isinstance(pattern, URLPattern):
            module = pattern.callback.__module__.split(".")
            yield Route(template, module[1] if module[0] == "apps" else "", tuple(_PARAMETER.findall(template)))


def furnish(world: World, place: Place) -> dict[str, str]:
    """Puts one thing of each kind into the place and names them all, by the parameter they would stand for."""
    realm, bob = place.realm, place.bob
    passkey = ceremonies.give_passkey(world, bob)
    given = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, place.application), passkey)
    job = ceremonies.invite(world, bob).job
    server = access.insert_resource_server(
        world.ctx, realm, display_name="Warehouse", identifier="https://warehouse.test", scopes=["stock:read"]
    )
    role = access.insert_role(world.ctx, server, display_name="Clerk", scopes=["stock:read"])
    look = {"email_realm_name": "Look", "created_at": world.ctx.now, "updated_at": world.ctx.now}
    theme = Theme.objects.create(realm=realm, tenant_id=realm.tenant_id, **look)
    siem = {"settings": {"site": "datadoghq.eu", "api_key": "key"}, "enabled": False}
    stream = streams.create_event_stream(world.ctx, realm, display_name="SIEM", type="datadog", **siem).stream
    vouching = {"type": "oidc", "issuer": "https://93.184.215.14", "client_id": "c", "client_secret": "s"}
    provider = federation.create_identity_provider(world.ctx, realm, display_name="Contoso", **vouching)
    keeper = next(each for each in (world.acme, world.evil) if each.tenant.pk == realm.tenant_id).administrator
    keeper_ctx = acting_as(world.ctx, keeper)
    return {
        "tenant_id": realm.tenant_id,
        "realm_id": realm.pk,
        "application_id": str(place.application.pk),
        "config_id": str(place.config.pk),
        "identity_id": bob.pk,
        "job_id": job.pk,
        "batch_id": ceremonies.invite_many(world, place, [bob.pk]).pk,
        "bulk_job_id": imports.upload_people(world.ctx, realm, io.BytesIO(b"username\nann\n")).pk,
        "credential_id": credentials.active_credentials_of(bob).get().pk,
        "group_id": place.contractors.pk,
        "resource_server_id": str(server.pk),
        "role_id": role.pk,
        "theme_id": str(theme.pk),
        "name": "logo_light",
        "digest": logos.keep_logo(world.ctx, realm, drawn(f"a logo of {realm.pk}")).digest,
        "token_id": ceremonies.payload_of(given["access_token"])["jti"],
        "grant_id": str(AccessToken.objects.get(jti=ceremonies.payload_of(given["access_token"])["jti"]).grant_id),
        "session_id": str(ceremonies.live_sessions(world, bob)[0].pk),
        "key_id": published_keys(realm)[0].kid,
        "rule_id": policy.published(realm).rules[0]["id"],
        "stream_id": str(stream.pk),
        "provider_id": provider.pk,
        "view_id": saved_views.save_view(keeper_ctx, realm, keeper, name="Denials", query="outcome=DENY").pk,
        "export_id": exports.ask_for_export(keeper_ctx, realm, keeper, EventFilter(), form="csv", query="", told={}).pk,
        "act_id": str(ids.uuid7()),  # of one session alone
        "event_id": str(Event.objects.filter(realm_id=realm.pk).latest("id").pk),
        "version": "1",
        "kind": "binding_link",
        "file_name": "identity-cloud.js",
        "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
    }


def nowhere() -> dict[str, str]:
    """Well-formed ids of nothing at all."""
    short = {
        name: ids.short_id()
        for name in (
            "realm_id",
            "identity_id",
            "job_id",
            "batch_id",
            "bulk_job_id",
            "view_id",
            "export_id",
            "credential_id",
            "group_id",
            "role_id",
            "provider_id",
        )
    }
    long = (
        "application_id",
        "config_id",
        "resource_server_id",
        "theme_id",
        "rule_id",
        "event_id",
        "stream_id",
        "token_id",
        "grant_id",
        "session_id",
        "key_id",
        "act_id",
    )
    return {
        "tenant_id": ids.tenant_id(),
        "version": "1",
        "kind": "binding_link",
        "name": "logo_light",
        "digest": "0" * 64,
        "file_name": "identity-cloud.js",
        "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        **short,
        **{name: str(ids.uuid7()) for name in long},
    }


def fingerprint(tenant_id: str) -> str:
    """Of every row that belongs to a tenant but its events (who is turned away leaves one, and a token of its own), and but
    for when a session was last used: a minute later, which a slow machine takes, that is written down again."""
    digest = hashlib.sha256()
    for model in sorted(apps.get_models(), key=lambda model: model.__name__):
        names = [field.attname for field in model._meta.concrete_fields if field.attname != "last_seen_at"]
        if "tenant_id" in names and model not in (Event, AccessToken):
            rows = model.objects.filter(tenant_id=tenant_id).order_by("pk").values_list(*names)
            digest.update(f"{model.__name__}{[[str(value) for value in row] for row in rows]}".encode())
    return digest.hexdigest()
