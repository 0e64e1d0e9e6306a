"""Where a page leaves what was typed in it when it finds that the session is over (static/js/console/presence.js)."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from apps.console.access import page_before
from apps.console.kept_forms import kept_at


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """{"url": the page that says why the console closed, and leads back to the form}. For nobody in particular: what is
    kept is shown to whom the cookie was given, after they signed in."""
    return JsonResponse({"url": f"/console/over?{urlencode({'next': kept_at(request, page_before(request))})}"})
