"""Of a policy's evaluation: what was decided, by which rule, and rule by rule why."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.console.access import Desk
from apps.console.render import realm_url
from apps.console.rule_sentences import ACTIONS
from apps.console.rule_traces import facts_told, lines_of
from apps.policy import retracing
from apps.policy import selectors as policy

_TRACE = "trace"


def decision_of(desk: Desk, event: Any, *, with_trace: bool) -> dict[str, Any] | None:
    """What templates/console/events/_decision.html shows; None for an event of another kind. Who may not read the policy is
    told what was decided and by which rule, and no more of the rules."""
    decision = event.data.get("decision")
    if not isinstance(decision, Mapping):
        return None
    action = str(decision.get("action", ""))
    words, tone = ACTIONS.get(action, (action, "neutral"))
    version = event.data.get("policy_version", 0)
    told = {
        "words": str(words),
        "tone": tone,
        "message": decision.get("message", ""),
        "rule": _rule(desk, version, str(decision.get("matched_rule_id", ""))),
        "alerts": [_rule(desk, version, str(each)) for each in event.data.get("alert") or ()],
        "version": version,
        "may_read": desk.may("policy:read"),
    }
    if not desk.may("policy:read"):
        return told
    told["version_url"] = realm_url(desk.realm, f"policy/versions/{version}")
    told["trace_url"] = realm_url(desk.realm, f"events/{event.pk}#{_TRACE}")
    return told | _trace(desk, event.data) if with_trace else told


def _rule(desk: Desk, version: Any, rule_id: str) -> str:
    if rule_id in ("", "default"):
        return _("No rule matched")
    names = policy.rule_names(desk.realm, [version]) if isinstance(version, int) else {}
    return names.get((version, rule_id), rule_id)


def _trace(desk: Desk, told: Mapping[str, Any]) -> dict[str, Any]:
    """{lines, disagrees, told}; `lines` is None when the rules of then cannot be asked any more."""
    given = (told.get("input") or {}).get("attributes")
    facts = facts_told(desk.realm, given) if isinstance(given, Mapping) else []
    again = retracing.retrace(desk.realm, told)
    if again is None:
        return {"lines": None, "told": facts, "has_trace": True}
    lines = lines_of(desk.realm, again.version.rules, again.decision)
    return {"lines": lines, "disagrees": not again.agrees, "told": facts, "has_trace": True}
