"""/docs/api: the API as people read it, for everybody (contract/extensions.md §1)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.api import reference
from apps.api.reference_examples import TOKEN_CURL, curl_of


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "api/overview.html", _context())


@require_safe
def noun(request: HttpRequest, slug: str) -> HttpResponse:
    current = next(each for each in reference.nouns() if each.slug == slug)
    return render(request, "api/noun.html", {**_context(), "current": current})


def _context() -> dict[str, object]:
    every = reference.nouns()
    count = sum(len(each.entries) for each in every)
    server = settings.IDENTITY_CLOUD_API_URL
    first = curl_of(server, "/v1/tenants/{tenant_id}/realms", "get", "", "")
    return {"nouns": every, "count": count, "server": server, "token_curl": TOKEN_CURL, "first_curl": first}
