"""At the person's own page: the providers they sign in through, and taking one of them away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.authentication.services import federated
from apps.federation import selectors as federation
from apps.hosted.person import Visit, person_view


def lines(visit: Visit) -> list[dict[str, Any]]:
    return [
        {
            "provider_id": link.provider_id,
            "name": link.provider.display_name,
            "linked_at": link.created_at,
            "last_used_at": link.last_used_at,
        }
        for link in federation.links_of(visit.identity)
    ]


@person_view("POST")
def disconnect(request: HttpRequest, visit: Visit) -> HttpResponse:
    wanted = request.POST.get("provider", "")
    link = federation.get_link(visit.identity, wanted if len(wanted) == 16 and wanted.isalnum() else "")
    federated.disconnect(visit.ctx, link)
    messages.success(request, _("%(name)s no longer signs you in here.") % {"name": link.provider.display_name})
    return redirect(visit.home)
