"""Why the policy decided so: the rules of then asked again what they were asked then, with the trace of every rule.

An evaluation's event holds the whole input and the number of the version (contract/extensions.md §6), and a version never
changes, so nothing is kept beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.errors import NotFound
from apps.policy import engine, replay, selectors
from apps.policy.engine import Decision, RuleError
from apps.policy.models import PolicyVersion
from apps.realms.models import Realm


@dataclass(frozen=True, slots=True)
class Retraced:
    """`agrees`: the same rule decides in the same way as it did. It would not where the event was brought in from elsewhere
    or an attribute has changed its meaning since."""

    version: PolicyVersion
    decision: Decision
    agrees: bool


def retrace(realm: Realm, told: Mapping[str, Any]) -> Retraced | None:
    """`told` is the data of a POLICY_EVALUATION event of the realm. None when it is not of that shape, and when its version
    is not there or is not understood any more."""
    asked = replay.asked_in(told)
    if asked is None:
        return None
    action, transaction = asked
    try:
        version = selectors.get_version(realm, told.get("policy_version", 0))
        rules = engine.parse(version.rules)
    except (NotFound, RuleError):
        return None
    decision = engine.decide(rules, transaction)
    agrees = (decision.action, decision.matched_rule_id) == (action, told["decision"].get("matched_rule_id"))
    return Retraced(version, decision, agrees)
