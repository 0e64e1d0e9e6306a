"""The verbs that edit and publish the rules, and the gate that asks them (gate.py)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.core.context import Context
from apps.core.errors import Invalid, PreconditionFailed, Violation
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.policy import engine, expectations, selectors
from apps.policy.comparison import compare
from apps.policy.gate import DENIED_MESSAGE, PolicyDenied, VerificationRequired, require
from apps.policy.models import RULE, PolicyDraft, PolicyNotice, PolicyTests, PolicyVersion
from apps.realms.models import Realm

__all__ = [
    "DENIED_MESSAGE", "DraftChanged", "PolicyDenied", "TestsChanged", "VerificationRequired", "before_published",
    "discard_draft", "insert_first_version", "publish_at_once", "publish_draft", "remove_policy", "require",
    "restore_version", "save_draft", "save_tests",
]  # fmt: skip


class DraftChanged(PreconditionFailed):
    code = "precondition_failed"


class TestsChanged(PreconditionFailed):
    code = "precondition_failed"


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
        _check(rules)
        draft = selectors.draft_of(realm)
        if expected_revision is not None and draft.revision != expected_revision:
            raise DraftChanged("somebody else changed the draft")
        _require_seen(draft, seen_at)
        _tell(event, draft.rules, rules)
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
        rules=rules, revision=draft.revision, base_version=draft.base_version, updated_at=ctx.now,
        updated_by=ctx.actor.id, updated_by_name=ctx.actor.display_name,
    )  # fmt: skip
    if changed != 1:
        raise DraftChanged("somebody else changed the draft")
    return draft


def discard_draft(ctx: Context, realm: Realm) -> None:
    """Back to what is published; fine when there is no draft."""
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="DISCARD_DRAFT") as event:
        _tell(event, selectors.draft_of(realm).rules, selectors.published(realm).rules)
        PolicyDraft.objects.filter(realm=realm).delete()


def restore_version(ctx: Context, realm: Realm, number: str | int, *, seen_at: datetime | None = None) -> PolicyDraft:
    """Takes the rules of an old version into the draft, whatever was in it. `seen_at` as for saving. Raises NotFound,
    Invalid for rules that the language of today does not know, DraftChanged."""
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="RESTORE") as event:
        version = selectors.get_version(realm, number)
        event.data["version"] = version.version
        _check(version.rules)
        draft = selectors.draft_of(realm)
        _require_seen(draft, seen_at)
        _tell(event, draft.rules, version.rules)
        draft.base_version = selectors.published(realm).version
        return _write_draft(ctx, draft, version.rules)


def publish_draft(
    ctx: Context,
    realm: Realm,
    *,
    comment: str = "",
    seen_at: datetime | None = None,
    confirm_lockout: bool = False,
) -> PolicyVersion:
    """Puts the draft in force and removes it; without one the published version stands. Raises DraftChanged, and what
    the apps that watch over publishing raise (failing policy tests, administrators who would be locked out: some of them
    may be, when `confirm_lockout` says so).

    `seen_at` is the `updated_at` of the draft that the caller looked at: nobody publishes what they have not seen.
    """
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="PUBLISH") as event:
        draft = PolicyDraft.objects.select_for_update().filter(realm=realm).first()
        current = selectors.published(realm)  # after the lock: what a quicker publisher put in force is seen
        if seen_at is not None and (draft or selectors.draft_of(realm)).updated_at != seen_at:
            raise DraftChanged("somebody else changed the draft; look at it before you publish it")
        if draft is None:
            return current
        if draft.base_version != current.version:
            raise DraftChanged("a newer version was published; look at it before you publish yours")
        rules = _check(draft.rules)
        for check in _before_published:
            check(ctx, realm, rules, confirm_lockout)
        version = _insert_version(ctx, realm, current.version + 1, draft.rules, comment)
        draft.delete()
        event.changed("version", current.version, version.version)
        _tell(event, current.rules, version.rules)
    return version


BeforePublished = Callable[[Context, Realm, tuple[engine.Rule, ...], bool], object]
_before_published: list[BeforePublished] = []


def before_published(check: BeforePublished) -> None:
    """Registers what may refuse to let rules come into force: the app that knows what they would do. It is told whether
    the caller confirmed that some administrators are locked out."""
    _before_published.append(check)


def publish_at_once(ctx: Context, realm: Realm, rules: list[dict[str, Any]], *, comment: str) -> PolicyVersion:
    """Past the draft and everybody who watches over publishing: for who mends a policy that lets nobody in. The draft is
    left alone, and stale."""
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="RECOVER") as event:
        _check(rules)
        current = selectors.published(realm)
        version = _insert_version(ctx, realm, current.version + 1, rules, comment)
        event.changed("version", current.version, version.version)
        _tell(event, current.rules, version.rules)
    return version


def save_tests(ctx: Context, realm: Realm, tests: Any, *, seen_at: datetime | None = None) -> PolicyTests:
    """Replaces the realm's policy tests. Raises Invalid with JSON paths, TestsChanged when somebody else was quicker."""
    with attempt(ctx, EventType.POLICY_CHANGE, realm, action="SAVE_TESTS") as event:
        wanted = expectations.written(expectations.parse(tests))
        row = PolicyTests.objects.select_for_update().filter(realm=realm).first() or selectors.tests_of(realm)
        if seen_at is not None and row.updated_at != seen_at:
            raise TestsChanged("somebody else changed the tests")
        event.changed("tests", [test["name"] for test in row.tests], [test["name"] for test in wanted])
        row.tests, row.updated_at, row.updated_by = wanted, ctx.now, ctx.actor.id
        row.created_at = row.created_at or ctx.now
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise TestsChanged("somebody else changed the tests") from None
    return row


def _tell(event: Draft, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """What became of the rules. Each that came, went, changed or moved is a target: a rule's own events are found by it."""
    event.changed("rules", before, after)
    told = compare(before, after)
    touched = [*told.removed, *(rule for rule in after if told.of(rule["id"]))]
    event.targets += [{"type": RULE, "id": rule["id"], "display_name": rule.get("name", "")} for rule in touched]


def _check(rules: Any) -> tuple[engine.Rule, ...]:
    """Raises Invalid with JSON paths."""
    try:
        return engine.parse(rules)
    except engine.RuleError as error:
        raise Invalid([Violation(path, why) for path, why in error.problems]) from None


def _require_seen(draft: PolicyDraft, seen_at: datetime | None) -> None:
    if seen_at is not None and draft.updated_at != seen_at:
        raise DraftChanged("somebody else changed the draft")


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


def remove_policy(realm: Realm) -> None:
    """With the realm it governs. Registered with realms."""
    for kind in (PolicyDraft, PolicyTests, PolicyNotice, PolicyVersion):
        kind._default_manager.filter(realm=realm).delete()
