"""`attempt`: one verb, one transaction, its events.

Leave the block cleanly and the rows and the SUCCESS event are committed together. Leave it with a Refusal and the rows
are rolled back, then the refusal's own outcome is written, with every event noted on the way (a policy's decision) and
everything given to `keep` (a counter of wrong tries, a challenge that must not be used twice). Any other exception is a
bug: nothing is kept. If the event cannot be written the operation fails (contract/extensions.md §7).

Two refusals are its own: Overtaken and Busy, for what the database alone can see of somebody else at the same rows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from django.db import IntegrityError, OperationalError, models, transaction
from django.utils import timezone

from apps.core.context import Actor, Context
from apps.core.errors import Conflict, Denied, Refusal, Unavailable
from apps.core.new_rows import new_row
from apps.core.statements import Condition, Missed, insert, insert_if
from apps.events import event_counter, kept, tally
from apps.events.models import Event, EventTarget
from apps.events.types import CONFIGURATION, EventType


class Overtaken(Conflict):
    """What this stands on was deleted in the same moment, or something came to stand on what this deletes."""

    code = "conflict"


class Busy(Unavailable):
    """Two at the same rows, each waiting for the other: the database let one of them go on."""

    code = "unavailable"


_CONFIGURATION = frozenset(CONFIGURATION)
_WAITED_IN_VAIN = ("40P01", "55P03")  # PostgreSQL's deadlock_detected and lock_not_available


class Place(Protocol):
    """Where an event happened: a realm, or anything that names one."""

    @property
    def tenant_id(self) -> str: ...
    @property
    def id(self) -> Any: ...


@dataclass(slots=True)
class Draft:
    """An event being written. Yielded by `attempt`; the verb fills in what it learns."""

    ctx: Context
    type: EventType
    place: Place
    data: dict[str, Any] = field(default_factory=dict)
    outcome: str = "SUCCESS"
    targets: list[dict[str, str]] = field(default_factory=list)
    noted: list["Draft"] = field(default_factory=list)
    following: list["Draft"] = field(default_factory=list)
    kept: list[Callable[[], object]] = field(default_factory=list)
    beside: list[models.Model] = field(default_factory=list)
    condition: Condition | None = None
    reading: bool = False
    refusal: Refusal | None = None

    def target(self, thing: Any, display_name: str | None = None) -> None:
        """`thing` is a row; its class name, as snake_case, is the target's type."""
        label = display_name if display_name is not None else getattr(thing, "display_name", "")
        self.targets.append({"type": _snake_case(type(thing).__name__), "id": str(thing.pk), "display_name": label})

    def changed(self, field_name: str, before: Any, after: Any) -> None:
        if before != after:
            self.data.setdefault("changes", {})[field_name] = [before, after]

    def changed_personal(self, field_name: str, before: Any, after: Any) -> None:
        """Like `changed`, for what describes a person: kept apart so that erasing a person can leave the proof whole."""
        if before != after:
            self.data.setdefault("personal", {}).setdefault("changes", {})[field_name] = [before, after]

    def note(self, type: EventType, *, outcome: str, **data: Any) -> "Draft":
        """A further event of the same attempt, told before it and written on either ending."""
        draft = Draft(self.ctx, type, self.place, data=data, outcome=outcome)
        self.noted.append(draft)
        return draft

    def follow(self, type: EventType, *, outcome: str, **data: Any) -> "Draft":
        """For what comes of the attempt, told after it; nothing came of one that was refused."""
        draft = Draft(self.ctx, type, self.place, data=data, outcome=outcome)
        self.following.append(draft)
        return draft

    def keep(self, change: Callable[[], object]) -> None:
        """A change to make although the attempt is refused. It runs after the roll-back, in the event's transaction."""
        self.kept.append(change)

    def write(self, *rows: models.Model) -> None:
        """New rows that nothing in the attempt asks for any more: written with the event."""
        self.beside.extend(rows)

    def writes(self) -> None:
        """Said before a row is written by itself: an attempt that said it would not gives up and raises Missed."""
        if self.reading:
            raise Missed

    def only_if(self, condition: Condition) -> None:
        """All is written together with what the condition changes or holds. Where it fails nothing is, not even that it
        was tried: the attempt raises statements.Missed. For who read without holding, and can go another way."""
        self.condition = condition

    def acting_as(self, actor: Actor) -> None:
        """The proof told us who it was; from here on the event is theirs."""
        self.ctx = self.ctx.acting_as(actor)
        for draft in (*self.noted, *self.following):
            draft.ctx = draft.ctx.acting_as(actor)

    def rows(self) -> Iterator[Event]:
        for draft in self.noted:
            yield from draft.rows()
        yield _row(self)
        for draft in self.following:
            yield from draft.rows()

    def types(self) -> set[EventType]:
        return {self.type, *(draft.type for draft in (*self.noted, *self.following))}

    def refused_by(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.outcome = refusal.event_outcome
        self.data.setdefault("reason", refusal.message)
        self.following.clear()

    def told(self) -> tuple[str, dict[str, Any]]:
        """(outcome, data) as they are written. A sign-in that is complete ended ALLOW, DENY or ERROR and no other way
        (contract/extensions.md §7); what it was refused by then stands in `data.code`."""
        ends = self.type == EventType.AUTHENTICATION_TRANSACTION and self.data.get("phase") == "COMPLETE"
        if not ends or self.refusal is None or self.outcome == "DENY":
            return self.outcome, self.data
        return "DENY" if isinstance(self.refusal, Denied) else "ERROR", {**self.data, "code": self.outcome}


@lru_cache(maxsize=256)
def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


@contextmanager
def attempt(
    ctx: Context,
    type: EventType,
    place: Place,
    *,
    action: str = "",
    data: dict[str, Any] | None = None,
    reading: bool = False,
) -> Iterator[Draft]:
    """`reading`: nothing is written but the event and what is given to `write`, so no transaction stands open meanwhile."""
    draft = Draft(ctx, type, place, {**({"action": action} if action else {}), **(data or {})}, reading=reading)
    committing = False
    try:
        with nullcontext() if reading else transaction.atomic():
            yield draft
            committing = True
            _write(draft, *draft.beside)
    except (Refusal, IntegrityError, OperationalError) as problem:
        refusal = _refusal_in(problem, committing)
        if refusal is None:
            raise
        draft.refused_by(refusal)
        with transaction.atomic():
            for change in draft.kept:
                change()
            _write(draft)
        raise refusal from None
    finally:
        if draft.types() & _CONFIGURATION:  # what was read meanwhile may have been taken back, too
            kept.changed()


def _refusal_in(problem: Exception, committing: bool) -> Refusal | None:
    """None for a bug. Foreign keys are checked at the commit: one that fails only there was whole when the verb looked."""
    if isinstance(problem, Refusal):
        return problem
    if isinstance(problem, IntegrityError):
        return Overtaken("somebody else deleted or used this in the same moment") if committing else None
    waited = getattr(problem.__cause__, "sqlstate", "") in _WAITED_IN_VAIN
    return Busy("somebody else is at the same thing; try again in a moment") if waited else None


def record(ctx: Context, type: EventType, place: Place, *, outcome: str = "SUCCESS", **data: Any) -> Draft:
    """An event with no change of rows beside it (a request refused at the door). Returns it, already written."""
    draft = Draft(ctx, type, place, data=data, outcome=outcome)
    _write(draft)
    return draft


def _write(draft: Draft, *beside: models.Model) -> None:
    """What goes beside them, the events, then what finds them by their targets."""
    events = list(draft.rows())
    tally.add(len(events))
    rows = (*beside, *events, *_finding(events))
    if draft.condition is None or draft.refusal is not None:
        insert(*rows)
    else:
        insert_if(draft.condition, *rows)
    event_counter.count(events)


def _finding(events: list[Event]) -> Iterator[EventTarget]:
    for event in events:
        for target_id in {target["id"] for target in event.targets}:
            yield new_row(EventTarget, realm_id=event.realm_id, target_id=target_id, event_id=event.pk)


def _row(draft: Draft) -> Event:
    ctx = draft.ctx
    outcome, data = draft.told()
    return new_row(
        Event,
        tenant_id=draft.place.tenant_id,
        realm_id=str(draft.place.id),
        type=draft.type,
        occurred_at=ctx.now,
        recorded_at=timezone.now(),
        correlation_id=ctx.correlation_id,
        outcome=outcome[:64],
        actor_type=ctx.actor.type,
        actor_id=ctx.actor.id,
        actor_display_name=ctx.actor.display_name[:256],
        targets=draft.targets,
        client_ip=ctx.client.ip[:45],
        client_user_agent=ctx.client.user_agent[:512],
        client_country=ctx.client.country,
        data=data,
    )
