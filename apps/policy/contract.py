"""The policy as our own API writes it (contract/extensions.md §6, §10). Pure."""

from dataclasses import asdict
from typing import Any

from apps.core.times import rfc3339
from apps.policy import values
from apps.policy.engine import Decision
from apps.policy.expectations import Outcome
from apps.policy.models import PolicyDraft, PolicyTests, PolicyVersion
from apps.policy.replay import Report


def policy_json(version: PolicyVersion) -> dict[str, Any]:
    """A published version: the one in force, or one of before."""
    return {
        "id": str(version.pk),
        "realm_id": version.realm_id,
        "tenant_id": version.tenant_id,
        "version": version.version,
        "rules": version.rules,
        "comment": version.comment,
        "publish_time": rfc3339(version.created_at),
        "published_by": version.published_by,
    }


def version_json(version: PolicyVersion) -> dict[str, Any]:
    """A line of the list of versions."""
    return {
        "version": version.version,
        "comment": version.comment,
        "publish_time": rfc3339(version.created_at),
        "published_by": version.published_by,
        "rule_count": len(version.rules),
    }


def draft_json(draft: PolicyDraft) -> dict[str, Any]:
    return {
        "base_version": draft.base_version,
        "rules": draft.rules,
        "update_time": rfc3339(draft.updated_at),
        "updated_by": draft.updated_by,
    }


def decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "action": decision.action.value,
        "matched_rule_id": decision.matched_rule_id,
        "message": decision.message,
        "monitors": list(decision.monitors),
    }


def evaluation_json(decision: Decision) -> dict[str, Any]:
    """A decision with the trace of every rule."""
    trace = []
    for rule in decision.trace:
        leaves = [{**asdict(leaf), "actual": values.storable(leaf.actual)} for leaf in rule.leaves]
        trace.append({"rule_id": rule.rule_id, "result": rule.result, "leaves": leaves})
    return {"decision": decision_json(decision), "trace": trace}


def tests_json(tests: PolicyTests) -> dict[str, Any]:
    return {"tests": tests.tests}


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {"passed": outcome.passed, "failed": [asdict(failure) for failure in outcome.failed]}


def report_json(report: Report) -> dict[str, Any]:
    return {
        "evaluated": report.evaluated,
        "unchanged": report.unchanged,
        "newly_denied": report.newly_denied,
        "newly_allowed": report.newly_allowed,
        "changed_action": report.changed_action,
        "samples": [sample.event_id for sample in report.samples],
        "rules": [
            {"rule_id": rule_id, "matched": told.matched, "newly_denied": told.newly_denied,
             "newly_allowed": told.newly_allowed, "changed_action": told.changed_action}
            for rule_id, told in report.by_rule.items()
        ],
    }  # fmt: skip
