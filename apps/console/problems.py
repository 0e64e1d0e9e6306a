"""What an administrator reads who was refused: within the console's frame, so that everything else is a press away."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.console.render import Seat, page, realm_url, wants_fragment
from apps.web import errors
from apps.web.context import correlation_id_of

_TITLES = {
    403: _lazy("You may not see this"),
    404: _lazy("There is nothing here"),
    409: _lazy("This has just been done"),
    429: _lazy("Too many tries"),
}
_TEXTS = {
    404: _lazy("The address is wrong, or what was here has been deleted."),
    429: _lazy("For safety this has been slowed down. Wait a minute, then try again."),
}


def problem(request: HttpRequest, desk: Seat | None, status: int, message: str = "", advice: str = "") -> HttpResponse:
    """The page of its status: in the frame for who sits at the console and looks at pages, plain for anybody else."""
    if desk is None or status not in _TITLES or wants_fragment(request):
        return errors.page(request, status, message=message)
    context = {
        "guide": None,
        "status": status,
        "title": _TITLES[status],
        "text": message or _TEXTS.get(status, ""),
        "advice": advice,
        "back_url": realm_url(desk.realm) if desk.realm else "/console/",
        "back_label": _("Back to %(name)s") % {"name": desk.realm.display_name}
        if desk.realm
        else _("Back to the start"),
        "reference": correlation_id_of(request),
    }
    return page(request, desk, "problem.html", context, status=status)
