"""Reading a CSV file (RFC 4180) that somebody else's program wrote: UTF-8 with or without a mark, cells separated by comma,
semicolon or tab. Pure; a line at a time, and nothing is believed to be short.

Whatever is no such table is refused with the line it was seen in and a word for what to change.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from apps.core.errors import Unprocessable

MOST_BYTES = 32 * 1_048_576
MOST_ROWS = 100_000
MOST_COLUMNS = 100
_LINE_BYTES = 65_536
_RECORD_CHARACTERS = 131_072  # of one row, however many lines it runs over
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableFile(Unprocessable):
    """It is no table that can be imported. `facts["line"]` is where that was seen, 0 for the whole file."""

    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message, line=line)
        self.code = code


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are (line, cells) and are read on the way, once."""

    heading: list[str]
    delimiter: str
    rows: Iterator[tuple[int, list[str]]]


def read(file: BinaryIO) -> Table:
    """Raises UnreadableFile, here and while the rows are read."""
    lines = _Lines(file)
    first = lines.peek()
    delimiter = _delimiter_of(first)
    records = _records(lines, delimiter)
    line, heading = next(records, (0, []))
    if not heading:
        raise UnreadableFile("empty_file", "the file is empty")
    _refuse_wide(heading, line)
    return Table([name.strip() for name in heading], delimiter, _bounded(records, len(heading)))


def _bounded(records: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    """Cells that are not there are empty ones; empty cells beyond the heading are not there."""
    for count, (line, cells) in enumerate(records, 1):
        if count > MOST_ROWS:
            raise UnreadableFile("too_many_rows", f"the file has more than {MOST_ROWS:,} rows", line)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        _refuse_wide(cells, line)
        yield line, [*cells, *[""] * (width - len(cells))]


def _refuse_wide(cells: list[str], line: int) -> None:
    if len(cells) > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", f"there are more than {MOST_COLUMNS} columns", line)


def _records(lines: "_Lines", delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with something in them, each with the line it begins in."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin()
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            raise _badly_quoted(str(problem), line) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _badly_quoted(problem: str, line: int) -> UnreadableFile:
    if "end of data" in problem or "field limit" in problem:
        return UnreadableFile("unclosed_quote", "a quotation mark is opened and never closed", line)
    return UnreadableFile("bad_quotes", "a quotation mark stands inside a cell and is not doubled", line)


class _Lines:
    """Lines of text, with an eye on how long they are, one by one and together in one row."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._number, self._spent = file, 0, 0
        self._next: str | None = self._read()

    def peek(self) -> str:
        return self._next or ""

    def begin(self) -> int:
        """The number of the line that the next row begins in."""
        self._spent = 0
        return self._number

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._next
        if line is None:
            raise StopIteration
        self._spent += len(line)
        if self._spent > _RECORD_CHARACTERS:
            raise UnreadableFile("unclosed_quote", "a quotation mark is opened and never closed", self._number)
        self._next = self._read()
        return line

    def _read(self) -> str | None:
        read = self._file.readline(_LINE_BYTES + 1)
        if not read:
            return None
        self._number += 1
        if self._number == 1:
            if read.startswith(_UTF_16):
                raise UnreadableFile("not_utf8", "the file is UTF-16; save it as “CSV UTF-8”", 1)
            read = read.removeprefix(codecs.BOM_UTF8)
        if len(read) > _LINE_BYTES:
            raise UnreadableFile("long_line", f"the line is longer than {_LINE_BYTES:,} bytes", self._number)
        if b"\x00" in read:
            raise UnreadableFile("nul", "there is a NUL byte; this is no text file", self._number)
        try:
            return read.decode("utf-8")
        except UnicodeDecodeError:
            raise UnreadableFile("not_utf8", "this is not UTF-8; save the file as “CSV UTF-8”", self._number) from None


def _delimiter_of(line: str) -> str:
    """What separates most cells of the heading; quoted ones are passed over."""
    bare = "".join(line.split('"')[::2])
    return max(",;\t", key=bare.count)
