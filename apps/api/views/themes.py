"""R/themes: the look of a realm's hosted pages and mails (contract/wire.md §1.9)."""

from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import bare, nothing, wrapped
from apps.api.endpoint import RealmEndpoint
from apps.api.operations import operation
from apps.api.schemas import logos as logo_schema
from apps.api.schemas import themes as schema
from apps.api.schemas.kinds import NOTHING
from apps.core.rows import ChangedMeanwhile
from apps.realms import logos, theme_drafts, themes
from apps.realms import selectors as realms
from apps.realms.contract import (
    logo_json,
    parse_logo,
    parse_publication,
    parse_theme,
    parse_theme_changes,
    parse_theme_draft,
    theme_draft_json,
    theme_json,
)


class Themes(RealmEndpoint):
    @operation(
        "CreateTheme",
        "themes:create",
        takes=schema.NEW_THEME,
        answers=schema.THEME,
        refuses={409: "The realm has a theme."},
    )
    def post(self, request: Request, **path: str) -> Response:
        given = parse_theme(wrapped(request, "theme"))
        return etags.answer(request, theme_json(themes.create_theme(self.ctx, self.realm, **given)))


class ActiveTheme(RealmEndpoint):
    @operation("GetActiveTheme", "themes:read", answers=schema.ACTIVE_THEME)
    def get(self, request: Request, **path: str) -> Response:
        """The realm's own, or what stands in for it: that one has no id, for there is nothing to change yet."""
        return etags.answer(request, theme_json(realms.theme_of(self.realm)))


class Theme(RealmEndpoint):
    @operation("GetTheme", "themes:read", answers=schema.THEME)
    def get(self, request: Request, theme_id: str, **path: str) -> Response:
        return etags.answer(request, theme_json(realms.get_theme(self.realm, theme_id)))

    @operation("UpdateTheme", "themes:update", takes=schema.THEME_CHANGES, answers=schema.THEME)
    def patch(self, request: Request, theme_id: str, **path: str) -> Response:
        theme = realms.get_theme(self.realm, theme_id)
        given = parse_theme_changes(wrapped(request, "theme"))
        seen_at = etags.seen_at(request, theme.updated_at, theme_json(theme))
        return etags.answer(request, theme_json(themes.update_theme(self.ctx, theme, seen_at=seen_at, **given)))


class DefaultLook(RealmEndpoint):
    @operation("ResetActiveTheme", "themes:update", takes=NOTHING, answers=schema.ACTIVE_THEME, if_match=True)
    def post(self, request: Request, **path: str) -> Response:
        """Back to the look of a realm without a theme; fine when it has none. What was live is laid aside as the draft,
        unless there is one: publishing it brings it back."""
        nothing(request)
        theme = realms.theme_of(self.realm)
        seen_at = etags.seen_at(request, realms.version_of(theme), theme_json(theme))
        if not theme._state.adding:
            theme_drafts.reset_theme(self.ctx, theme, seen_at=seen_at)
        elif seen_at not in (None, realms.NEVER_CHANGED):
            raise ChangedMeanwhile("somebody else changed it meanwhile")
        return etags.answer(request, theme_json(realms.theme_of(self.realm)))


class ThemeDraft(RealmEndpoint):
    @operation("GetThemeDraft", "themes:read", answers=schema.THEME_DRAFT)
    def get(self, request: Request, **path: str) -> Response:
        """The look that administrators work on, at the console or here; what is live until somebody does."""
        return etags.answer(request, _draft_json(self))

    @operation("UpdateThemeDraft", "themes:update", takes=schema.THEME_DRAFT_CHANGES, answers=schema.THEME_DRAFT)
    def patch(self, request: Request, **path: str) -> Response:
        """Nobody else sees it until it is published."""
        given = parse_theme_draft(wrapped(request, "theme"))
        theme_drafts.keep_draft(self.ctx, self.realm, seen_at=_draft_seen_at(self, request), **given)
        return etags.answer(request, _draft_json(self))


class ThemePublication(RealmEndpoint):
    @operation(
        "PublishThemeDraft",
        "themes:create",
        "themes:update",
        takes=schema.PUBLICATION,
        answers=schema.THEME,
        if_match=True,
        refuses={
            409: "There is no draft.",
            412: "The draft, or what is live, is not what was seen.",
            422: "The text of buttons is hard to read, and `accept_contrast` does not say that it may be.",
        },
    )
    def post(self, request: Request, **path: str) -> Response:
        """Makes live what the draft says, and ends it. `If-Match` is the draft's."""
        given = parse_publication(bare(request))
        live_seen_at = realms.version_of(realms.theme_of(self.realm)) if "If-Match" in request.headers else None
        theme = theme_drafts.publish_draft(
            self.ctx,
            self.realm,
            seen_at=_draft_seen_at(self, request),
            live_seen_at=live_seen_at,
            needs_draft=True,
            **given,
        )
        return etags.answer(request, theme_json(theme))


class ThemeDraftDiscarded(RealmEndpoint):
    @operation("DiscardThemeDraft", "themes:update", takes=NOTHING, answers=schema.THEME_DRAFT)
    def post(self, request: Request, **path: str) -> Response:
        """What is live stands; the answer is the draft as it is then."""
        nothing(request)
        theme_drafts.discard_draft(self.ctx, self.realm)
        return etags.answer(request, _draft_json(self))


def _draft_json(view: RealmEndpoint) -> dict[str, Any]:
    live = realms.version_of(realms.theme_of(view.realm))
    return theme_draft_json(realms.theme_draft_of(view.realm), live)


def _draft_seen_at(view: RealmEndpoint, request: Request) -> datetime | None:
    return etags.seen_at(request, realms.theme_draft_of(view.realm).updated_at, _draft_json(view))


class Logos(RealmEndpoint):
    @operation("CreateLogo", "themes:update", takes=logo_schema.NEW_LOGO, answers=logo_schema.LOGO)
    def post(self, request: Request, **path: str) -> Response:
        """Takes in a picture for a theme to name by its `url`. It is written anew, without animation and without what is
        not pixels, and no larger than pages and mails need. The same picture again is the same logo. Of those that no look
        names any more, the last 50 stay."""
        logo = logos.keep_logo(self.ctx, self.realm, parse_logo(wrapped(request, "logo")))
        return etags.answer(request, logo_json(logo))
