"""Lists in pages (contract/wire.md §1.1 "Pagination"): a keyset walk up the primary key, which is ordered by time.

Page 5,000 costs what page 1 does. The token names the last key seen; it is signed, lives a week, and fits no other path
or filter than the one it was made for.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db.models import IntegerField, QuerySet, Subquery
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Invalid, Violation
from apps.core.rows import in_order

DEFAULT_SIZE = 20
LARGEST_SIZE = 200
COUNTED = 10_001  # a total of this many means "more than 10,000"
TOKEN_LIFE = timedelta(weeks=1)
_SALT = "apps.api.paging"
_LARGEST_NUMBER = 2**32 - 1

Present = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page of one list; `after` is the last key of the page before, "" at the beginning, None past the end.

    `prefix` stands before the list's own parameters, "" when there is only one list.
    """

    prefix: str
    size: int
    skip: int
    after: str | None


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Any]
    total: int
    has_more: bool


class _CappedCount(Subquery):
    """How many rows there are, up to COUNTED, in the very query that fetches the page."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def listed(
    request: Request,
    name: str,
    rows: "QuerySet[Any]",
    present: Present,
    *,
    default: int = DEFAULT_SIZE,
    largest: int = LARGEST_SIZE,
) -> Response:
    """`{<name>: [...], "total_size": n, "next_page_token": "…"}`, the last left out on the final page. Raises Invalid."""
    (asked,), binding = _asked(request, ("",), default, largest)
    return _one_list(name, rows, present, asked, binding)


def listed_by_hundreds(request: Request, name: str, rows: "QuerySet[Any]", present: Present) -> Response:
    """The same, a hundred to a page and nothing skipped: so the contract lists applications and what is around them.
    Raises Invalid."""
    (asked,), binding = _asked(request, ("",), 100, 100)
    return _one_list(name, rows, present, replace(asked, skip=0), binding)


def listed_newest_first(request: Request, name: str, rows: "QuerySet[Any]", present: Present) -> Response:
    """`listed`, down the primary key: for logs, of which the end is wanted first. Raises Invalid."""
    (asked,), binding = _asked(request, ("",), DEFAULT_SIZE, LARGEST_SIZE)
    page = _fetched(rows, asked, descending=True)
    return _answer({name: [present(row) for row in page.rows], "total_size": page.total}, binding, [(asked, page)])


def listed_as_one(request: Request, name: str, lists: "Sequence[QuerySet[Any]]", present: Present) -> Response:
    """The same for rows of several tables, told in the order they were made. Raises Invalid."""
    (asked,), binding = _asked(request, ("",), 100, 100)
    pages = [_fetched(rows, replace(asked, skip=0)) for rows in lists]
    found = sorted((row for page in pages for row in page.rows), key=lambda row: row.pk)
    has_more = len(found) > asked.size or any(page.has_more for page in pages)
    whole = Page(found[: asked.size], min(COUNTED, sum(page.total for page in pages)), has_more)
    return _answer({name: [present(row) for row in whole.rows], "total_size": whole.total}, binding, [(asked, whole)])


def listed_texts(request: Request, name: str, texts: Iterable[str]) -> Response:
    """The same for a set of texts that is at hand already, in alphabetical order. Raises Invalid."""
    (asked,), binding = _asked(request, ("",), DEFAULT_SIZE, LARGEST_SIZE)
    ordered = sorted(texts)
    start = bisect_right(ordered, asked.after or "") + asked.skip
    page = Page(ordered[start : start + asked.size], len(ordered), len(ordered) > start + asked.size)
    return _answer({name: page.rows, "total_size": page.total}, binding, [(asked, page)])


def listed_together(request: Request, **lists: "tuple[QuerySet[Any], Present]") -> Response:
    """Two lists or more, each with its own `<name>_page_size` and `<name>_skip`, walked by one token: the answer has
    `<name>` and `total_<name>_size` of each. A list that has come to its end stays empty. Raises Invalid."""
    every, binding = _asked(request, [f"{name}_" for name in lists], DEFAULT_SIZE, LARGEST_SIZE)
    body: dict[str, Any] = {}
    walked = []
    for asked, (name, (rows, present)) in zip(every, lists.items(), strict=True):
        page = _fetched(rows, asked)
        body |= {name: [present(row) for row in page.rows], f"total_{name}_size": page.total}
        walked.append((asked, page))
    return _answer(body, binding, walked)


def _one_list(name: str, rows: "QuerySet[Any]", present: Present, asked: Asked, binding: str) -> Response:
    page = _fetched(rows, asked)
    body = {name: [present(row) for row in page.rows], "total_size": page.total}
    return _answer(body, binding, [(asked, page)])


def _fetched(rows: "QuerySet[Any]", asked: Asked, *, descending: bool = False) -> Page:
    if asked.after is None:
        return Page([], _count(rows), False)
    walked = in_order(rows, "pk", descending=descending, beyond=asked.after or None)
    counted = _CappedCount(rows.order_by().values("pk")[:COUNTED])
    found = list(walked.annotate(total_size=counted)[asked.skip : asked.skip + asked.size + 1])
    if found:
        total = found[0].total_size
    else:
        total = _count(rows) if asked.after or asked.skip else 0
    return Page(found[: asked.size], total, len(found) > asked.size)


def _count(rows: "QuerySet[Any]") -> int:
    return rows.order_by()[:COUNTED].count()


def _answer(body: dict[str, Any], binding: str, walked: Sequence[tuple[Asked, Page]]) -> Response:
    if any(page.has_more for _, page in walked):
        token: dict[str, Any] = {"of": binding}
        for asked, page in walked:
            token[f"{asked.prefix}after"] = _key(page.rows[-1]) if page.has_more else None
            token[f"{asked.prefix}size"] = asked.size
        body["next_page_token"] = signing.dumps(token, salt=_SALT)
    return Response(body)


def _key(row: Any) -> str:
    return row if isinstance(row, str) else str(row.pk)


def _asked(request: Request, prefixes: Sequence[str], default: int, largest: int) -> tuple[list[Asked], str]:
    """What is asked of each list, and what a token for more must be bound to. Every parameter is looked at before any is
    refused. Raises Invalid."""
    violations: list[Violation] = []
    numbers = {
        name: _number(request, name, violations)
        for prefix in prefixes
        for name in (f"{prefix}page_size", f"{prefix}skip")
    }
    binding = _binding(request, {*numbers, "page_token"})
    token = _read_token(request.query_params.get("page_token", ""), binding, violations)
    if violations:
        raise Invalid(violations)
    asked = []
    for prefix in prefixes:
        size = numbers[f"{prefix}page_size"] or token.get(f"{prefix}size", default)
        asked.append(Asked(prefix, min(size, largest), numbers[f"{prefix}skip"], token.get(f"{prefix}after", "")))
    return asked, binding


def page_size(request: Request, violations: list[Violation]) -> int:
    """As many as are asked for; 0 for as you like."""
    return _number(request, "page_size", violations)


def _number(request: Request, name: str, violations: list[Violation]) -> int:
    """0 when it is absent, which for a size means: as you like."""
    text = request.query_params.get(name)
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST_NUMBER):
        violations.append(Violation(name, f"must be a number from 0 to {_LARGEST_NUMBER}"))
        return 0
    return int(text)


def _binding(request: Request, own: Iterable[str] = ("page_size", "skip", "page_token")) -> str:
    """What a token belongs to: the path, with tenant and realm in it, and whatever else chooses the rows."""
    chosen = sorted((name, values) for name, values in request.query_params.lists() if name not in own)
    return hashlib.sha256(repr((request.path, chosen)).encode()).hexdigest()[:22]


def _read_token(text: str, binding: str, violations: list[Violation]) -> dict[str, Any]:
    if not text:
        return {}
    try:
        token: dict[str, Any] = signing.loads(text, salt=_SALT, max_age=TOKEN_LIFE)
    except signing.BadSignature:
        token = {}
    if token.get("of") != binding:
        violations.append(Violation("page_token", "invalid page token"))
        return {}
    return token
