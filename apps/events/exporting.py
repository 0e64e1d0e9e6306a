"""A realm's record as a file, written out while it is read: lines in batches, so that its size does not matter.

NDJSON is the provable kind: one `{"record","disclosures"}` a line in the order of the log, then a `{"checkpoint"}` for each
size that was signed (contract/extensions.md §10), the last with the hashes of what the file leaves out. CSV is for
spreadsheets, and names in it are never formulas.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from apps.core.tables import csv_lines
from apps.core.times import rfc3339
from apps.events import checkpoints, sealed, sealing, searching
from apps.events.attempt import Place
from apps.events.coverage import Coverage
from apps.events.filtering import EventFilter
from apps.events.models import Checkpoint, Event

_BATCH = 500
_HELD_BACK = 5000
_LOOKED_THROUGH = 50_000  # for one batch; nobody waits for a page
_COLUMNS = (
    "occurred_at", "type", "outcome", "actor_type", "actor_id", "actor_display_name", "target_ids", "correlation_id", "ip",
    "id",
)  # fmt: skip


def _nobody(events: int) -> None: ...


def ndjson(realm: Place, wanted: EventFilter, *, tell: Callable[[int], None] = _nobody) -> Iterator[bytes]:
    """Seals first, so every line is covered by the last checkpoint. `tell` learns of how many events each chunk is."""
    last = sealing.up_to_now(str(realm.id))
    if last is None:
        return
    batches = (
        _of_the_log(realm, last.tree_size) if wanted == EventFilter() else _of_a_search(realm, wanted, last.tree_size)
    )
    shown = Coverage()
    for batch in batches:
        for sequence, _ in batch:
            shown.note(sequence)
        tell(len(batch))
        yield b"".join(_line(sealed.exported(event, sequence)) for sequence, event in batch)
    for signed in _checkpoints_before(realm, last):
        yield _line({"checkpoint": checkpoints.checkpoint_json(signed)})
    yield from map(_line, shown.lines(last))


def csv_table(realm: Place, wanted: EventFilter, *, tell: Callable[[int], None] = _nobody) -> Iterator[bytes]:
    """RFC 4180, in UTF-8, oldest first; up to what was there when it was asked for. `tell` as above."""
    yield csv_lines([_COLUMNS])
    for events in _found(realm, wanted):
        tell(len(events))
        yield csv_lines(map(_row, events))


def _of_the_log(realm: Place, size: int) -> Iterator[list[tuple[int, Event]]]:
    batch: list[tuple[int, Event]] = []
    for each in sealed.walk(str(realm.id), end=size):
        batch.append(each)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _of_a_search(realm: Place, wanted: EventFilter, size: int) -> Iterator[list[tuple[int, Event]]]:
    """In the order of the log, which is that of the ids but for those that were committed late: so many are held back."""
    waiting: list[tuple[int, Event]] = []
    for events in _found(realm, wanted):
        sequences = sealed.sequences_of([event.pk for event in events])
        placed = [(sequences[event.pk], event) for event in events if event.pk in sequences]
        waiting = sorted((*waiting, *(each for each in placed if each[0] < size)), key=lambda each: each[0])
        yield waiting[:-_HELD_BACK]
        waiting = waiting[-_HELD_BACK:]
    yield waiting


def _found(realm: Place, wanted: EventFilter) -> Iterator[list[Event]]:
    """All that fits, batch by batch, oldest first; what is written meanwhile is left out, or it would never end."""
    newest = searching.search(realm, replace(wanted, text="", named=()), size=1, looked_through=_LOOKED_THROUGH)
    end = newest.events[0].pk if newest.events else newest.next
    beyond: uuid.UUID | None = None
    while end is not None:
        page = searching.search(
            realm, wanted, beyond=beyond, size=_BATCH, ascending=True, looked_through=_LOOKED_THROUGH
        )
        yield [event for event in page.events if event.pk <= end]
        beyond = page.next
        if beyond is None or beyond > end:
            return


def _checkpoints_before(realm: Place, last: Checkpoint) -> Iterator[Checkpoint]:
    signed = checkpoints.checkpoints_in(realm).filter(tree_size__lt=last.tree_size).order_by("id")
    yield from signed.iterator(chunk_size=_BATCH)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _row(event: Event) -> tuple[str, ...]:
    return (
        rfc3339(event.occurred_at),
        event.type,
        event.outcome,
        event.actor_type,
        event.actor_id,
        event.actor_display_name,
        " ".join(target["id"] for target in event.targets),
        event.correlation_id,
        event.client_ip,
        str(event.pk),
    )
