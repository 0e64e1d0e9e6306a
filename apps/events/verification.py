"""Checking an export offline, from nothing but its lines and the tenant's public keys (contract/extensions.md §10). Pure.

The leaves are worked out from the records, the root from the leaves, and the root must be the one that was signed. What the
file says is left out (`outside`) may only be what retention took, and a tombstone among the records must say that it did:
otherwise somebody could cut events out and put their hashes in.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from apps.events import merkle
from apps.events.canonical import canonical
from apps.events.records import digest_of

IsSigned = Callable[[str, bytes, bytes], bool]  # (kid, signature, message)
Part = tuple[int, int, bytes]  # (first leaf, level, hash) of a complete subtree

TOMBSTONE = "PURGE_EVENTS"
_SHOWN = 20  # problems


class Broken(Exception):
    """What was found wrong, in words."""


@dataclass(slots=True)
class Verification:
    """Feed it the lines, then ask `problems`; none means that all holds. `partial`: events may be left out, as by a filter.

    Memory grows with the gaps in the log, not with the lines."""

    is_signed: IsSigned
    partial: bool = False
    events: int = 0
    checkpoint: dict[str, Any] | None = None
    _found: list[str] = field(default_factory=list)
    _shown: list[Part] = field(default_factory=list)
    _outside: list[Part] = field(default_factory=list)
    _purged: list[tuple[int, list[tuple[int, int]]]] = field(default_factory=list)
    _realms: set[str] = field(default_factory=set)
    _end: int = 0

    def feed(self, lines: Iterable[bytes]) -> None:
        for number, line in enumerate(lines, 1):
            if len(self._found) >= _SHOWN:
                return
            try:
                self._take(_parsed(line))
            except Broken as problem:
                self._found.append(f"line {number}: {problem}")
            except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
                self._found.append(f"line {number}: not a line of an export")

    def problems(self) -> list[str]:
        found = list(self._found)
        if not found:
            found.extend(self._of_the_whole())
        return found

    def _take(self, line: dict[str, Any]) -> None:
        if set(line) == {"record", "disclosures"} and self.checkpoint is None:
            self._take_record(line["record"], line["disclosures"])
        elif {"checkpoint"} <= set(line) <= {"checkpoint", "outside"}:
            self._take_checkpoint(line["checkpoint"], line.get("outside", []))
        else:
            raise Broken("neither an event nor a checkpoint behind all events")

    def _take_record(self, record: dict[str, Any], disclosures: list[str]) -> None:
        sequence = record["sequence"]
        if type(sequence) is not int or sequence < self._end:
            raise Broken(f"event {sequence} is out of order")
        _require_disclosed(record, disclosures)
        self._realms.add(record["realm_id"])
        if record["type"] == "REALM_CHANGE" and record["data"].get("action") == TOMBSTONE:
            kept = [(int(first), int(end)) for first, end in record["data"]["kept"]]
            self._purged.append((int(record["data"]["sequence_end"]), kept))
        self._shown.append((sequence, 0, merkle.leaf_hash(canonical(record))))
        _fold(self._shown)
        self._end = sequence + 1
        self.events += 1

    def _take_checkpoint(self, told: dict[str, Any], outside: list[dict[str, Any]]) -> None:
        signed = {name: value for name, value in told.items() if name != "signature"}
        if not self.is_signed(told["kid"], _from_base64url(told["signature"]), canonical(signed)):
            raise Broken("the checkpoint's signature does not hold")
        if self.checkpoint not in (None, told) and not _follows(self.checkpoint, told):
            raise Broken("the checkpoint does not stand on the one before it")
        self.checkpoint = told
        self._realms.add(told["realm_id"])
        self._outside.extend((part["first"], part["level"], _from_base64url(part["hash"])) for part in outside)

    def _of_the_whole(self) -> Iterator[str]:
        if self.checkpoint is None:
            yield "no checkpoint: the end is missing"
            return
        if len(self._realms) != 1:
            yield "events of another realm than the checkpoint's"
        try:
            size, root = merkle.root_from_parts(merge(self._shown, self._outside))
        except (ValueError, TypeError):
            yield "events are missing"
            return
        if size != self.checkpoint["tree_size"]:
            yield f"events up to {size}, where the checkpoint has {self.checkpoint['tree_size']}"
        elif root != _from_base64url(self.checkpoint["root_hash"]):
            yield "the events are not those that were signed: one was changed, removed, inserted or put elsewhere"
        elif not self.partial and (unexplained := self._unexplained()) is not None:
            yield f"events from {unexplained} on are left out, and no retention says why"

    def _unexplained(self) -> int | None:
        """The first place that is left out without a tombstone's saying so."""
        end, kept = max(self._purged, default=(0, []))
        for first, level, _ in self._outside:
            beyond = first + (1 << level)
            if beyond > end or any(first < kept_end and kept_first < beyond for kept_first, kept_end in kept):
                return first
        return None


def _follows(before: dict[str, Any], told: dict[str, Any]) -> bool:
    previous = (told["previous_tree_size"], told["previous_root_hash"], told["realm_id"])
    return previous == (before["tree_size"], before["root_hash"], before["realm_id"])


def _fold(parts: list[Part]) -> None:
    """Two neighbours that make a complete subtree become it."""
    while len(parts) > 1:
        (first, level, left), (second, other, right) = parts[-2:]
        if level != other or second != first + (1 << level) or first & ((1 << level + 1) - 1):
            return
        parts[-2:] = [(first, level + 1, merkle.node_hash(left, right))]


def _require_disclosed(record: Any, disclosures: list[str]) -> None:
    """Raises Broken for a value that the record has no digest of."""
    digests = list(_digests(record))
    for disclosure in disclosures:
        if (digest := digest_of(disclosure)) not in digests:
            raise Broken("a disclosed value is not the record's")
        digests.remove(digest)


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from each if name == "_sd" and isinstance(each, list) else _digests(each)
    elif isinstance(value, list):
        for each in value:
            yield from _digests(each)


def _parsed(line: bytes) -> dict[str, Any]:
    found = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    if not isinstance(found, dict):
        raise Broken("not a line of an export")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Broken("a name stands twice in an object")
    return found


def _refuse(name: str) -> Any:
    raise Broken(f"{name} is no JSON")


def _from_base64url(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not canonical base64url")
    return raw
