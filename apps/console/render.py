"""Showing a page of the console: the frame around every template (templates/console/base.html names what it needs)."""

from typing import Any, Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.authentication import console_sessions
from apps.console import guide_links, kept_forms
from apps.core.context import Context
from apps.realms import selectors as realms
from apps.web import language, mailbox


class Seat(Protocol):
    """What the frame needs to know of who is at the console: access.py's Desk, which cannot be named here, for its refusals
    are shown in the frame."""

    @property
    def ctx(self) -> Context: ...
    @property
    def session(self) -> Any: ...
    @property
    def scopes(self) -> frozenset[str]: ...
    @property
    def realm(self) -> Any: ...
    @property
    def administrator(self) -> Any: ...
    @property
    def tenant(self) -> Any: ...
    def may(self, scope: str) -> bool: ...


# (group, [(label, icon, path under the realm, scope)]): what a realm's rail offers, in order.
_NAV: tuple[tuple[Any, tuple[tuple[Any, str, str, str], ...]], ...] = (
    ("", ((_lazy("Home"), "house", "", "realms:read"),)),
    (
        _lazy("Directory"),
        (
            (_lazy("Identities"), "users", "identities", "identities:read"),
            (_lazy("Groups"), "users-round", "groups", "groups:read"),
        ),
    ),
    (
        _lazy("Authentication"),
        (
            (_lazy("Applications"), "app-window", "applications", "applications:read"),
            (_lazy("Authenticators"), "fingerprint", "authenticators", "authenticator-configs:read"),
            (_lazy("Identity providers"), "log-in", "identity-providers", "identity-providers:read"),
        ),
    ),
    (
        _lazy("Authorization"),
        (
            (_lazy("Resource servers"), "server", "resource-servers", "resource-servers:read"),
            (_lazy("Roles"), "badge-check", "roles", "roles:read"),
            (_lazy("Policy"), "shield-check", "policy", "policy:read"),
        ),
    ),
    (_lazy("Provisioning"), ((_lazy("SCIM"), "refresh-cw", "provisioning", "applications:read"),)),
    (
        _lazy("Monitoring"),
        (
            (_lazy("Events"), "scroll-text", "events", "events:read"),
            (_lazy("Streams"), "send", "streams", "event-streams:read"),
        ),
    ),
    (
        _lazy("Customization"),
        ((_lazy("Branding"), "palette", "branding", "themes:read"), (_lazy("Mails"), "mail", "mails", "themes:read")),
    ),
    (
        _lazy("Settings"),
        (
            (_lazy("Realm"), "settings", "settings", "realms:read"),
            (_lazy("Administrators"), "shield", "/console/administrators", "identities:read"),
        ),
    ),
)
_SWITCHER = 50  # realms to switch to; a tenant may have a realm for each of its customers, and a page for them all
CLASSIFICATIONS = {
    "ADMIN": _lazy("Admin realm"),
    "SECURE_CUSTOMER": _lazy("Customers"),
    "SECURE_WORKFORCE": _lazy("Workforce"),
}


def page(
    request: HttpRequest, desk: Seat, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Renders `templates/console/<template>` in the frame. Fragments are rendered with `fragment`.

    `curls` in the context are the page's commands to copy (curls.py): those that the administrator could run are shown.
    """
    shown = {**frame(request, desk), **(context or {})}
    kept_forms.fill(request, desk, shown)
    shown["curls"] = [curl for curl in shown.get("curls", ()) if desk.may(curl.scope)]
    return render(request, f"console/{template}", shown, status=status)


def form_status(form: Any) -> int:
    """200 for a form as it is offered, 422 as it came back, 409 when somebody else was quicker (forms/versioned.py)."""
    if getattr(form, "changed_meanwhile", False):
        return 409
    return 422 if form.is_bound else 200


def fragment(
    request: HttpRequest, desk: Seat, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A part of a page for htmx: no rail, no queries for it."""
    base = {"desk": desk, "realm": desk.realm, "tenant": desk.tenant}
    return render(request, f"console/{template}", {**base, **(context or {})}, status=status)


def wants_fragment(request: HttpRequest) -> bool:
    """htmx asks for a part; boosted links and history restoration want the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def listed_page(request: HttpRequest, desk: Seat, noun: str, context: dict[str, Any]) -> HttpResponse:
    """A list: the whole page, or its results alone for htmx, which asks while somebody types."""
    return listed_in(request, desk, f"{noun}/index.html", f"{noun}/_results.html", context)


def listed_in(request: HttpRequest, desk: Seat, whole: str, results: str, context: dict[str, Any]) -> HttpResponse:
    """The same of templates with other names."""
    if wants_fragment(request):
        return fragment(request, desk, results, context)
    return page(request, desk, whole, context)


def realm_url(realm: Any, path: str = "") -> str:
    return f"/console/realms/{realm.pk}/{path}"


def frame(request: HttpRequest, desk: Seat) -> dict[str, Any]:
    listed = list(realms.realms_in(desk.tenant.pk)[:_SWITCHER])
    if desk.realm and desk.realm not in listed:
        listed = [desk.realm, *listed]
    return {
        "desk": desk,
        "tenant": desk.tenant,
        "realm": desk.realm,
        "realms": [
            {"id": r.pk, "display_name": r.display_name, "classification": r.classification, "url": realm_url(r)}
            for r in listed
        ],
        "administrator": {
            "display_name": desk.administrator.display_name,
            "username": desk.administrator.username,
        },
        "nav": _nav(request, desk) if desk.realm else _tenant_nav(request, desk),
        "tenant_url": "/console/realms",
        "search_url": realm_url(desk.realm, "search") if desk.realm else "/console/search",
        "realm_url": realm_url(desk.realm) if desk.realm else "",
        "all_realms_url": "/console/realms",
        "new_realm_url": "/console/realms/new" if desk.may("realms:create") else "",
        "sign_out_url": "/console/sign-out",
        "help_url": "/docs",
        "mailbox_url": mailbox.address(),
        "guide": guide_links.of_page(request.path),
        "presence": presence_of(desk),
        "languages": [
            {"code": code, "name": name, "current": code == language.chosen(request)}
            for code, name in settings.LANGUAGES
        ],
        "follows_browser": not language.chosen(request),
    }


def presence_of(desk: Seat) -> dict[str, Any]:
    """How many seconds the session lasts if nothing is done, and whether doing something puts that off."""
    ending = console_sessions.ending_of(desk.session)
    left = int((ending.at - desk.ctx.now).total_seconds())
    return {"ends_in": max(0, left), "can_stay": ending.can_be_put_off}


def _tenant_nav(request: HttpRequest, desk: Seat) -> list[dict[str, Any]]:
    """What there is above the realms."""
    places = [(_("Realms"), "boxes", "/console/realms")]
    if desk.may("identities:read"):
        places.append((_("Administrators"), "shield", "/console/administrators"))
    items = [
        {"label": label, "icon": icon, "url": url, "current": request.path.startswith(url)}
        for label, icon, url in places
    ]
    return [{"label": "", "items": items}]


def _nav(request: HttpRequest, desk: Seat) -> list[dict[str, Any]]:
    groups = []
    for label, entries in _NAV:
        items = [
            {
                "label": str(name),
                "icon": icon,
                "url": (url := path if path.startswith("/") else realm_url(desk.realm, path)),
                "current": request.path == url if not path else request.path.startswith(url),
            }
            for name, icon, path, scope in entries
            if desk.may(scope)
        ]
        if items:
            groups.append({"label": str(label), "items": items})
    return groups
