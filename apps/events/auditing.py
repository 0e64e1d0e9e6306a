"""Checking a realm's log where it is kept: what an auditor does with an export, for the newest events of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.events import checkpoints, keys, sealed, sealing
from apps.events.coverage import Coverage
from apps.events.models import Checkpoint
from apps.events.verification import Verification

MOST_EVENTS = 5_000  # somebody waits for it


@dataclass(frozen=True, slots=True)
class Audit:
    """`problems` in words, none when all holds; `events` so many were hashed anew, of the `checkpoint.tree_size`."""

    checkpoint: Checkpoint | None
    events: int
    problems: list[str]


def audit(realm_id: str, tenant_id: str, most: int = MOST_EVENTS) -> Audit:
    """Seals what there is, unless that is very much, hashes the newest events anew, and looks whether root and signature
    fit."""
    sealing.seal_some()
    checkpoint = checkpoints.sign(realm_id) or checkpoints.latest(realm_id)
    if checkpoint is None:
        return Audit(None, 0, [])
    known = keys.jwks(tenant_id)
    verification = Verification(lambda kid, signature, text: keys.verifies(known, kid, signature, text), partial=True)
    verification.feed(json.dumps(line).encode() for line in _newest(realm_id, checkpoint, most))
    return Audit(checkpoint, verification.events, verification.problems())


def _newest(realm_id: str, checkpoint: Checkpoint, most: int) -> Iterator[dict[str, Any]]:
    shown = Coverage()
    for sequence, event in sealed.walk(realm_id, max(0, checkpoint.tree_size - most), checkpoint.tree_size):
        shown.note(sequence)
        yield sealed.exported(event, sequence)
    yield from shown.lines(checkpoint)


def last_checkpoint(realm_id: str) -> Checkpoint | None:
    return checkpoints.latest(realm_id)
