"""A realm's record as server-sent events (WHATWG HTML §9.2), written so that no client keeps a thread for long.

An answer is held open for seconds, not for hours, and ends with `retry:`; the client comes back by itself and says with
Last-Event-ID where it was. Nothing is lost in between, for the log is on disk and the id is a place in it. A client that
finds no free place gets what there is at once and is told to come back a little later: the same events, seconds later.
"""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from apps.events import following
from apps.events.attempt import Place
from apps.events.contract import event_json
from apps.events.filtering import EventFilter

HELD_SECONDS = 10.0
LOOKS_EVERY_SECONDS = 0.5
HEARTBEAT_SECONDS = 3.0
MOST_EVENTS = 2_000  # of one answer; the rest is for the next
_AT_ONCE, _LATER = 100, 2_000  # milliseconds until the client comes back


def written(realm: Place, wanted: EventFilter, last_id: uuid.UUID | None, *, is_held: bool) -> Iterator[bytes]:
    """The answer's blocks. Without `last_id` it begins with what comes next."""
    sequence, place = following.end_of(realm) if last_id is None else (following.sequence_at(realm, last_id), last_id)
    yield _block(f"retry: {_AT_ONCE if is_held else _LATER}", *_id(place))
    ends, heard, told = time.monotonic() + HELD_SECONDS, time.monotonic(), 0
    while True:
        news = following.news(realm, wanted, sequence)
        blocks = [_told(event) for event in news.events]
        if news.last_id is not None and (not news.events or news.events[-1].pk != news.last_id):
            blocks.append(_block(*_id(news.last_id)))  # no event, but a place to go on from
        sequence, told = news.sequence, told + len(news.events)
        now = time.monotonic()
        if blocks:
            yield b"".join(blocks)
            heard = now
        elif now >= heard + HEARTBEAT_SECONDS:
            yield b": still here\n\n"
            heard = now
        if told >= MOST_EVENTS or (news.is_all and not is_held) or now >= ends:
            return
        if news.is_all:
            time.sleep(LOOKS_EVERY_SECONDS)


def _told(event: Any) -> bytes:
    return _block(*_id(event.pk), f"data: {json.dumps(event_json(event), separators=(',', ':'))}")


def _id(place: uuid.UUID | None) -> list[str]:
    return [f"id: {place}"] if place is not None else []


def _block(*lines: str) -> bytes:
    """JSON escapes line breaks, so no text of anybody's begins a line of its own."""
    return "".join(f"{line}\n" for line in (*lines, "")).encode()
