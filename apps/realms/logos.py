"""Logos that were uploaded: kept in the database, where every process finds them, and shown under the digest of their bytes
(docs/decisions/0025-logos-and-drafts.md)."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from django.conf import settings

from apps.core.context import Context
from apps.core.errors import Invalid, NotFound, Violation
from apps.core.rows import hold
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms import pictures
from apps.realms.models import Logo, LookRow, Realm, Theme, ThemeDraft

KEPT = 50  # of those in nobody's look any more, for the mails that name them; and as many that no look ever took
_PATH = re.compile(r"/authenticator/v1/tenants/([0-9a-f]{16})/realms/([0-9a-f]{16})/logos/([0-9a-f]{64})")


def keep_logo(ctx: Context, realm: Realm, content: bytes, *, field: str = "logo.content") -> Logo:
    """Takes a picture in, for a look to name by `address_of`. The same picture again is the same logo. Raises Invalid."""
    try:
        picture = pictures.written_anew(content)  # before the transaction: it takes a while, and others write meanwhile
    except pictures.PictureRefused as refusal:
        raise Invalid(Violation(field, refusal.args[0])) from None
    digest = hashlib.sha256(picture.content).hexdigest()
    with attempt(ctx, EventType.THEME_CHANGE, realm, action="UPLOAD_LOGO", data={"digest": digest}) as event:
        hold(realm)
        logo = Logo.objects.filter(realm=realm, digest=digest).first() or Logo(realm=realm, tenant_id=realm.tenant_id)
        if logo._state.adding:
            logo.digest, logo.content, logo.media_type = digest, picture.content, picture.media_type
            logo.width, logo.height = picture.width, picture.height
            logo.created_at = ctx.now
        logo.updated_at = ctx.now
        logo.save()
        event.target(logo, "")
        _forget_old(realm)
    return logo


def path_of(logo: Logo) -> str:
    """What a look keeps: it holds wherever this is served."""
    return f"/authenticator/v1/tenants/{logo.tenant_id}/realms/{logo.realm_id}/logos/{logo.digest}"


def address_of(kept: str) -> str:
    """The URL of what a look keeps: for pages, mails and the API."""
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}{kept}" if _PATH.fullmatch(kept) else kept


def path_in(given: str) -> str:
    """The path, if `given` is one of a logo here or its address; "" for any other URL."""
    path = given.removeprefix(settings.IDENTITY_CLOUD_AUTH_URL)
    return path if _PATH.fullmatch(path) else ""


def get_logo(tenant_id: str, realm_id: str, digest: str) -> Logo:
    logo = Logo.objects.filter(tenant_id=tenant_id, realm_id=realm_id, digest=digest).first()
    if logo is None:
        raise NotFound("Logo", digest)
    return logo


def mark_used(ctx: Context, realm: Realm, look: LookRow) -> None:
    """Inside the attempt that makes the look live: its logos are used from now on."""
    Logo.objects.filter(realm=realm, digest__in=_digests([look])).update(used_at=ctx.now)


def require_own(realm: Realm, look: Mapping[str, str], *, root: str) -> None:
    """The logos kept here that the look names are there, and this realm's. Raises Invalid."""
    violations = []
    for name in ("logo_url_light", "logo_url_dark"):
        found = _PATH.fullmatch(look.get(name, ""))
        if found and not _is_there(realm, *found.groups()):
            violations.append(Violation(f"{root}.{name}", "there is no such logo in this realm"))
    if violations:
        raise Invalid(violations)


def _is_there(realm: Realm, tenant_id: str, realm_id: str, digest: str) -> bool:
    own = (tenant_id, realm_id) == (realm.tenant_id, realm.pk)
    return own and Logo.objects.filter(realm=realm, digest=digest).exists()


def _forget_old(realm: Realm) -> None:
    looks: list[LookRow] = [*Theme.objects.filter(realm=realm), *ThemeDraft.objects.filter(realm=realm)]
    rest = Logo.objects.filter(realm=realm).exclude(digest__in=_digests(looks)).defer("content")
    for rows in (rest.filter(used_at=None), rest.exclude(used_at=None)):
        stale = list(rows.order_by("-updated_at", "-id").values_list("pk", flat=True)[KEPT:])
        Logo.objects.filter(pk__in=stale).delete()


def _digests(looks: Iterable[LookRow]) -> list[str]:
    named = (url for look in looks for url in (look.logo_url_light, look.logo_url_dark))
    return [found[3] for url in named if (found := _PATH.fullmatch(url))]
