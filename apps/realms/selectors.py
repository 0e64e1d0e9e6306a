"""Realms of a tenant. The tenant comes first: no realm is found without it."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.core import ids
from apps.core.errors import NotFound
from apps.core.known_statements import KnownQuery
from apps.core.rows import NEWEST, Key, Page, Sorts, walk
from apps.events.kept import kept
from apps.realms.models import LOOK, Classification, MailState, OutgoingMail, Realm, Theme, ThemeDraft

REALM_SORTS = Sorts("created", name=Key("display_name", folded=True), kind=Key("classification"), created=NEWEST)


def realms_in(tenant_id: str) -> "QuerySet[Realm]":
    return Realm.objects.filter(tenant_id=tenant_id).order_by("id")


def page_of_realms(
    tenant_id: str, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """`text` stands somewhere in the name or is the id. A cursor is a realm's id."""
    rows = realms_in(tenant_id)
    if text:
        rows = rows.filter(Q(display_name__icontains=text) | Q(pk=text))
    return walk(realms_in(tenant_id), rows, REALM_SORTS.key(sort), before, after, size)


def get_realm(tenant_id: str, realm_id: str) -> Realm:
    realm = _REALM.one(realm_id, tenant_id)
    if realm is None:
        raise NotFound("Realm", realm_id)
    return realm


_REALM = KnownQuery(
    lambda realm_id, tenant_id: Realm.objects.select_related("tenant").filter(pk=realm_id, tenant_id=tenant_id),
    str,
    str,
)


def told_of(realm: Realm, **asked: Any) -> dict[str, Any]:
    """What these expressions say, by their names: subqueries of one value each, in one question."""
    return dict(Realm.objects.filter(pk=realm.pk).order_by().values(**asked).first() or {}) if asked else {}


@kept(entries=1024)
def kept_realm(tenant_id: str, realm_id: str) -> Realm:
    """The same, a second old at most, for endpoints that only read it."""
    return get_realm(tenant_id, realm_id)


def admin_realm_of(tenant_id: str) -> Realm:
    realm = (
        Realm.objects.select_related("tenant").filter(tenant_id=tenant_id, classification=Classification.ADMIN).first()
    )
    if realm is None:
        raise NotFound("Tenant", tenant_id)
    return realm


def theme_of(realm: Realm) -> Theme:
    """The realm's theme, or an unsaved one with the defaults."""
    found = Theme.objects.filter(realm=realm).first()
    return found or Theme(realm=realm, tenant_id=realm.tenant_id, email_realm_name=realm.display_name)


NEVER_CHANGED = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


def version_of(theme: Theme) -> datetime:
    """What tells two states of a realm's look apart; there is one of a realm without a theme, too."""
    return NEVER_CHANGED if theme._state.adding else theme.updated_at


def theme_draft_of(realm: Realm) -> ThemeDraft:
    """The realm's draft, or an unsaved one that says what is live; its version then is that of the theme."""
    found = ThemeDraft.objects.filter(realm=realm).first()
    if found is not None:
        return found
    live = theme_of(realm)
    look = {name: getattr(live, name) for name in LOOK}
    version = version_of(live)
    return ThemeDraft(realm=realm, tenant_id=realm.tenant_id, updated_at=version, based_on=version, **look)


def get_theme(realm: Realm, theme_id: str) -> Theme:
    theme = Theme.objects.select_related("realm").filter(realm=realm, pk=ids.parse_uuid(theme_id)).first()
    if theme is None:
        raise NotFound("Theme", theme_id)
    return theme


def mails_waiting() -> int:
    """In all realms."""
    return OutgoingMail.objects.filter(state=MailState.WAITING).count()


def mail_about(realm: Realm, about_type: str, about_id: str) -> "QuerySet[OutgoingMail]":
    return OutgoingMail.objects.filter(realm=realm, about_type=about_type, about_id=about_id).order_by("-id")


def event_retention_of_all() -> dict[str, int]:
    """Days, by the id of the realm."""
    return dict(Realm.objects.values_list("pk", "event_retention_days"))
