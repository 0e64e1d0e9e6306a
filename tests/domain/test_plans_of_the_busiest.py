"""PostgreSQL plans a statement of the busiest requests once a connection, perhaps while the tables are all but empty and
every index looks alike: none but the one that finds the single row may fit."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from apps.authentication import sessions
from apps.core.context import Client, system_context
from apps.credentials import history
from apps.directory.models import Identity
from apps.tokens import grants, live_tokens, refresh_tokens

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans every statement anew"),
]

NOW = datetime.now(UTC)
# (statement, its values, the indexes that may find its row)
STATEMENTS: dict[str, tuple[Any, tuple[Any, ...], str]] = {
    "a code": (grants._BY_CODE, ("digest",), "grant_code"),
    "a code spent": (grants.CONSUME, (uuid4(), ""), "applications_grant_pkey"),
    "a refresh token": (refresh_tokens._TOKEN, ("digest",), "refresh_token_digest"),
    "one with its family": (refresh_tokens._BOTH, ("digest",), "refresh_token_digest"),
    "a family": (refresh_tokens._FAMILY, ("digest",), "refresh_token_digest"),
    "one exchanged": (refresh_tokens._EXCHANGE, (uuid4(), uuid4(), NOW, b""), "applications_refreshtoken_pkey"),
    "an access token": (live_tokens._BY_DIGEST, ("digest",), "access_token_digest"),
    "a session": (sessions._BY_COOKIE, ("digest",), "authentication_session_token_digest"),
    "one that answers": (sessions._ANSWERING, ("digest",), "authentication_session_token_digest"),
    "one held": (sessions._STANDING, (uuid4(), "digest"), "authentication_session_(pkey|token_digest)"),
    "one shared": (sessions._STANDING_SHARED, (uuid4(), "digest"), "authentication_session_(pkey|token_digest)"),
}


@pytest.fixture(autouse=True)
def _as_installed(db: None) -> None:
    """PostgreSQL knows of the tables as little as after an installation, whatever earlier tests left in their files."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tenants_tenant CASCADE")


def plan(statement: str, parameters: list[Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(("known", "values", "index"), STATEMENTS.values(), ids=STATEMENTS)
def test_one_row_is_found_by_what_is_unique(known: Any, values: tuple[Any, ...], index: str) -> None:
    found = plan(*known.bound(values))
    assert re.search(index, found), found
    reading = re.findall(r"Scan(?: Backward)? using (\w+)", found)
    assert not [
        name for name in reading if re.search("(grant|token|session)_(application|realm|person|expiry)", name)
    ], found


def test_a_persons_past_is_found_by_what_it_is_asked_for() -> None:
    place = Client(ip="203.0.113.9", location=(52.5, 13.4))
    here = {"request.ip": "203.0.113.9", "browser.name": "Chromium"}
    asked = history._questions(
        replace(system_context(), client=place), Identity(realm_id="realm"), here, "one", "other"
    )
    assert list(asked) == list(history._QUESTIONS)
    found = plan(history._statement(*asked), [value for values in asked.values() for value in values])
    assert len(re.findall(r"sighting_digest .*\n.*identity_id = .* AND \(digest = ", found)) == 2, found
    assert (
        len(re.findall(r"using failure_(?:identity|address) .*\n.*(?:identity_id|address_digest).*failed_at", found))
        == 2
    )
