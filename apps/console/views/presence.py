"""Whether somebody is still there: how long the session lasts, and that it shall go on."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from apps.authentication import console_sessions
from apps.console.access import Desk, administrator
from apps.console.render import presence_of


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("")
def presence(request: HttpRequest, desk: Desk) -> HttpResponse:
    """{"ends_in": seconds, "can_stay": whether activity puts that off}. GET tells, POST stays."""
    if request.method == "POST":
        console_sessions.stay(desk.ctx, desk.session)
    return JsonResponse(presence_of(desk))
