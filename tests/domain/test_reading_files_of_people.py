"""Files of people as programs write them, and as somebody who means harm does: read and refused line by line."""

import io
import time
import tracemalloc

import pytest

from apps.bulk import files, mapping
from apps.core.errors import Invalid
from apps.core.tables import as_meant, harmless


def rows_of(content: bytes) -> list[tuple[int, list[str]]]:
    return list(files.read(io.BytesIO(content)).rows)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
@pytest.mark.parametrize("separator", [b",", b";", b"\t"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_every_way_to_write_a_table_is_read(mark: bytes, separator: bytes, end: bytes) -> None:
    lines = [
        b"User name|E-mail|Note",
        b'ada|ada@x.test|"a, b; c ""d"""',
        b"",
        b"bob|b@x.test",
        "zoë|z@x.test||".encode(),
    ]
    table = files.read(io.BytesIO(mark + end.join(lines).replace(b"|", separator) + end))
    assert table.heading == ["User name", "E-mail", "Note"]
    assert list(table.rows) == [
        (2, ["ada", "ada@x.test", 'a, b; c "d"']),
        (4, ["bob", "b@x.test", ""]),
        (5, ["zoë", "z@x.test", ""]),
    ]


def test_a_cell_may_run_over_lines_and_the_row_is_told_by_the_line_it_begins_in() -> None:
    assert rows_of(b'a,b\n"x\ny",1\nz,2\n') == [(2, ["x\ny", "1"]), (4, ["z", "2"])]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "empty_file", 0),
        (b"\n\n  \n", "empty_file", 0),
        (b"username\n\x00", "nul", 2),
        (b"username\nJos\xe9\n", "not_utf8", 2),
        ("username\nada\n".encode("utf-16"), "not_utf8", 1),
        (b'a,b\n1,"never closed\n2,3\n', "unclosed_quote", 2),
        (b'a,b\n1,2\n"' + b"x\n" * 100_000, "unclosed_quote", 65538),
        (b'a,b\n"x"y,1\n', "bad_quotes", 2),
        (b"a\n" + b"x" * 70_000, "long_line", 2),
        (b"," * 1_000_000, "long_line", 1),
        (b"a," * 30_000 + b"\n", "too_many_columns", 1),
        (b"a,b\n" + b"x," * 200 + b"\n", "too_many_columns", 2),
        (b"a\n" + b'"\n",' * 60_000, "unclosed_quote", 26216),
    ],
    ids=lambda given: repr(given)[:24],
)
def test_what_is_no_table_is_refused_where_it_is_seen(content: bytes, code: str, line: int) -> None:
    with pytest.raises(files.UnreadableFile) as refused:
        rows_of(content)
    assert refused.value.code == code
    assert abs(refused.value.facts["line"] - line) <= 25_000 * (code == "unclosed_quote" and line > 9)


def test_rows_without_end_are_refused_at_the_bound_and_cost_no_memory() -> None:
    content = io.BytesIO(b"username\n" + b"x\n" * (files.MOST_ROWS + 1))
    tracemalloc.start()
    begun = time.thread_time()
    with pytest.raises(files.UnreadableFile, match="more than 100,000 rows"):
        for _ in files.read(content).rows:
            pass
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    assert time.thread_time() - begun < 10
    tracemalloc.stop()


def test_columns_are_guessed_by_what_other_systems_call_them() -> None:
    heading = [
        "E-Mail",
        "First Name",
        "lastname",
        "UserPrincipalName",
        "Display Name",
        "Object ID",
        "Shoe size",
        "email",
    ]
    assert mapping.guess(heading) == {
        "primary_email_address": 0, "given_name": 1, "family_name": 2, "username": 3, "display_name": 4, "external_id": 5,
    }  # fmt: skip


@pytest.mark.parametrize("given", [{}, {"username": 3}, {"username": -1}, {"username": 0, "title": 0}, {"password": 0}])
def test_a_mapping_that_makes_no_sense_is_refused(given: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        mapping.checked(given, 3)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1 555 0100", "-2", "@sum", "\t=1", " =cmd|' /C calc'!A0", "＝1", "%0A", "plain", "'quoted", ""]
)
def test_no_cell_is_a_formula_and_what_was_exported_is_read_as_it_was_meant(cell: str) -> None:
    written = harmless(cell)
    assert not written.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "＝", "%"))
    assert as_meant(written) == cell
