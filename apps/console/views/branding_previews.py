"""What people will see, in a frame beside the form: a sign-in page or a mail in what is typed. Nothing is stored."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.console.access import Desk, administrator
from apps.console.forms.branding import FIELDS
from apps.console.listing import address
from apps.console.render import fragment, realm_url
from apps.core.errors import Invalid
from apps.realms import contrast, themes, trial_mails
from apps.realms.look import Look, tried_on

_URL_LENGTH = 2048
_MAIL = "binding_link"
_IF_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_BODY = re.compile(r"<body\b[^>]*>")
# No stylesheet of ours reaches a mail's frame, and the mail's own must not reach this.
_SUBJECT = (
    '<div style="padding:12px 16px;border-bottom:1px solid #d4d7dd;background:#ffffff;color:#1c1f26;text-align:left;'
    'font:600 14px/20px system-ui,sans-serif"><span style="font-weight:400;color:#5b616e">{}:</span> {}</div>'
)
SCHEMES = ("light", "dark")


@require_POST
@administrator("themes:read")
def preview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`shown` in the address is "page" or "mail", `scheme` "light" or "dark". Nothing in either acts."""
    typed = {path.removeprefix("theme."): request.POST.get(field, "") for path, field in FIELDS.items()}
    look = tried_on(desk.realm, {name: text[:_URL_LENGTH] for name, text in typed.items()})
    if request.GET.get("shown") == "mail":
        return mail_in_frame(trial_mails.preview(desk.realm, _MAIL, {}, look)["html"], scheme_of(request))
    return _page(request, desk, look)


@require_safe
@administrator("themes:read")
def stylesheet(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The colours of the preview: our policy lets no style into the page itself. What is no colour is left out."""
    given = {name: request.GET.get(name, "") for name in ("color", "text_color")}
    color, text = (_color(given[name]) for name in ("color", "text_color"))
    declared = "".join(f"{name}:{value};" for name, value in (("--brand", color), ("--brand-text", text)) if value)
    response = HttpResponse(f":root{{{declared}}}\n", content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@administrator("themes:read")
def contrast_of(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Whether the two colours of the form are told apart, while they are being chosen."""
    told = contrast_told(request.POST.get("color", ""), request.POST.get("text_color", ""))
    context = {"contrast": told, "may_change": desk.may("themes:update")}
    return fragment(request, desk, "branding/_contrast.html", context)


def contrast_told(color: Any, text_color: Any) -> dict[str, Any]:
    found = contrast.ratio(str(color or ""), str(text_color or ""))
    return {"ratio": f"{found:.1f}", "is_enough": found >= contrast.ENOUGH, "is_known": found > 0}


def scheme_of(request: HttpRequest) -> str:
    wanted = request.GET.get("scheme", "")
    return wanted if wanted in SCHEMES else ""


def mail_in_frame(html: str, scheme: str = "", subject: str = "") -> HttpResponse:
    """Its own styles, no script, nothing that leads anywhere; in the scheme that is asked for, whatever the system's. Above
    it the subject, where one is given."""
    if subject:
        line = format_html(_SUBJECT, _("Subject"), subject)
        html = _BODY.sub(lambda found: found[0] + line, html, count=1)
    if scheme:
        html = _IF_DARK.sub("@media all" if scheme == "dark" else "@media not all", html)
    response = for_our_frame(HttpResponse(html))
    allowed = {
        "style-src": ["'unsafe-inline'"],
        "img-src": ["https:", "'self'", settings.IDENTITY_CLOUD_AUTH_URL],
        "default-src": ["'none'"],
        "sandbox": True,
    }
    response._csp_replace = {**allowed, "frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    return response


def may_hold_frames(response: HttpResponse) -> HttpResponse:
    """Our own pages in a frame of this one, and the logos that are kept here, wherever they are served."""
    allowed = {"frame-src": ["'self'"], "img-src": [settings.IDENTITY_CLOUD_AUTH_URL]}
    response._csp_update = allowed  # type: ignore[attr-defined]
    return response


def for_our_frame(response: HttpResponse) -> HttpResponse:
    response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    return response


def _page(request: HttpRequest, desk: Desk, look: Look) -> HttpResponse:
    colors = {"color": look.brand_color, "text_color": look.brand_text_color}
    context = {
        "organization_name": look.organization_name,
        "realm_name": look.realm_name,
        "logo_url": look.logo_url,
        "logo_url_dark": look.logo_url_dark,
        "support_url": look.support_url,
        "theme_css_url": address(realm_url(desk.realm, "branding/theme.css"), **colors),
        "scheme": scheme_of(request),
    }
    response = render(request, "console/branding/preview.html", context)
    response._csp_update = {"img-src": ["https:", settings.IDENTITY_CLOUD_AUTH_URL]}  # type: ignore[attr-defined]
    return for_our_frame(response)


def _color(given: str) -> str:
    try:
        return themes.checked_color(given, field="")
    except Invalid:
        return ""
