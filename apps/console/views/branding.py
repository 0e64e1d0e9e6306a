"""Branding: the realm's name, logo and colours, with what people will see beside the form."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.console.access import Desk, administrator, see_other
from apps.console.forms.branding import FIELDS, BrandingForm, look_of
from apps.console.forms.violations import add_violations
from apps.console.listing import address
from apps.console.render import form_status, fragment, page, realm_url
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.realms import contrast, themes
from apps.realms import selectors as realms
from apps.realms.themes import ThemeExists

_URL_LENGTH = 2048


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("themes:read")
def edit(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The first saving makes the realm's theme."""
    theme = realms.theme_of(desk.realm)
    data = request.POST if request.method == "POST" else None
    form = BrandingForm(data, stored=look_of(theme), read_at=theme.updated_at or desk.realm.created_at)
    if data is not None:
        desk.require("themes:create" if theme._state.adding else "themes:update")
    if form.is_valid() and _saved(desk, theme, form):
        messages.success(request, _("Saved. Pages and mails look so from now on."))
        return see_other(request, realm_url(desk.realm, "branding"))
    url = realm_url(desk.realm, "branding")
    context = {
        "form": form,
        "url": url,
        "contrast": _contrast(form["color"].value(), form["text_color"].value()),
        "is_new": theme._state.adding,
        "may_change": desk.may("themes:create" if theme._state.adding else "themes:update"),
        "crumbs": [{"label": _("Branding")}],
    }
    return may_hold_frames(page(request, desk, "branding/edit.html", context, status=form_status(form)))


@require_POST
@administrator("themes:read")
def preview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A sign-in page with what is typed, for the frame beside the form. Nothing is stored, and nothing in it acts."""
    look = {name: request.POST.get(name, "")[:_URL_LENGTH] for name in FIELDS.values()}
    context = {
        "organization_name": look["name"][:64] or desk.tenant.display_name,
        "realm_name": desk.realm.display_name,
        "logo_url": _checked(themes.checked_url, look["logo_light"]),
        "support_url": _checked(themes.checked_url, look["support"]),
        "theme_css_url": address(
            realm_url(desk.realm, "branding/theme.css"), color=look["color"], text_color=look["text_color"]
        ),
    }
    response = render(request, "console/branding/preview.html", context)
    response._csp_update = {"img-src": ["https:"]}  # type: ignore[attr-defined]
    return for_our_frame(response)


@require_safe
@administrator("themes:read")
def stylesheet(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The colours of the preview: our policy lets no style into the page itself. What is no colour is left out."""
    color, text = (_checked(themes.checked_color, request.GET.get(name, "")) for name in ("color", "text_color"))
    declared = "".join(f"{name}:{value};" for name, value in (("--brand", color), ("--brand-text", text)) if value)
    response = HttpResponse(f":root{{{declared}}}\n", content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@administrator("themes:read")
def contrast_of(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Whether the two colours of the form are told apart, while they are being chosen."""
    told = _contrast(request.POST.get("color", ""), request.POST.get("text_color", ""))
    return fragment(request, desk, "branding/_contrast.html", {"contrast": told})


def may_hold_frames(response: HttpResponse) -> HttpResponse:
    """Our own pages in a frame of this one."""
    response._csp_update = {"frame-src": ["'self'"]}  # type: ignore[attr-defined]
    return response


def for_our_frame(response: HttpResponse) -> HttpResponse:
    response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    return response


def _saved(desk: Desk, theme: Any, form: BrandingForm) -> bool:
    try:
        if theme._state.adding:
            themes.create_theme(desk.ctx, desk.realm, **form.look())
        else:
            themes.update_theme(desk.ctx, theme, seen_at=form.seen_at, **form.look())
    except Invalid as refusal:
        add_violations(form, refusal, FIELDS)
    except (ThemeExists, ChangedMeanwhile):
        fresh = realms.theme_of(desk.realm)
        form.show_both(look_of(fresh), fresh.updated_at)
    else:
        return True
    return False


def _contrast(color: Any, text_color: Any) -> dict[str, Any]:
    found = contrast.ratio(str(color or ""), str(text_color or ""))
    return {"ratio": f"{found:.1f}", "is_enough": found >= contrast.ENOUGH, "is_known": found > 0}


def _checked(check: Any, given: str) -> str:
    try:
        return str(check(given, field=""))
    except Invalid:
        return ""
