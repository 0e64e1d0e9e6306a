"""Verbs on the draft of a realm's look: laid aside, published, discarded (docs/decisions/0025-logos-and-drafts.md).

Themes of the management API are changed themselves, past the draft (contract/wire.md §1.9); the draft then shows that it
began from another look, and publishing it is a choice.
"""

from datetime import datetime
from typing import Any

from apps.core.context import Context
from apps.core.errors import Conflict, Unprocessable, checked_fields, told
from apps.core.rows import ChangedMeanwhile, hold, require_unchanged
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms import contrast, logos, selectors
from apps.realms.models import LOOK, LookRow, Realm, Theme, ThemeDraft
from apps.realms.themes import CHECKS


class HardToRead(Unprocessable):
    """The text on buttons is too close in colour to the button (WCAG 2.2 §1.4.3)."""


class NoDraft(Conflict):
    """Nobody works on a look, or somebody was quicker to publish it."""

    code = "conflict"


class LiveMeanwhile(ChangedMeanwhile):
    """What is live is no longer what the caller was shown beside the draft."""


def keep_draft(ctx: Context, realm: Realm, *, seen_at: datetime | None = None, **look: Any) -> ThemeDraft:
    """Lays a look aside, whole or in part; what is left out stays as it is. Raises Invalid, ChangedMeanwhile."""
    with attempt(ctx, EventType.THEME_CHANGE, realm, action="DRAFT") as event:
        given = _checked(realm, look)
        hold(realm)
        draft = _unchanged(realm, seen_at)
        _put_on(draft, given, event)
        draft.created_at = draft.created_at or ctx.now
        draft.updated_at, draft.updated_by_name = ctx.now, ctx.actor.display_name
        draft.save()
        event.target(draft, draft.email_realm_name)
    return draft


def publish_draft(
    ctx: Context,
    realm: Realm,
    *,
    seen_at: datetime | None = None,
    live_seen_at: datetime | None = None,
    accept_contrast: bool = False,
    needs_draft: bool = False,
    **look: Any,
) -> Theme:
    """Makes live what the draft says, with `look` over it, and ends the draft. `seen_at` is the draft's version and
    `live_seen_at` that of the theme. Raises Invalid, ChangedMeanwhile, LiveMeanwhile, HardToRead, and NoDraft where one
    is needed: of two who publish the same one does."""
    with attempt(ctx, EventType.THEME_CHANGE, realm, action="PUBLISH") as event:
        given = _checked(realm, look)
        hold(realm)
        draft = _unchanged(realm, seen_at)
        if needs_draft and draft._state.adding:
            raise NoDraft("there is no draft")
        theme = _live_unchanged(realm, live_seen_at)
        for name in LOOK:
            setattr(draft, name, given.get(name, getattr(draft, name)))
        logos.require_own(realm, {name: getattr(draft, name) for name in LOOK}, root="theme")
        _require_readable(draft, event, accept_contrast)
        _put_on(theme, {name: getattr(draft, name) for name in LOOK}, event)
        theme.created_at, theme.updated_at = theme.created_at or ctx.now, ctx.now
        theme.save()
        logos.mark_used(ctx, realm, theme)
        ThemeDraft.objects.filter(realm=realm).delete()
        event.target(theme, theme.email_realm_name)
    return theme


def discard_draft(ctx: Context, realm: Realm, *, seen_at: datetime | None = None) -> None:
    """What is live stands; fine without a draft. Raises ChangedMeanwhile."""
    with attempt(ctx, EventType.THEME_CHANGE, realm, action="DISCARD_DRAFT") as event:
        hold(realm)
        draft = _unchanged(realm, seen_at)
        if not draft._state.adding:
            event.target(draft, draft.email_realm_name)
        ThemeDraft.objects.filter(realm=realm).delete()


def reset_theme(ctx: Context, theme: Theme, *, seen_at: datetime | None = None) -> bool:
    """The look that a realm without a theme has. What was live is laid aside as the draft, unless there is one: publishing
    it brings it back. Returns whether it was laid aside. Raises NotFound, ChangedMeanwhile."""
    realm = theme.realm
    with attempt(ctx, EventType.THEME_CHANGE, realm, action="RESET") as event:
        event.target(theme, theme.email_realm_name)
        require_unchanged(theme, seen_at, ctx.now)
        hold(realm)
        hold(theme)
        look = {name: getattr(theme, name) for name in LOOK}
        plain = Theme(realm=realm, email_realm_name=realm.display_name)
        for name, value in look.items():
            event.changed(name, value, getattr(plain, name))
        theme.delete()
        aside = selectors.theme_draft_of(realm)._state.adding
        if aside:
            made = {"created_at": ctx.now, "updated_at": ctx.now, "updated_by_name": ctx.actor.display_name}
            ThemeDraft.objects.create(
                realm=realm, tenant_id=realm.tenant_id, based_on=selectors.NEVER_CHANGED, **look, **made
            )
    return aside


def is_readable(look: LookRow) -> bool:
    return contrast.ratio(look.button_color, look.button_text_color) >= contrast.ENOUGH


def _checked(realm: Realm, look: dict[str, Any]) -> dict[str, Any]:
    given = checked_fields(look, CHECKS, root="theme")
    logos.require_own(realm, given, root="theme")
    return given


def _unchanged(realm: Realm, seen_at: datetime | None) -> ThemeDraft:
    """The realm is held, so it stays so. Raises ChangedMeanwhile."""
    draft = selectors.theme_draft_of(realm)
    if seen_at is not None and seen_at != draft.updated_at:
        raise ChangedMeanwhile("somebody else changed the draft")
    return draft


def _live_unchanged(realm: Realm, seen_at: datetime | None) -> Theme:
    """Held too: the API changes it without holding the realm. Raises LiveMeanwhile."""
    theme = selectors.theme_of(realm)
    if not theme._state.adding:
        hold(theme)
    if seen_at is not None and seen_at != selectors.version_of(theme):
        raise LiveMeanwhile("somebody else changed what is live")
    return theme


def _put_on(row: LookRow, look: dict[str, Any], event: Draft) -> None:
    for name, value in look.items():
        event.changed(name, getattr(row, name), value)
        setattr(row, name, value)


def _require_readable(look: LookRow, event: Draft, accepted: bool) -> None:
    """Raises HardToRead. What an administrator accepts all the same is on record."""
    if is_readable(look):
        return
    found = f"{contrast.ratio(look.button_color, look.button_text_color):.1f}"
    event.data["contrast"] = found
    if not accepted:
        raise HardToRead(told("contrast %(found)s : 1; %(enough)s : 1 is enough", found=found, enough=contrast.ENOUGH))
