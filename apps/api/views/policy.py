"""R/policy: the draft, what is published, and what either would say (contract/extensions.md §6, §10)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags, replay_tokens
from apps.api.bodies import bare, nothing, wrapped
from apps.api.endpoint import RealmEndpoint
from apps.api.operations import operation
from apps.api.paging import listed_newest_first
from apps.api.schemas import policy as schema
from apps.api.schemas.kinds import NOTHING
from apps.api.schemas.parameters import PAGE
from apps.authentication import trials
from apps.core.errors import Invalid, Violation, checked_fields
from apps.policy import replay, selectors, transactions
from apps.policy import services as policy
from apps.policy.contract import (
    draft_json,
    evaluation_json,
    outcome_json,
    policy_json,
    report_json,
    tests_json,
    version_json,
)

_READ_ONLY = ("id", "realm_id", "tenant_id", "version", "comment", "publish_time", "published_by", "base_version")
_COMMENT_LENGTH = 300
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class Policy(RealmEndpoint):
    @operation("GetPolicy", "policy:read", answers=schema.POLICY)
    def get(self, request: Request, **path: str) -> Response:
        """The version in force."""
        return etags.answer(request, policy_json(selectors.published(self.realm)))


class PolicyDraft(RealmEndpoint):
    @operation("GetPolicyDraft", "policy:read", answers=schema.POLICY_DRAFT)
    def get(self, request: Request, **path: str) -> Response:
        """The published rules until somebody edits."""
        return etags.answer(request, draft_json(selectors.draft_of(self.realm)))

    @operation(
        "UpdatePolicyDraft", "policy:update", takes=schema.DRAFT_CHANGES, answers=schema.POLICY_DRAFT, if_match=True
    )
    def put(self, request: Request, **path: str) -> Response:
        """Takes the whole list of rules."""
        given = _checked(
            wrapped(request, "policy"),
            {"rules": _as_it_is},
            root="policy",
            required=("rules",),
            ignored=(*_READ_ONLY, "update_time", "updated_by"),
        )
        seen_at = _draft_seen_at(self, request)
        return etags.answer(
            request, draft_json(policy.save_draft(self.ctx, self.realm, given["rules"], seen_at=seen_at))
        )


class PolicyPublication(RealmEndpoint):
    @operation(
        "PublishPolicyDraft",
        "policy:publish",
        takes=schema.PUBLICATION,
        answers=schema.POLICY,
        if_match=True,
        refuses={
            409: "A policy test fails, or administrators would be locked out of the console: all of them, or some and "
            "`confirm_lockout` does not say that they may be.",
            412: "The draft is not the one that was seen, or is based on a version that is no longer in force.",
        },
    )
    def post(self, request: Request, **path: str) -> Response:
        """Of two who publish the same draft at once one does. Without a draft the version in force is answered."""
        given = _checked(bare(request), {"comment": _comment, "confirm_lockout": _truth})
        draft = selectors.draft_of(self.realm)
        seen_at = _draft_seen_at(self, request) or draft.updated_at
        version = policy.publish_draft(self.ctx, self.realm, seen_at=seen_at, **given)
        return etags.answer(request, policy_json(version))


class PolicyDraftDiscarded(RealmEndpoint):
    @operation("DiscardPolicyDraft", "policy:update", takes=NOTHING, answers=schema.POLICY_DRAFT)
    def post(self, request: Request, **path: str) -> Response:
        """Back to what is published; the answer is the draft as it is then."""
        nothing(request)
        policy.discard_draft(self.ctx, self.realm)
        return etags.answer(request, draft_json(selectors.draft_of(self.realm)))


class PolicyVersions(RealmEndpoint):
    @operation("ListPolicyVersions", "policy:read", query=PAGE, answers=schema.VERSIONS)
    def get(self, request: Request, **path: str) -> Response:
        """Newest first."""
        return listed_newest_first(request, "versions", selectors.versions_in(self.realm), version_json)


class PolicyVersion(RealmEndpoint):
    @operation("GetPolicyVersion", "policy:read", answers=schema.POLICY)
    def get(self, request: Request, version: str, **path: str) -> Response:
        return etags.answer(request, policy_json(selectors.get_version(self.realm, version)))


class PolicyVersionRestored(RealmEndpoint):
    @operation("RestorePolicyVersion", "policy:update", takes=NOTHING, answers=schema.POLICY_DRAFT, if_match=True)
    def post(self, request: Request, version: str, **path: str) -> Response:
        """Takes the version's rules into the draft, in place of what was there. `If-Match` is the draft's. It is in force
        once the draft is published."""
        nothing(request)
        seen_at = _draft_seen_at(self, request)
        return etags.answer(request, draft_json(policy.restore_version(self.ctx, self.realm, version, seen_at=seen_at)))


class PolicyEvaluation(RealmEndpoint):
    @operation("EvaluatePolicy", "policy:read", takes=schema.TRIAL, answers=schema.EVALUATION)
    def post(self, request: Request, **path: str) -> Response:
        """What the rules would say of a transaction, with the reasons of each rule. Nothing is done, and nobody let in.
        `version` is `published` unless it is said."""
        given = _checked(bare(request), {"transaction": _as_it_is, "version": _as_it_is}, required=("transaction",))
        described = transactions.parse(given["transaction"])
        rules = selectors.chosen(self.realm, given.get("version", selectors.PUBLISHED)).rules
        return Response(evaluation_json(trials.evaluate(self.ctx, self.realm, described, rules)))


class PolicyReplay(RealmEndpoint):
    @operation("ReplayPolicy", "policy:read", takes=schema.SPAN, answers=schema.REPLAY)
    def post(self, request: Request, **path: str) -> Response:
        """What rules would have done to the evaluations that the record holds of a span of time. `version` is `draft`
        unless it is said. A request looks at 100,000 of them; a `next_page_token` says that there are more, is given back
        as `page_token` beside the same span, and is answered with the counts of the next part: add them up."""
        given = _checked(
            bare(request),
            {"start_time": _moment, "end_time": _moment, "version": _as_it_is, "page_token": _as_it_is},
            required=("start_time", "end_time"),
        )
        chosen = selectors.chosen(self.realm, given.get("version", selectors.DRAFT))
        span = {"start": given["start_time"], "end": given["end_time"]}
        binding = replay_tokens.binding_of(self.realm.pk, chosen, **span)
        after = replay_tokens.read(given.get("page_token"), binding)
        report = replay.part(self.realm, chosen.rules, after=after, **span)
        return Response({**report_json(report), **replay_tokens.next_of(report, binding)})


class PolicyTests(RealmEndpoint):
    @operation("GetPolicyTests", "policy:read", answers=schema.POLICY_TESTS)
    def get(self, request: Request, **path: str) -> Response:
        return etags.answer(request, tests_json(selectors.tests_of(self.realm)))

    @operation(
        "UpdatePolicyTests", "policy:update", takes=schema.TESTS_CHANGES, answers=schema.POLICY_TESTS, if_match=True
    )
    def put(self, request: Request, **path: str) -> Response:
        """Takes all of them. While one fails, nothing is published."""
        given = _checked(bare(request), {"tests": _as_it_is}, required=("tests",))
        tests = selectors.tests_of(self.realm)
        seen_at = etags.seen_at(request, tests.updated_at, tests_json(tests))
        return etags.answer(
            request, tests_json(policy.save_tests(self.ctx, self.realm, given["tests"], seen_at=seen_at))
        )


class PolicyTestsRun(RealmEndpoint):
    @operation("RunPolicyTests", "policy:read", takes=schema.TESTS_RUN, answers=schema.OUTCOME)
    def post(self, request: Request, **path: str) -> Response:
        """On the draft unless `version` says otherwise."""
        given = _checked(bare(request), {"version": _as_it_is})
        outcome = trials.run_tests(self.ctx, self.realm, given.get("version", selectors.DRAFT))
        return Response(outcome_json(outcome))


def _draft_seen_at(view: RealmEndpoint, request: Request) -> datetime | None:
    draft = selectors.draft_of(view.realm)
    return etags.seen_at(request, draft.updated_at, draft_json(draft))


def _checked(given: Mapping[str, Any], checks: Any, *, root: str = "", **more: Any) -> dict[str, Any]:
    """checked_fields, for a body without a wrapper too: its fields' paths begin with their names."""
    try:
        return checked_fields(given, checks, root=root, **more)
    except Invalid as refusal:
        raise Invalid([Violation(found.field.lstrip("."), found.description) for found in refusal.violations]) from None


def _as_it_is(value: object, *, field: str) -> Any:
    """What it means, the domain judges."""
    return value


def _comment(value: object, *, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(Violation(field, "not a string"))
    if len(value) > _COMMENT_LENGTH:
        raise Invalid(Violation(field, f"longer than {_COMMENT_LENGTH} characters"))
    return value


def _truth(value: object, *, field: str) -> bool:
    if not isinstance(value, bool):
        raise Invalid(Violation(field, "not a boolean"))
    return value


def _moment(value: object, *, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.upper()) if isinstance(value, str) and _RFC3339.fullmatch(value) else None
    except ValueError:
        moment = None
    if moment is None:
        raise Invalid(Violation(field, "not a time with its offset (RFC 3339)"))
    return moment
