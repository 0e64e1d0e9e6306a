"""Transactions that never happened, put to the rules: what would they say, and do they say what is expected of them?

Nothing here lets anybody in, and nothing runs but the closed language of the rules (contract/extensions.md §6, §10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from apps.applications import selectors as applications
from apps.core.context import Client, Context
from apps.core.errors import Conflict, NotFound, told
from apps.credentials import facts, history
from apps.credentials import selectors as credentials
from apps.credentials.models import BindingReason, Credential
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.policy import expectations
from apps.policy import selectors as policy
from apps.policy.engine import DEFAULT_RULE, Action, Decision, Rule, Transaction, TransactionType, decide
from apps.policy.expectations import Expectation, Failure, Outcome
from apps.policy.transactions import Described
from apps.realms.models import Realm


class TestsFailed(Conflict):
    """The rules do not say what the realm's policy tests expect of them."""

    code = "policy_tests_failed"


def evaluate(ctx: Context, realm: Realm, described: Described, rules: Sequence[Rule]) -> Decision:
    """What `rules` say of it, with facts of the things it names as they are now. Raises NotFound for what is not of the
    realm."""
    identity, credential = _named(realm, described)
    known = _facts(ctx, realm, described, identity, credential)
    known |= described.attributes
    asked = Transaction(described.type, {name: fact for name, fact in known.items() if fact is not None})
    if identity is not None and not identity.is_active:
        return _refused_unasked(rules, asked, "this identity is suspended")
    if credential is not None and not credential.is_active:
        return _refused_unasked(rules, asked, "this passkey is revoked")
    return decide(rules, asked)


def run_tests(ctx: Context, realm: Realm, version: object = policy.DRAFT) -> Outcome:
    """The realm's policy tests on its draft, or on what `version` says. Raises Invalid, NotFound for no such version."""
    return _run(ctx, realm, policy.chosen(realm, version).rules)


def require_expected(ctx: Context, realm: Realm, rules: tuple[Rule, ...], confirmed: bool) -> None:
    """Raises TestsFailed, whatever was confirmed. Registered with policy: it runs before rules come into force."""
    outcome = _run(ctx, realm, rules)
    if outcome.failed:
        names = ", ".join(f"“{failure.name}”" for failure in outcome.failed[:3])
        raise TestsFailed(
            told("policy tests fail: %(names)s", names=names),
            failed_tests=[asdict(failure) for failure in outcome.failed],
        )


def _run(ctx: Context, realm: Realm, rules: tuple[Rule, ...]) -> Outcome:
    tests = policy.expectations_of(realm)
    failed = [found for found in (_failure(ctx, realm, test, rules) for test in tests) if found is not None]
    return Outcome(len(tests) - len(failed), tuple(failed))


def _failure(ctx: Context, realm: Realm, test: Expectation, rules: tuple[Rule, ...]) -> Failure | None:
    actual: Mapping[str, Any]
    try:
        decision = evaluate(ctx, realm, test.transaction, rules)
    except NotFound as refusal:  # whom the test names may be deleted by now
        actual = {"error": refusal.message}
    else:
        if test.is_met_by(decision):
            return None
        actual = {"action": decision.action.value, "matched_rule_id": decision.matched_rule_id}
    return Failure(test.name, expectations.expected_by(test), actual)


def _named(realm: Realm, described: Described) -> tuple[Identity | None, Credential | None]:
    identity = directory.get_identity(realm, described.identity_id) if described.identity_id else None
    if not described.credential_id:
        return identity, None
    credential = credentials.get_credential(realm, described.credential_id, identity)
    return credential.identity, credential


def _facts(
    ctx: Context, realm: Realm, described: Described, identity: Identity | None, credential: Credential | None
) -> dict[str, Any]:
    known: dict[str, Any] = {"request.time": ctx.now}
    if identity is not None:
        past = history.past_of(replace(ctx, client=Client()), identity, described.attributes)
        known |= {**facts.of_identity(ctx, identity, past), **past.facts}
        if described.type == TransactionType.CREDENTIAL_BINDING and known["identity.credential_count"] == 0:
            known["binding.reason"] = BindingReason.FIRST.value
    if credential is not None:
        known |= facts.of_credential(credential, user_verified=credential.user_verified_at_bind)
    if described.application_id:
        application = applications.get_application(realm, described.application_id)
        known["application.id"] = str(application.pk)
        if application.authenticator_config is not None:
            known["authenticator.type"] = application.authenticator_config.type
    return known


def _refused_unasked(rules: Sequence[Rule], asked: Transaction, message: str) -> Decision:
    """Denied before any rule: each is skipped."""
    unasked = tuple(replace(rule, enabled=False) for rule in rules)
    return Decision(Action.DENY, DEFAULT_RULE, message, (), (unasked, asked))
