"""R/themes: the look of a realm's hosted pages and mails (contract/wire.md §1.9)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import RealmEndpoint
from apps.api.operations import operation
from apps.api.schemas import logos as logo_schema
from apps.api.schemas import themes as schema
from apps.realms import logos, themes
from apps.realms import selectors as realms
from apps.realms.contract import logo_json, parse_logo, parse_theme, parse_theme_changes, theme_json


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


class Logos(RealmEndpoint):
    @operation("CreateLogo", "themes:update", takes=logo_schema.NEW_LOGO, answers=logo_schema.LOGO)
    def post(self, request: Request, **path: str) -> Response:
        """Takes in a picture for a theme to name by its `url`. It is written anew, without animation and without what is
        not pixels, and no larger than pages and mails need. The same picture again is the same logo. Of those that no look
        names any more, the last 50 stay."""
        logo = logos.keep_logo(self.ctx, self.realm, parse_logo(wrapped(request, "logo")))
        return etags.answer(request, logo_json(logo))
