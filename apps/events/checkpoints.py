"""Signed sizes and roots of realms' logs, and the proofs that start from them (contract/extensions.md §7)."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.errors import Invalid, NotFound, Violation
from apps.core.secrets import base64url
from apps.core.times import rfc3339
from apps.events import keys, merkle, sealed
from apps.events.attempt import Place
from apps.events.canonical import canonical
from apps.events.models import Checkpoint, Event, Log
from apps.events.tiles import Tiles


def checkpoint_json(checkpoint: Checkpoint) -> dict[str, Any]:
    return {**_signed_part(checkpoint), "signature": base64url(bytes(checkpoint.signature))}


def checkpoints_in(realm: Place) -> "QuerySet[Checkpoint]":
    return Checkpoint.objects.filter(realm_id=realm.id)


def latest(realm_id: str) -> Checkpoint | None:
    return Checkpoint.objects.filter(realm_id=realm_id).order_by("-id").first()


def log_of(realm: Place) -> Log | None:
    """None where nothing ever happened."""
    return Log.objects.filter(realm_id=realm.id).first()


def frontier_of(log: Log) -> merkle.Frontier:
    raw, width = bytes(log.frontier), merkle.HASH_BYTES
    return merkle.Frontier(log.size, [raw[start : start + width] for start in range(0, len(raw), width)])


def sign(realm_id: str) -> Checkpoint | None:
    """A checkpoint of the log as it stands; None when the last one says it all."""
    with transaction.atomic():
        log = Log.objects.select_for_update().filter(realm_id=realm_id).first()
        if log is None or log.size == log.tree_size:
            return None
        made = Checkpoint(
            realm_id=realm_id,
            tenant_id=log.tenant_id,
            tree_size=log.size,
            root_hash=frontier_of(log).root(),
            previous_tree_size=log.tree_size,
            previous_root_hash=log.root_hash,
            time=timezone.now(),
            kid=keys.current_kid(log.tenant_id),
        )
        made.signature = keys.sign(log.tenant_id, canonical(_signed_part(made)))
        made.save(force_insert=True)
        Log.objects.filter(realm_id=realm_id).update(
            tree_size=made.tree_size, root_hash=made.root_hash, signed_at=made.time
        )
    return made


@dataclass(frozen=True, slots=True)
class Proof:
    """That an event stands at its place in the log that the checkpoint signs."""

    record: dict[str, Any]
    disclosures: list[str]
    sequence: int
    leaf: bytes
    path: list[bytes]
    checkpoint: Checkpoint


def is_signed_for(event: Event) -> bool:
    """A checkpoint covers it already."""
    sequence, checkpoint = sealed.sequence_of(event), latest(event.realm_id)
    return sequence is not None and checkpoint is not None and sequence < checkpoint.tree_size


def proof_of(event: Event) -> Proof:
    """Of an event that is sealed and signed for: see sealing.up_to_now. Raises NotFound for one that is not."""
    sequence, checkpoint = sealed.sequence_of(event), latest(event.realm_id)
    if sequence is None or checkpoint is None or sequence >= checkpoint.tree_size:
        raise NotFound("Event", str(event.pk))
    tiles = Tiles(event.realm_id)
    path = merkle.inclusion_path(tiles.node, sequence, checkpoint.tree_size)
    return Proof(
        **sealed.exported(event, sequence),
        sequence=sequence,
        leaf=tiles.leaf(sequence),
        path=path,
        checkpoint=checkpoint,
    )


def proof_json(proof: Proof) -> dict[str, Any]:
    return {
        "record": proof.record,
        "disclosures": proof.disclosures,
        "sequence": proof.sequence,
        "leaf_hash": base64url(proof.leaf),
        "tree_size": proof.checkpoint.tree_size,
        "inclusion_path": [base64url(each) for each in proof.path],
        "checkpoint": checkpoint_json(proof.checkpoint),
    }


def consistency(realm: Place, old: int, new: int) -> list[bytes]:
    """The path between two sizes that the realm's log has had. Raises Invalid."""
    log = log_of(realm)
    size = log.size if log else 0
    wrong = [] if 0 < old <= size else [Violation("from", f"must be a tree size from 1 to {size}")]
    wrong += [] if old <= new <= size else [Violation("to", f"must be a tree size from `from` to {size}")]
    if wrong:
        raise Invalid(wrong)
    return merkle.consistency_path(Tiles(str(realm.id)).node, old, new)


def _signed_part(checkpoint: Checkpoint) -> dict[str, Any]:
    before = checkpoint.previous_root_hash
    return {
        "realm_id": checkpoint.realm_id,
        "tree_size": checkpoint.tree_size,
        "root_hash": base64url(bytes(checkpoint.root_hash)),
        "previous_tree_size": checkpoint.previous_tree_size,
        "previous_root_hash": None if before is None else base64url(bytes(before)),
        "time": rfc3339(checkpoint.time),
        "kid": checkpoint.kid,
    }
