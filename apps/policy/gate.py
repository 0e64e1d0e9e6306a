"""The gate every binding and authentication passes."""

from typing import Any

from django.utils.translation import gettext_noop

from apps.core.errors import Denied
from apps.events.attempt import Draft
from apps.events.types import EventType
from apps.policy import engine, notices, selectors, values
from apps.realms.models import Realm


class PolicyDenied(Denied):
    """The realm's rules say no. `message` is the rule's own, for the person who was refused."""

    code = "policy_denied"
    outcome = "DENY"


class VerificationRequired(Denied):
    """The rules allow it with the device's own check (face, finger, PIN), and the proof did not show one."""

    code = "verification_required"
    outcome = "PROVE"


DENIED_MESSAGE = gettext_noop("This sign-in is not allowed by your organisation's policy.")


def require(event: Draft, realm: Realm, asked: engine.Transaction, in_force: selectors.InForce) -> engine.Decision:
    """Asks the realm's policy inside the attempt of the verb that binds or authenticates: proof first, then this.
    `in_force` was read together with the facts.

    Notes a POLICY_EVALUATION event that holds the whole input and decision, kept whatever happens next. Raises
    PolicyDenied, or VerificationRequired when user verification is asked for and the proof has none.
    """
    version, rules = in_force.version, in_force.rules
    decision = engine.decide(rules, asked)
    evaluation = event.note(
        EventType.POLICY_EVALUATION,
        outcome=decision.action.upper(),
        input=_input(asked),
        decision=_decision(decision),
        policy_version=version,
    )
    notices.tell(event, evaluation, realm, rules, decision)
    if decision.denies:
        raise PolicyDenied(decision.message or DENIED_MESSAGE, rule_id=decision.matched_rule_id)
    if decision.needs_user_verification and asked.facts.get("credential.user_verified") is not True:
        raise VerificationRequired("verify it is you on this device", rule_id=decision.matched_rule_id)
    return decision


def _input(asked: engine.Transaction) -> dict[str, Any]:
    """As :evaluate takes a transaction: what is copied from the record can be asked again."""
    known = {name: values.storable(fact) for name, fact in asked.facts.items()}
    return {"type": asked.type.value, **asked.named, "attributes": known}


def _decision(decision: engine.Decision) -> dict[str, Any]:
    """The contract's decision object (extensions.md §10), without the trace: replay computes that anew."""
    return {
        "action": decision.action.value,
        "matched_rule_id": decision.matched_rule_id,
        "message": decision.message,
        "monitors": list(decision.monitors),
    }
