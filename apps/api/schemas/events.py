"""The record of a realm (contract/extensions.md §7)."""

from apps.api.schemas import kinds
from apps.api.schemas.kinds import (
    BOOLEAN,
    SHORT_ID,
    TENANT_ID,
    TIME,
    UUID,
    Component,
    Parameter,
    listing,
    number,
    one_of,
    said,
    text,
    thing,
)
from apps.api.schemas.parameters import PAGE_TOKEN
from apps.core.context import ActorType
from apps.events.types import EventType

_ACTOR_TYPE = one_of(*ActorType)
_TYPE = said(one_of(*EventType), example="TOKEN_REQUEST")
_FLOW = said(
    text(), "Shared by everything that belongs to one sign-in or request.", "019a2f6e-4b1c-7d3a-9e52-8c0f6b7a1d24"
)
_DATA = {
    "type": "object",
    "description": "What else there is to say, by type. `action` and `changes` ({field: [before, after]}) of a change, "
    "`reason` of a refusal; a policy's whole `input` and `decision`. Secrets and codes never; what describes a "
    "person stands under `personal`.",
}  # fmt: skip

EVENT = Component(
    "Event",
    thing(
        {
            "id": UUID,
            "tenant_id": TENANT_ID,
            "realm_id": SHORT_ID,
            "type": _TYPE,
            "version": number(1, 32_767),
            "occurred_at": TIME,
            "recorded_at": TIME,
            "correlation_id": _FLOW,
            "outcome": said(text(64), "SUCCESS, what was decided, or the code of the refusal.", "SUCCESS"),
            "actor": thing({"type": _ACTOR_TYPE, "id": text(64), "display_name": said(text(), example="Ada Lovelace")}),
            "targets": listing(thing({"type": said(text(), example="identity"), "id": text(), "display_name": text()})),
            "client": thing(
                {
                    "ip": said(text(45), example="203.0.113.7"),
                    "user_agent": text(512),
                    "country": said(text(), "ISO 3166, where it is known.", "DE"),
                }
            ),
            "data": _DATA,
        }
    ),
)
EVENTS = thing(
    {
        "events": listing(EVENT),
        "total_size": said(number(0, 10_000), "How many there are in all, as far as they were counted."),
        "total_is_capped": said(BOOLEAN, "There may be more than `total_size`."),
        "next_page_token": said(
            text(),
            "Ask for the next page with it; absent on the last. A page may be short, even empty, before the last one: what "
            "no index answers is looked for among so many events at a time. It lives a week.",
            "eyJvZiI6IjRhWl8…",
        ),
    },
    sometimes=["next_page_token"],
)


def _several(name: str, about: str, one: kinds.Schema) -> Parameter:
    return Parameter(name, about, listing(one, 50, shortest=1))


FILTER = (
    Parameter("start_time", "Happened at this moment or later.", TIME),
    Parameter("end_time", "Happened before this moment.", TIME),
    _several("type", "Any of these: `type=A&type=B`, and `type[]=` means the same.", _TYPE),
    Parameter("actor_type", "Who did it.", _ACTOR_TYPE),
    Parameter(
        "actor_id", "This identity or application did it.", said(text(64, shortest=1), example="3f1c0a9b52d7e846")
    ),
    Parameter("target_id", "It was done to this.", said(text(64, shortest=1), example="3f1c0a9b52d7e846")),
    _several("outcome", "Any of these.", {**text(64), "pattern": "^[A-Z][A-Z0-9_]*$", "examples": ["DENY"]}),
    Parameter(
        "correlation_id",
        "Everything of one flow.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$", "examples": UUID["examples"]},
    ),
    Parameter("ip", "Came from this address.", said(text(shortest=1), "IPv4 or IPv6.", "203.0.113.7")),
    Parameter(
        "q",
        "Names, usernames, ids, the address, the outcome and messages that hold this text.",
        said(text(256, shortest=1), example="ada"),
    ),
)
PAGE = (
    Parameter("ordering", "Newest first unless `asc`.", {**one_of("desc", "asc"), "default": "desc"}),
    Parameter(
        "page_size",
        "How many to a page, at most 1000; more is taken as 1000.",
        {**number(0, 2**32 - 1), "default": 100, "examples": [100]},
    ),
    PAGE_TOKEN,
)
FORMAT = Parameter(
    "format", "One event a line, provable, or a table.", {**one_of("ndjson", "csv"), "default": "ndjson"}
)
FOLLOWED = FILTER[2:]
LINES = said(text(), "One JSON object a line.", '{"record":{"id":"…","_sd":[…]},"disclosures":["WyJ…"]}')
TABLE = said(text(), "RFC 4180, with a header.", "occurred_at,type,outcome,actor_type,actor_id,…")
SERVER_SENT = said(text(), "WHATWG HTML §9.2.", 'id: 019a2f6e-…\ndata: {"id":"019a2f6e-…",…}')
