"""Through which identity providers one person signs in, and taking one of them away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.authentication.services import federated
from apps.console.access import Desk, administrator, see_other
from apps.console.render import realm_url
from apps.directory import selectors as directory
from apps.federation import selectors as federation


def links_shown(desk: Desk, links: list[federation.Linked]) -> list[dict[str, Any]]:
    """For the identity's page."""
    may_see = desk.may("identity-providers:read")
    return [
        {
            "provider_id": link.provider_id,
            "name": link.name,
            "url": realm_url(desk.realm, f"identity-providers/{link.provider_id}") if may_see else "",
            "last_used_at": link.last_used_at,
        }
        for link in links
    ]


@require_POST
@administrator("identities:update")
def disconnect(request: HttpRequest, desk: Desk, identity_id: str) -> HttpResponse:
    identity = directory.get_identity(desk.realm, identity_id)
    link = federation.get_link(identity, _id(request.POST.get("provider", "")))
    federated.disconnect(desk.ctx, link)
    words = {"name": identity.display_name, "provider": link.provider.display_name}
    messages.success(request, _("%(name)s no longer signs in through %(provider)s.") % words)
    return see_other(request, realm_url(desk.realm, f"identities/{identity.pk}"))


def _id(text: str) -> str:
    """What is no id is nobody's."""
    return text if len(text) == 16 and text.isascii() and text.isalnum() else ""
