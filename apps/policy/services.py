"""The gate every binding and authentication passes, and the verbs that edit and publish the rules."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.core.context import Context
from apps.core.errors import Denied, Invalid, PreconditionFailed, Violation
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.policy import engine, selectors, values
from apps.policy.models import PolicyDraft, PolicyVersion
from apps.realms.models import Realm


class PolicyDenied(Denied):
    """The realm's rules say no. `message` is the rule's own, for the person who was refused."""

    code = "policy_denied"
    outcome = "DENY"


class VerificationRequired(Denied):
    """The rules allow it with the device's own check (face, finger, PIN), and the proof did not show one."""

    code = "verification_required"
    outcome = "PROVE"


class DraftChanged(PreconditionFailed):
    code = "precondition_failed"


DENIED_MESSAGE = "This sign-in is not allowed by your organisation's policy."


def require(event: Draft, realm: Realm, asked: engine.Transaction) -> engine.Decision:
    """Asks the realm's policy inside the attempt of the verb that binds or authenticates: proof first, then this.

    Notes a POLICY_EVALUATION event that holds the whole input and decision, kept whatever happens next. Raises
    PolicyDenied, or VerificationRequired when user verification is asked for and the proof has none.
    """
    version, rules = selectors.rules_in_force(realm)
    decision = engine.decide(rules, asked)
    event.note(
        EventType.POLICY_EVALUATION,
        outcome=decision.action.upper(),
        input={"type": asked.type, "attributes": {name: values.storable(fact) for name, fact in asked.facts.items()}},
        decision=_decision(decision),
        policy_version=version,
    )
    if decision.denies:
        raise PolicyDenied(decision.message or DENIED_MESSAGE, rule_id=decision.matched_rule_id)
    if decision.needs_user_verification and asked.facts.get("credential.user_verified") is not True:
        raise VerificationRequired("verify it is you on this device", rule_id=decision.matched_rule_id)
    return decision


def insert_first_version(ctx: Context, realm: Realm, rules: list[dict[str, Any]], *, comment: str) -> PolicyVersion:
    """A new realm's published policy, inside onboarding's attempt."""
    engine.parse(rules)
    return _insert_version(ctx, realm, 1, rules, comment)


def save_draft(
    ctx: Context,
    realm: Realm,
    rules: Any,
    *,
    expected_revision: int | None = None,
    seen_at: datetime | None = None,
) -> PolicyDraft:
    """Replaces the draft's rules. Raises Invalid with JSON paths, DraftChanged when somebody else was quicker.

    `expected_revision` is the revision the caller read (0: no draft yet), `seen_at` its `updated_at`, which a draft that
    was discarded and begun anew does not repeat; None writes regardless.
    """
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="SAVE_DRAFT") as event:
        try:
            engine.parse(rules)
        except engine.RuleError as error:
            raise Invalid([Violation(path, why) for path, why in error.problems]) from None
        draft = selectors.draft_of(realm)
        if expected_revision is not None and draft.revision != expected_revision:
            raise DraftChanged("somebody else changed the draft")
        if seen_at is not None and draft.updated_at != seen_at:
            raise DraftChanged("somebody else changed the draft")
        event.changed("rules", draft.rules, rules)
        return _write_draft(ctx, draft, rules)


def _write_draft(ctx: Context, draft: PolicyDraft, rules: list[dict[str, Any]]) -> PolicyDraft:
    revision = draft.revision
    draft.rules, draft.revision = rules, revision + 1
    draft.updated_at, draft.updated_by, draft.updated_by_name = ctx.now, ctx.actor.id, ctx.actor.display_name
    if revision == 0:
        draft.created_at = ctx.now
        try:
            with transaction.atomic():
                draft.save(force_insert=True)
        except IntegrityError:
            raise DraftChanged("somebody else changed the draft") from None
        return draft
    changed = PolicyDraft.objects.filter(pk=draft.pk, revision=revision).update(
        rules=rules, revision=draft.revision, updated_at=ctx.now,
        updated_by=ctx.actor.id, updated_by_name=ctx.actor.display_name,
    )  # fmt: skip
    if changed != 1:
        raise DraftChanged("somebody else changed the draft")
    return draft


def discard_draft(ctx: Context, realm: Realm) -> None:
    """Back to what is published; fine when there is no draft."""
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="DISCARD_DRAFT"):
        PolicyDraft.objects.filter(realm=realm).delete()


def publish_draft(ctx: Context, realm: Realm, *, comment: str = "", seen_at: datetime | None = None) -> PolicyVersion:
    """Puts the draft in force and removes it; without one the published version stands. Raises DraftChanged, and what
    the apps that watch over publishing raise.

    `seen_at` is the `updated_at` of the draft that the caller looked at: nobody publishes what they have not seen.
    """
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="PUBLISH") as event:
        draft = PolicyDraft.objects.select_for_update().filter(realm=realm).first()
        current = selectors.published(realm)  # after the lock: what a quicker publisher put in force is seen
        if seen_at is not None and (draft or selectors.draft_of(realm)).updated_at != seen_at:
            raise DraftChanged("somebody else changed the draft; look at it before you publish it")
        if draft is None:
            return current
        for check in _before_published:
            check(ctx, realm, engine.parse(draft.rules))
        if draft.base_version != current.version:
            raise DraftChanged("a newer version was published; look at it before you publish yours")
        version = _insert_version(ctx, realm, current.version + 1, draft.rules, comment)
        draft.delete()
        event.changed("version", current.version, version.version)
        event.changed("rules", current.rules, version.rules)
    return version


_before_published: list[Callable[[Context, Realm, tuple[engine.Rule, ...]], object]] = []


def before_published(check: Callable[[Context, Realm, tuple[engine.Rule, ...]], object]) -> None:
    """Registers what may refuse to let rules come into force: the app that knows what they would do."""
    _before_published.append(check)


def _insert_version(
    ctx: Context, realm: Realm, number: int, rules: list[dict[str, Any]], comment: str
) -> PolicyVersion:
    try:
        with transaction.atomic():
            return PolicyVersion.objects.create(
                realm=realm,
                tenant_id=realm.tenant_id,
                version=number,
                rules=rules,
                comment=comment[:300],
                published_by=ctx.actor.id,
                published_by_name=ctx.actor.display_name,
                created_at=ctx.now,
                updated_at=ctx.now,
            )
    except IntegrityError:
        raise DraftChanged("somebody else published first") from None


def _decision(decision: engine.Decision) -> dict[str, Any]:
    """The contract's decision object (extensions.md §10), without the trace: replay computes that anew."""
    return {
        "action": decision.action.value,
        "matched_rule_id": decision.matched_rule_id,
        "message": decision.message,
        "monitors": list(decision.monitors),
    }


def remove_policy(realm: Realm) -> None:
    """With the realm it governs. Registered with realms."""
    PolicyDraft.objects.filter(realm=realm).delete()
    PolicyVersion.objects.filter(realm=realm).delete()
