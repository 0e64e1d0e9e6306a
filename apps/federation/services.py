"""Verbs on identity providers. What is asked of the network is asked before a transaction opens."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.core import outgoing
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, Unprocessable, Violation, told
from apps.core.rows import hold, require_unchanged
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.federation import configuration
from apps.federation.models import IdentityLink, IdentityProvider
from apps.realms.models import Realm

PROVIDERS_LIMIT = 10  # of a realm: each is a button
_TOLD = (
    "type",
    "issuer",
    "client_id",
    "scopes",
    "attribute_map",
    "link_by_verified_email",
    "create_identities",
    "enabled",
)


class NotForAdministrators(Denied):
    """Whoever runs a provider can say they are anybody; administrators are proven by passkeys."""

    code = "forbidden"


class TooManyProviders(Unprocessable):
    code = "unprocessable_entity"


class IssuerTaken(Conflict):
    code = "conflict"


def create_identity_provider(
    ctx: Context,
    realm: Realm,
    *,
    display_name: str,
    type: str,
    issuer: str,
    client_id: str,
    client_secret: str,
    scopes: Sequence[str] = configuration.DEFAULT_SCOPES,
    attribute_map: dict[str, str] | None = None,
    link_by_verified_email: bool = False,
    create_identities: bool = False,
    enabled: bool = True,
) -> IdentityProvider:
    """What is given was checked (see configuration). Raises Invalid (an issuer that we would never ask),
    NotForAdministrators, IssuerTaken, TooManyProviders."""
    check = _asked(lambda: _require_reachable(issuer))
    with attempt(ctx, EventType.IDENTITY_PROVIDER_CHANGE, realm, action="CREATE") as event:
        _refuse_administrators(realm)
        check()
        hold(realm)
        if IdentityProvider.objects.filter(realm=realm).count() >= PROVIDERS_LIMIT:
            raise TooManyProviders(told("a realm has at most %(count)s identity providers", count=PROVIDERS_LIMIT))
        provider = IdentityProvider(
            realm=realm, tenant_id=realm.tenant_id, display_name=display_name, type=type, issuer=issuer,
            client_id=client_id, scopes=list(scopes), created_at=ctx.now, updated_at=ctx.now, enabled=enabled,
            attribute_map=configuration.DEFAULT_MAP if attribute_map is None else attribute_map,
            link_by_verified_email=link_by_verified_email, create_identities=create_identities,
        )  # fmt: skip
        configuration.seal(provider, client_secret)
        _insert(provider)
        event.target(provider)
        for name in _TOLD:
            event.changed(name, None, getattr(provider, name))
    return provider


def update_identity_provider(
    ctx: Context, provider: IdentityProvider, *, seen_at: datetime | None = None, **changes: Any
) -> IdentityProvider:
    """`changes`: checked fields but type and issuer, which stay. Raises ChangedMeanwhile, NotFound."""
    secret = changes.pop("client_secret", None)
    action = {(True,): "ENABLE", (False,): "DISABLE"}.get(_only_enabled(changes, secret), "UPDATE")
    with attempt(ctx, EventType.IDENTITY_PROVIDER_CHANGE, provider.realm, action=action) as event:
        event.target(provider)
        require_unchanged(provider, seen_at, ctx.now)
        hold(provider)
        for name, value in changes.items():
            event.changed(name, getattr(provider, name), value)
            setattr(provider, name, value)
        if secret is not None:
            configuration.seal(provider, secret)
            event.data["secrets"] = ["client_secret"]
        provider.updated_at = ctx.now
        provider.save(update_fields=[*changes, "sealed_client_secret", "updated_at"])
    return provider


def delete_identity_provider(ctx: Context, provider: IdentityProvider, *, seen_at: datetime | None = None) -> None:
    """With everybody's link to it: whoever has no passkey and no address needs an invitation then. Raises
    ChangedMeanwhile."""
    with attempt(ctx, EventType.IDENTITY_PROVIDER_CHANGE, provider.realm, action="DELETE") as event:
        event.target(provider)
        require_unchanged(provider, seen_at, ctx.now)
        hold(provider)
        event.data["links"] = IdentityLink.objects.filter(provider=provider).count()
        IdentityProvider.objects.filter(pk=provider.pk).delete()


def remove_identity_providers(realm: Realm) -> None:
    """With the realm they are of. Registered with realms."""
    IdentityProvider.objects.filter(realm=realm).delete()


def remove_link(event: Draft, link: IdentityLink) -> None:
    """Inside somebody's attempt, of IDENTITY_CHANGE."""
    event.target(link.identity)
    event.target(link.provider)
    event.data["personal"] = {"subject": link.subject}
    IdentityLink.objects.filter(pk=link.pk).delete()


def _only_enabled(changes: dict[str, Any], secret: str | None) -> tuple[Any, ...]:
    return tuple(changes.values()) if list(changes) == ["enabled"] and secret is None else ()


def _insert(provider: IdentityProvider) -> None:
    try:
        with transaction.atomic():
            provider.save(force_insert=True)
    except IntegrityError:  # the constraint is the judge; asking first would race
        raise IssuerTaken(
            "this realm has an identity provider with that issuer", resource_type="IdentityProvider"
        ) from None


def _refuse_administrators(realm: Realm) -> None:
    if realm.is_admin:
        raise NotForAdministrators("the admin realm has no identity providers: administrators sign in with passkeys")


def _require_reachable(issuer: str) -> None:
    why = outgoing.why_unreachable(issuer, outgoing.own_reach())
    if why:
        raise Invalid(Violation("identity_provider.issuer", why))


def _asked(check: Callable[[], Any]) -> Callable[[], Any]:
    """The check is made at once; its refusal is there to be told inside the attempt."""
    try:
        value = check()
    except Invalid as refusal:
        again = refusal

        def refuse() -> Any:
            raise again

        return refuse
    return lambda: value
