"""The signing keys of a realm: what its tokens are signed with, and a new set of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.console import curls, own_events
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous
from apps.console.realm_pages import settings_tabs
from apps.console.render import page, realm_url
from apps.events.types import EventType
from apps.tokens import keys
from apps.tokens.services import signing_keys

_SHOWN = 100
# The wire's state: (word, tone). Ours is to say what it means.
_STATES = {
    "current": (gettext_lazy("Signs"), "ok"),
    "next": (gettext_lazy("Signs next"), "info"),
    "retired": (gettext_lazy("Retired"), "neutral"),
}
_ORDER = ("current", "next", "retired")


@require_safe
@administrator("realms:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    context = {
        "curls": curls.of_signing_keys(desk.realm),
        **_keys(desk),
        **own_events.of_type(desk, EventType.SIGNING_KEY_CHANGE),
    }
    return page(request, desk, "realms/signing_keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("realms:update")
@dangerous(_lazy("Rotate signing keys"))
def rotate(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A page that asks, for browsers that open no dialog. The form says which keys it would replace, so that one sent twice
    does not replace those it has just made."""
    context = _keys(desk)
    if request.method == "POST":
        if request.POST.get("replaces") != context["replaces"]:
            messages.warning(request, _("Nothing was rotated: the keys are newer than the page you pressed it on."))
        else:
            made = signing_keys.rotate_signing_keys(desk.ctx, desk.realm)
            algorithms = ", ".join(key.algorithm for key in made)
            told = _("New keys sign from now on: %(algorithms)s. The old ones stay published while they are needed.")
            messages.success(request, told % {"algorithms": algorithms})
        return see_other(request, realm_url(desk.realm, "settings/signing-keys"))
    return page(request, desk, "realms/rotate_keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("realms:update")
@dangerous(_lazy("Withdraw signing key"))
def retire(request: HttpRequest, desk: Desk, key_id: str) -> HttpResponse:
    """For a key that leaked: at once, whatever it signed."""
    key = keys.get_key(desk.realm, key_id)
    if request.method == "POST":
        signing_keys.retire_signing_key(desk.ctx, key)
        messages.success(request, _("The key is withdrawn. Nothing it signed is believed any more."))
        return see_other(request, realm_url(desk.realm, "settings/signing-keys"))
    return page(request, desk, "realms/retire_key.html", _keys(desk) | {"key": key})


def _keys(desk: Desk) -> dict[str, Any]:
    rows = sorted(keys.published_keys(desk.realm)[:_SHOWN], key=lambda key: (_ORDER.index(key.state), key.algorithm))
    return {
        "keys": [_line(desk, key) for key in rows],
        "replaces": ",".join(key.kid for key in rows if key.state == "current"),
        "keys_url": realm_url(desk.realm, "settings/signing-keys"),
        "tabs": settings_tabs(desk, "signing-keys"),
        "crumbs": [{"label": _("Settings"), "url": realm_url(desk.realm, "settings")}, {"label": _("Signing keys")}],
    }


def _line(desk: Desk, key: Any) -> dict[str, Any]:
    word, tone = _STATES[key.state]
    return {
        "kid": key.kid,
        "retire_url": realm_url(desk.realm, f"settings/signing-keys/{key.kid}/retire"),
        "algorithm": key.algorithm,
        "state": word,
        "tone": tone,
        "created_at": key.created_at,
        "published_until": key.published_until,
    }
