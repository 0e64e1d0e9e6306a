"""Lists in pages (contract/wire.md §1.1 "Pagination"): a keyset walk up the primary key, which is ordered by time.

Page 5,000 costs what page 1 does. The token names the last key seen; it is signed, lives a week, and fits no other path
or filter than the one it was made for.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db.models import IntegerField, Model, QuerySet, Subquery
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Invalid, Violation

DEFAULT_SIZE = 20
LARGEST_SIZE = 200
COUNTED = 10_001  # a total of this many means "more than 10,000"
TOKEN_LIFE = timedelta(weeks=1)
_SALT = "apps.api.paging"
_LARGEST_NUMBER = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page; `after` is the last key of the one before, "" at the beginning."""

    size: int
    skip: int
    after: str
    binding: str


class _CappedCount(Subquery):
    """How many rows there are, up to COUNTED, in the very query that fetches the page."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def listed(
    request: Request,
    name: str,
    rows: "QuerySet[Any]",
    present: Callable[[Any], dict[str, Any]],
    *,
    default: int = DEFAULT_SIZE,
    largest: int = LARGEST_SIZE,
) -> Response:
    """`{<name>: [...], "total_size": n, "next_page_token": "…"}`, the last left out on the final page. Raises Invalid."""
    asked = _asked(request, default, largest)
    walked = rows.filter(pk__gt=asked.after) if asked.after else rows
    counted = _CappedCount(rows.order_by().values("pk")[:COUNTED])
    page = walked.order_by("pk").annotate(total_size=counted)[asked.skip : asked.skip + asked.size + 1]
    found = list(page)
    total = found[0].total_size if found else rows.order_by()[:COUNTED].count()
    body: dict[str, Any] = {name: [present(row) for row in found[: asked.size]], "total_size": total}
    if len(found) > asked.size:
        body["next_page_token"] = _token(asked, found[asked.size - 1])
    return Response(body)


def _asked(request: Request, default: int, largest: int) -> Asked:
    """Every parameter is looked at before any is refused."""
    violations: list[Violation] = []
    size = _number(request, "page_size", violations)
    skip = _number(request, "skip", violations)
    binding = _binding(request)
    token = _read_token(request.query_params.get("page_token", ""), binding, violations)
    if violations:
        raise Invalid(violations)
    return Asked(min(size or token.get("size", default), largest), skip, token.get("after", ""), binding)


def _number(request: Request, name: str, violations: list[Violation]) -> int:
    """0 when it is absent, which for a size means: as you like."""
    text = request.query_params.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST_NUMBER):
        violations.append(Violation(name, f"must be a number from 0 to {_LARGEST_NUMBER}"))
        return 0
    return int(text)


def _binding(request: Request) -> str:
    """What a token belongs to: the path, with tenant and realm in it, and whatever else chooses the rows."""
    own = ("page_size", "page_token", "skip")
    chosen = sorted((name, values) for name, values in request.query_params.lists() if name not in own)
    return hashlib.sha256(repr((request.path, chosen)).encode()).hexdigest()[:22]


def _token(asked: Asked, last: Model) -> str:
    return signing.dumps({"after": str(last.pk), "size": asked.size, "of": asked.binding}, salt=_SALT)


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
