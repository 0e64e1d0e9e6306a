"""One event: its sentence, its flow from end to end, what it changed, why the policy decided so, and its JSON."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.console.access import Desk, administrator
from apps.console.event_decisions import decision_of
from apps.console.event_facts import changes_of, facts_of
from apps.console.event_lines import tell
from apps.console.event_words import type_label
from apps.console.listing import address
from apps.console.render import fragment, page, realm_url, wants_fragment
from apps.events import checkpoints, sealing
from apps.events import selectors as events
from apps.events.contract import event_json

_OF_FLOW = 100
_DECIDES = "POLICY_EVALUATION"


@require_safe
@administrator("events:read")
def detail(request: HttpRequest, desk: Desk, event_id: str) -> HttpResponse:
    """A page of its own; for htmx the part that unfolds below a line of the list."""
    event = events.get_event(desk.realm, event_id)
    here = realm_url(desk.realm, "events")
    of_flow = list(events.flow_of(event)[:_OF_FLOW])
    flow = tell(desk.realm, of_flow, base_url=f"{here}/", current_id=str(event.pk))
    context = {
        "told": tell(desk.realm, [event])[0],
        "flow": flow,
        "flow_url": address(here, correlation_id=event.correlation_id),
        "facts": facts_of(desk, event),
        "changes": changes_of(event),
        "decision": decision_of(desk, event, with_trace=not wants_fragment(request)),
        "decided_url": _decided(of_flow, event, here),
        "proof_url": f"{here}/{event.pk}/proof",
        "json": json.dumps(event_json(event), indent=2, ensure_ascii=False),
        "url": f"{here}/{event.pk}",
    }
    if wants_fragment(request):
        return fragment(request, desk, "events/_more.html", context)
    context["crumbs"] = [{"label": _("Events"), "url": here}, {"label": type_label(event.type)}]
    return page(request, desk, "events/detail.html", context)


def _decided(flow: list[Any], event: Any, here: str) -> str:
    """Where the flow's last word of the policy before this event, or of all, is explained; "" where it said none."""
    said = [each for each in flow if each.type == _DECIDES and each.pk != event.pk]
    before = [each for each in said if each.pk < event.pk]
    return f"{here}/{(before or said)[-1].pk}#trace" if said else ""


@require_safe
@administrator("events:read")
def proof(request: HttpRequest, desk: Desk, event_id: str) -> HttpResponse:
    """That the event stands in the log, as a file: what the API answers at `:proof`. What is new is sealed first."""
    event = events.get_event(desk.realm, event_id)
    sealing.for_one(event)
    text = json.dumps(checkpoints.proof_json(checkpoints.proof_of(event)), indent=2, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="proof-{event.pk}.json"'
    return response
