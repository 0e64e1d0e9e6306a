"""Rows for spreadsheets: CSV (RFC 4180) in UTF-8, in which no cell is ever a formula; and such a cell read back."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

# What a spreadsheet takes for the beginning of a formula, in half and full width, and what it passes over before one.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠|%")
_BATCH = 500


def csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def csv_file(heading: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """Written out while the rows are read, some at a time: the file's size does not matter."""
    yield csv_lines([heading])
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        yield csv_lines(batch)


def harmless(cell: str) -> str:
    """With an apostrophe before what would be worked out, which spreadsheets take for "this is text"."""
    return f"'{cell}" if _is_worked_out(cell) else cell


def as_meant(cell: str) -> str:
    """The cell without the apostrophe that `harmless` put before it: what was exported can be imported."""
    return cell[1:] if cell.startswith("'") and _is_worked_out(cell[1:]) else cell


def _is_worked_out(cell: str) -> bool:
    return cell.lstrip(" ").startswith(_FORMULA)
