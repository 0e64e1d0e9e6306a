"""A realm as a SCIM server: what an Okta or Entra administrator pastes, a token for it, and how the syncing goes.

The token belongs to an application of the admin realm that reaches this realm alone; the first token makes it.
"""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from apps.applications import selectors as applications
from apps.applications.services.applications import CreatedBefore, create_application
from apps.console.access import Desk, administrator, see_other
from apps.console.dangerous import dangerous
from apps.console.event_lines import tell
from apps.console.render import page, realm_url
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.tokens import selectors as tokens
from apps.tokens.services import named_tokens
from apps.tokens.services.named_tokens import MadeBefore

_SCOPE = "scim:all"
_TOKEN_SECONDS = 365 * 86_400
_SHOWN = 8
_NAME_LENGTH = 64


@require_safe
@administrator("applications:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    return page(request, desk, "provisioning/index.html", _page(desk))


@require_POST
@administrator("tokens:create")
@dangerous(_lazy("Create SCIM token"))
def token(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Shown in this answer and nowhere else. `once` makes one token of one page, however often it is sent."""
    once = request.POST.get("once", "")[:_NAME_LENGTH]
    here = realm_url(desk.realm, "provisioning")
    try:
        application = _application(desk, once)
        made = named_tokens.create_token(
            desk.ctx, application, display_name=_("SCIM token"), scopes=[_SCOPE], once=once
        )
    except (CreatedBefore, MadeBefore):
        messages.warning(
            request, _("This page made its token already. It was shown then: if it is lost, make another.")
        )
        return see_other(request, here)
    context = _page(desk) | {"made": made, "done_url": here}
    return page(request, desk, "provisioning/made.html", context)


def _application(desk: Desk, once: str) -> Any:
    """The realm's own, made when there is none yet. Raises CreatedBefore, BeyondOwnScopes."""
    for each in applications.provisioning_applications(desk.admin_realm, desk.realm):
        if _SCOPE in each.allowed_scopes and not each.requires_dpop:
            return each
    desk.require("applications:create")
    managed = applications.managed_application(desk.admin_realm, applications.MANAGEMENT_API)
    config = {
        "type": "oauth2",
        "confidentiality": "confidential",
        "grant_type": ["client_credentials"],
        "allowed_scopes": [_SCOPE],
        "target_realm_id": desk.realm.pk,
        "token_configuration": {"expires_after": _TOKEN_SECONDS, "token_signing_algorithm": "ES256"},
    }
    made = create_application(
        desk.ctx,
        desk.admin_realm,
        display_name=f"SCIM {desk.realm.display_name}"[:_NAME_LENGTH],
        protocol_config=config,
        resource_server=managed.resource_server,
        once=once,
    )
    return made.application


def _page(desk: Desk) -> dict[str, Any]:
    found = applications.provisioning_applications(desk.admin_realm, desk.realm)
    return {
        "base_url": f"{settings.IDENTITY_CLOUD_API_URL}/v1/{desk.realm.path}/scim/v2",
        "clients": [_client(desk, application) for application in found],
        "recent": _recent(desk, found) if desk.may("events:read") else None,
        "once": secrets.token_urlsafe(24),
        "token_url": realm_url(desk.realm, "provisioning/token"),
        "crumbs": [{"label": _("Provisioning")}],
    }


def _client(desk: Desk, application: Any) -> dict[str, Any]:
    newest = tokens.page_of_tokens(desk.ctx, application, named=False, size=1).rows
    here = realm_url(desk.admin_realm, f"applications/{application.pk}")
    return {
        "id": str(application.pk),
        "name": application.display_name,
        "url": here,
        "tokens_url": f"{here}/tokens",
        "last_used_at": newest[0].last_used_at if newest else None,
        "expires_at": newest[0].expires if newest else None,
    }


def _recent(desk: Desk, found: list[Any]) -> list[Any]:
    """What they did last, of all of them together."""
    rows: list[Any] = []
    for application in found:
        rows += events.events_in(desk.realm, EventFilter(actor_id=str(application.pk)))[:_SHOWN]
    newest = sorted(rows, key=lambda event: event.pk, reverse=True)[:_SHOWN]
    return tell(desk.realm, newest, base_url=realm_url(desk.realm, "events/"))
