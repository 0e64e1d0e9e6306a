"""What stands in paths, queries and headers, each said once (contract/wire.md §1.1 "Pagination", extensions.md §3)."""

from apps.api.schemas import kinds
from apps.api.schemas.kinds import Component, Parameter, Schema

_LARGEST_NUMBER = 2**32 - 1


def _size(name: str, default: int, largest: int) -> Parameter:
    words = f"How many to a page, at most {largest}; more is taken as {largest}."
    return Parameter(name, words, {**kinds.number(0, _LARGEST_NUMBER), "default": default, "examples": [default]})


def _skip(name: str) -> Parameter:
    words = "How many to pass over first. Counts once: a page token knows where it stands."
    return Parameter(name, words, {**kinds.number(0, _LARGEST_NUMBER), "default": 0})


PAGE_TOKEN = Parameter(
    "page_token", "`next_page_token` of the page before. It fits the same path and filter only.", kinds.text()
)
PAGE = (_size("page_size", 20, 200), PAGE_TOKEN, _skip("skip"))
HUNDREDS = (_size("page_size", 100, 100), PAGE_TOKEN)
MEMBERS_PAGE = (
    _size("groups_page_size", 20, 200),
    _skip("groups_skip"),
    _size("identities_page_size", 20, 200),
    _skip("identities_skip"),
    PAGE_TOKEN,
)
FILTER = Parameter(
    "filter",
    "SCIM's grammar (RFC 7644 §3.4.2.2) over id, status, traits.username, traits.primary_email_address and "
    "traits.external_id.",
    {**kinds.text(), "examples": ['traits.username eq "ada"']},
)
OF_RESOURCE_SERVER = Parameter(
    "resource_server_id", "Only roles of this resource server.", {**kinds.UUID, "format": "uuid"}
)
OF_IDENTITY = Parameter("identity_id", "Only those of this identity.", kinds.SHORT_ID)
PRINCIPAL_TYPE = Parameter(
    "principal_type", "Only tokens of the application itself, or of people.", kinds.one_of("application", "identity")
)
PRINCIPAL_ID = Parameter("principal_id", "Only tokens of this application or identity.", kinds.text())

ANY_IDENTITY: Schema = {
    **kinds.SHORT_ID,
    "pattern": "^([0-9a-f]{16}|-)$",
    "description": "`-` stands for any identity of the realm, where something is read or revoked.",
}
# By the name the URLconf gives it.
PATH: dict[str, Schema] = {
    "tenant_id": kinds.said(kinds.TENANT_ID, "The token's own tenant."),
    "realm_id": kinds.said(kinds.SHORT_ID, "A realm of the tenant.", "caf2ff640497591a"),
    "group_id": kinds.SHORT_ID,
    "identity_id": kinds.SHORT_ID,
    "credential_id": kinds.SHORT_ID,
    "job_id": kinds.SHORT_ID,
    "batch_id": kinds.SHORT_ID,
    "role_id": kinds.SHORT_ID,
    "resource_server_id": kinds.UUID,
    "application_id": kinds.UUID,
    "config_id": kinds.UUID,
    "theme_id": kinds.UUID,
    "version": kinds.said(kinds.number(1, 2**31 - 1), "The number of a published version.", 3),
    "kind": kinds.said(kinds.text(), "What the mail is for.", "binding_link"),
    "session_id": kinds.UUID,
    "stream_id": kinds.UUID,
    "provider_id": kinds.SHORT_ID,
    "event_id": kinds.UUID,
    "key_id": kinds.said(kinds.text(), "The key's `kid`.", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
    "token_id": kinds.said(kinds.text(), "The token's `jti`.", "pWz2rT0vQyqkZ1m3yq0r8JmJ7b2V5h9c"),
}


def _header(name: str, about: str, schema: Schema) -> Component:
    described = {"name": name, "in": "header", "description": about, "schema": schema}
    return Component(name, described, "parameters")


CORRELATION_ID = _header(
    "X-Correlation-Id",
    "Names the flow this request is part of: its events carry it, the answer repeats it. 8 to 64 letters, "
    "digits, - and _; anything else is passed over for one of ours.",
    {"type": "string"},
)
IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "Sent again with the same request within 24 h, it gets the same answer and nothing is done twice.",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
)
IF_MATCH = _header(
    "If-Match",
    "The ETag of the version that was seen; 412 when there is another by now.",
    {"type": "string", "examples": ['"c2FtcGxlLXRhZy0wMDAwMQ"']},
)
IF_NONE_MATCH = _header(
    "If-None-Match",
    "An ETag known already; 304 while it still stands.",
    {"type": "string"},
)
