"""Reading identity providers, and who is linked to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, QuerySet

from apps.core.errors import NotFound
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.federation.models import IdentityLink, IdentityProvider
from apps.realms.models import Realm


def identity_providers_in(realm: Realm) -> "QuerySet[IdentityProvider]":
    """A few at most (services.PROVIDERS_LIMIT)."""
    return IdentityProvider.objects.filter(realm=realm)


def open_providers_in(realm: Realm) -> "QuerySet[IdentityProvider]":
    """Those that people may sign in through, oldest first."""
    return identity_providers_in(realm).filter(enabled=True).order_by("id")


def get_identity_provider(realm: Realm, provider_id: Any) -> IdentityProvider:
    found = identity_providers_in(realm).select_related("realm__tenant").filter(pk=str(provider_id)).first()
    if found is None:
        raise NotFound("IdentityProvider", str(provider_id))
    return found


def get_provider_at(tenant_id: str, realm_id: str, provider_id: str) -> IdentityProvider:
    """By the path of its pages. Raises NotFound."""
    rows = IdentityProvider.objects.select_related("realm__tenant")
    found = rows.filter(tenant_id=tenant_id, realm_id=realm_id, pk=provider_id).first()
    if found is None:
        raise NotFound("IdentityProvider", provider_id)
    return found


def links_of(identity: Identity) -> "QuerySet[IdentityLink]":
    rows = IdentityLink.objects.select_related("provider").filter(realm_id=identity.realm_id, identity=identity)
    return rows.order_by("id")


@dataclass(frozen=True, slots=True)
class Linked:
    """To which provider a person is linked, and when they last came through it."""

    provider_id: str
    name: str
    last_used_at: datetime


def identity_with_links(realm: Realm, identity_id: str) -> tuple[Identity, list[Linked]]:
    """By one statement, for a page that asks much else. Raises NotFound."""
    rows = directory.identities_in(realm).select_related("realm__tenant").filter(pk=identity_id)
    found = list(
        rows.annotate(
            linked_to=F("provider_links__provider_id"),
            linked_name=F("provider_links__provider__display_name"),
            linked_used_at=F("provider_links__last_used_at"),
        ).order_by("provider_links__id")
    )
    if not found:
        raise NotFound("Identity", identity_id)
    links = [Linked(row.linked_to, row.linked_name, row.linked_used_at) for row in found if row.linked_to]
    return found[0], links


def get_link(identity: Identity, provider_id: str) -> IdentityLink:
    found = links_of(identity).filter(provider_id=provider_id).first()
    if found is None:
        raise NotFound("IdentityLink", provider_id)
    return found


def link_counts(providers: Iterable[IdentityProvider]) -> dict[str, int]:
    """How many people are linked, by the provider's id; none is left out."""
    wanted = [each.pk for each in providers]
    rows = IdentityLink.objects.filter(provider_id__in=wanted).values("provider_id").annotate(count=Count("pk"))
    return {row["provider_id"]: row["count"] for row in rows.order_by()}
