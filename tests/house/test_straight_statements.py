"""Statements that are handed to PostgreSQL past psycopg: what they are asked and answer is the same."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import (
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from psycopg.types.json import Jsonb

from identity_cloud.postgresql.straight import StraightCursor

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a way to PostgreSQL"),
]

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
IDENTIFIER = uuid.UUID(int=7)
SENT = "Zoë 名前 \U0001f511 '%' \\ \n"


@pytest.fixture
def cursor() -> Any:
    with connection.cursor() as plain:
        plain.execute("DROP TABLE IF EXISTS straight")
        plain.execute("CREATE TABLE straight (name text UNIQUE, number smallint, told jsonb)")
    yield straight()
    with connection.cursor() as plain:
        plain.execute("DROP TABLE straight")


def straight() -> StraightCursor:
    connection.ensure_connection()
    return StraightCursor(connections["default"], connections["default"].create_cursor())


def prepared() -> list[str]:
    with connection.cursor() as plain:
        plain.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'straight%'")
        return [name for (name,) in plain.fetchall()]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", SENT),
        ("text", ""),
        ("text", None),
        ("varchar", SENT),
        ("uuid", IDENTIFIER),
        ("uuid", str(IDENTIFIER)),
        ("timestamptz", MOMENT),
        ("timestamptz", MOMENT.astimezone(timezone(timedelta(hours=-9, minutes=-30)))),
        ("timestamptz", None),
        ("bytea", b"\x00\xff\\x"),
        ("bytea", memoryview(b"\x00")),
        ("smallint", -1),
        ("bigint", 2**40),
        ("double precision", 0.1),
        ("boolean", False),
        ("jsonb", Jsonb({"a": [1, None, SENT]})),
        ("jsonb", '{"a": []}'),
    ],
)
def test_a_value_comes_back_as_it_does_by_psycopg(cursor: StraightCursor, kind: str, value: Any) -> None:
    statement = f"SELECT %s::{kind}, 'beside'"
    for _ in range(2):
        cursor.execute(statement, [value])
        with connection.cursor() as plain:
            plain.execute(statement, [value])
            assert cursor.fetchone() == plain.fetchone()
        assert cursor.fetchone() is None
    assert len(prepared()) == 1


def test_a_text_with_a_nul_is_refused_whole(cursor: StraightCursor) -> None:
    with pytest.raises((DataError, ValueError), match="NUL"):
        cursor.execute("INSERT INTO straight (name) VALUES (%s)", ["a\0b"])
    cursor.execute("SELECT COUNT(*) FROM straight")
    assert cursor.fetchall() == [(0,)]


def test_what_is_written_is_counted_and_what_is_twice_refused(cursor: StraightCursor) -> None:
    write = "INSERT INTO straight (name, number) VALUES (%s, %s)"
    cursor.execute(write, ["Ada", 1])
    assert (cursor.rowcount, cursor.fetchall()) == (1, [])
    with pytest.raises(IntegrityError):
        cursor.execute(write, ["Ada", 2])
    with pytest.raises(DataError):
        cursor.execute(write, ["Bob", 70_000])
    cursor.execute("UPDATE straight SET number = %s", [3])
    assert cursor.rowcount == 1
    cursor.execute("DELETE FROM straight WHERE name = %s", ["nobody"])
    assert cursor.rowcount == 0


def test_the_first_statement_of_a_transaction_is_in_it(cursor: StraightCursor) -> None:
    write = "INSERT INTO straight (name) VALUES (%s)"
    cursor.execute(write, ["before"])
    with transaction.atomic():
        cursor.execute(write, ["first"])
        cursor.execute(write, ["second"])
        transaction.set_rollback(True)
    cursor.execute("SELECT name FROM straight")
    assert cursor.fetchall() == [("before",)]


def test_a_rollback_makes_nobody_forget_what_was_prepared(cursor: StraightCursor) -> None:
    asked = "SELECT COUNT(*) FROM straight WHERE name = %s"
    for _ in range(4):
        cursor.execute(asked, ["Ada"])
        with transaction.atomic(), connection.cursor() as plain:
            plain.execute(asked, ["Ada"])
            transaction.set_rollback(True)
    with connection.cursor() as plain:
        plain.execute(
            "SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT COUNT(*) FROM straight%%'"
        )
        assert plain.fetchone() == (2,)


def test_a_column_that_this_connection_changes_is_read_anew(cursor: StraightCursor) -> None:
    read, change = "SELECT number FROM straight", "ALTER TABLE straight ALTER number TYPE text"
    cursor.execute("INSERT INTO straight (number) VALUES (%s)", [1])
    cursor.execute(read)
    with connection.cursor() as plain:
        plain.execute(change)
    cursor.execute(read)
    assert cursor.fetchall() == [("1",)]


def test_a_column_that_a_migration_elsewhere_changes_is_read_anew_from_the_second_time_on(
    cursor: StraightCursor,
) -> None:
    read, change = "SELECT number FROM straight", "ALTER TABLE straight ALTER number TYPE text"
    cursor.execute("INSERT INTO straight (number) VALUES (%s)", [1])
    cursor.execute(read)
    other = connections["default"].copy()
    with other.cursor() as plain:
        plain.execute(change)
    other.close()
    with pytest.raises(NotSupportedError):
        cursor.execute(read)
    cursor.execute(read)
    assert cursor.fetchall() == [("1",)]


def test_statements_beyond_those_it_keeps_go_the_way_of_all(
    cursor: StraightCursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("identity_cloud.postgresql.straight._STATEMENTS", 2)
    for number in range(4):
        cursor.execute(f"SELECT {number} + %s", [number])
        assert cursor.fetchone() == (2 * number,)
    assert len(prepared()) == 2


def test_a_connection_that_is_gone_is_noticed_and_another_is_made() -> None:
    wrapper = connections["default"]
    first = wrapper.kept_cursor()
    first.execute("SELECT pg_backend_pid()")
    pid = first.fetchone()[0]
    with pytest.raises(OperationalError):
        first.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(OperationalError):
        first.execute("SELECT pg_backend_pid()")
    wrapper.close_if_unusable_or_obsolete()
    again = wrapper.kept_cursor()
    again.execute("SELECT pg_backend_pid()")
    assert again.fetchone()[0] != pid
