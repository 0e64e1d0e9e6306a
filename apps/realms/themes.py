"""Verbs on a realm's theme: how its hosted pages and mails look (contract/wire.md §1.9). One theme a realm."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Checks, Conflict, Invalid, Violation, checked_fields, told
from apps.core.rows import hold, require_unchanged
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms import logos
from apps.realms.models import Realm, Theme

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_URL_LENGTH = 2048
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


class ThemeExists(Conflict):
    code = "conflict"


def checked_logo(given: Any, *, field: str) -> str:
    """An https URL, or that of a logo kept here, which leaves its path; `logos.require_own` asks whose. Raises Invalid."""
    if isinstance(given, str) and (path := logos.path_in(given)):
        return path
    return checked_url(given, field=field)


def checked_color(given: Any, *, field: str) -> str:
    """It ends up in a stylesheet: # and six hexadecimal digits, nothing else. Raises Invalid."""
    if not isinstance(given, str) or not _COLOR.fullmatch(given):
        raise Invalid(Violation(field, "must be a colour like #4673D3"))
    return given


def checked_url(given: Any, *, field: str) -> str:
    """An https URL that a page may link to or show; "" and null for none. Raises Invalid."""
    if given is None or given == "":
        return ""
    if why := _refuse_url(given):
        raise Invalid(Violation(field, why))
    return str(given)


CHECKS: Checks = {
    "email_realm_name": names.display_name,
    "logo_url_light": checked_logo,
    "logo_url_dark": checked_logo,
    "support_url": checked_url,
    "button_color": checked_color,
    "button_text_color": checked_color,
}


def create_theme(ctx: Context, realm: Realm, **look: Any) -> Theme:
    """`look` is what CHECKS names; what is left out gets its default. Raises Invalid, ThemeExists."""
    with attempt(ctx, EventType.THEME_CHANGE, realm, action="CREATE") as event:
        given = checked_fields(look, CHECKS, root="theme", required=("email_realm_name",))
        logos.require_own(realm, given, root="theme")
        hold(realm)  # as whoever publishes a draft does, which may be the realm's first look, too
        theme = Theme(realm=realm, tenant_id=realm.tenant_id, created_at=ctx.now, updated_at=ctx.now, **given)
        try:
            with transaction.atomic():
                theme.save(force_insert=True)
        except IntegrityError:  # the constraint is the judge; asking first would race
            first = Theme.objects.filter(realm=realm).values_list("pk", flat=True).first()
            raise ThemeExists(
                "theme already exists for this realm", resource_type="Theme", resource_id=str(first or "")
            ) from None
        logos.mark_used(ctx, realm, theme)
        event.target(theme, theme.email_realm_name)
        for name in CHECKS:
            event.changed(name, None, getattr(theme, name) or None)
    return theme


def update_theme(ctx: Context, theme: Theme, *, seen_at: datetime | None = None, **look: Any) -> Theme:
    """Changes what is given and nothing else. Raises Invalid, ChangedMeanwhile."""
    with attempt(ctx, EventType.THEME_CHANGE, theme.realm, action="UPDATE") as event:
        event.target(theme, theme.email_realm_name)
        given = checked_fields(look, CHECKS, root="theme")
        logos.require_own(theme.realm, given, root="theme")
        require_unchanged(theme, seen_at, ctx.now)
        hold(theme)
        for name, value in given.items():
            event.changed(name, getattr(theme, name), value)
            setattr(theme, name, value)
        theme.updated_at = ctx.now
        theme.save(force_update=True)
        logos.mark_used(ctx, theme.realm, theme)
    return theme


def _refuse_url(given: Any) -> str:
    """Why a page cannot name it, or "". Nothing that could end an attribute or a policy directive passes."""
    if not isinstance(given, str):
        return "not a string"
    if len(given) > _URL_LENGTH:
        return told("longer than %(count)s characters", count=_URL_LENGTH)
    if not given.isascii() or any(character <= " " or character in "\"'<>\\^`{|}\x7f" for character in given):
        return "contains characters that a URL cannot have"
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme != "https":
        return "must be https"
    if parts.username is not None or parts.password is not None:
        return "must not carry a user name"
    return "" if _HOST.fullmatch(host) else "no host"
