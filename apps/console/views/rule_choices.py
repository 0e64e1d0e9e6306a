"""Finding what a rule, or the test bench, is about: the choices of one picker while somebody types."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.console.access import Desk, administrator
from apps.console.render import fragment
from apps.console.rule_choices import CHOSEN_FROM, is_field, picker
from apps.core.errors import NotFound


@require_safe
@administrator("policy:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`name` is the field, `attribute` what its values are of; what is ticked already stands in the field."""
    name, attribute = request.GET.get("name", ""), request.GET.get("attribute", "")
    if attribute not in CHOSEN_FROM or not is_field(name, attribute):
        raise NotFound("Picker", name[:64])
    found = picker(desk, name, attribute, request.GET.getlist(name), request.GET.get(f"find_{name}", ""))
    return fragment(request, desk, "policy/_choices.html", {"picker": found})
