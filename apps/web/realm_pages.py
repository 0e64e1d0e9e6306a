"""Pages in a realm's own look: what the hosted authenticator shows, and what a dead link leads to in any face."""

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse

from apps.core.errors import NotFound, Refusal
from apps.policy.services import DENIED_MESSAGE
from apps.realms import selectors as realms
from apps.realms.look import Look, look_of
from apps.web.status import status_of

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


def show(
    request: HttpRequest, realm: Any, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Renders the template in the frame of templates/hosted/base.html. `realm` None: in the product's own look.

    These pages carry tokens in their URLs, so no other page learns where the reader came from (RFC 9700 §4.2).
    """
    look = look_of(realm) if realm is not None else None
    said = {"denied_message": DENIED_MESSAGE, **_frame(realm, look), **(context or {})}
    response = render(request, template, said, status=status)
    response["Referrer-Policy"] = "no-referrer"
    logos = (look.logo_url, look.logo_url_dark) if look is not None else ()
    if origins := sorted({origin for url in logos if (origin := _origin(url))}):
        response._csp_update = {"img-src": origins}  # type: ignore[attr-defined]
    return response


def may_lead_to(response: HttpResponse, *redirect_uris: str) -> HttpResponse:
    """Lets the page's form end at the client. Browsers hold every redirect after a form to `form-action`, and where the
    client sends people from its redirect URI is not ours to know: so its scheme, not its origin."""
    allowed = getattr(response, "_csp_update", {})
    schemes = list(dict.fromkeys(f"{urlsplit(uri).scheme}:" for uri in redirect_uris))
    response._csp_update = {**allowed, "form-action": schemes}  # type: ignore[attr-defined]
    return response


def dead_link(request: HttpRequest, refusal: Refusal, tenant_id: str, realm_id: str) -> HttpResponse:
    """A binding link that leads nowhere: which way it died, and what to do next."""
    try:
        realm = realms.get_realm(tenant_id, realm_id)
    except NotFound:
        realm = None
    response = show(request, realm, "hosted/dead_link.html", {"code": refusal.code}, status=status_of(refusal))
    if response.status_code == 401:
        response["WWW-Authenticate"] = "Bearer"  # RFC 9110 §15.5.2 asks for a scheme; browsers ask nobody for this one
    return response


def own_look() -> dict[str, Any]:
    """The product's, for a page of no realm."""
    return {"organization_name": settings.BRAND_NAME, "realm_name": "", "logo_url": static("brand/mark.svg")}


def _origin(logo_url: str) -> str:
    """The realm's logo may lie elsewhere; its origin and no other is let in. Nothing that could end a directive passes."""
    parts = urlsplit(logo_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else ""


def _frame(realm: Any, look: Look | None) -> dict[str, Any]:
    if look is None:
        return own_look()
    theme_css_url = ""
    if look.version:
        theme_css_url = reverse("theme", args=[realm.tenant_id, realm.pk, look.version])
    frame = {**asdict(look), "theme_css_url": theme_css_url, "is_admin_realm": realm.is_admin}
    if realm.is_admin:
        frame["console_url"] = f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?tenant={realm.tenant_id}"
    return frame
