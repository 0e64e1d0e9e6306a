"""Several questions as one statement: what each of them answers, one behind the other.

The ORM's own `union` takes no cut querysets on SQLite; as tables of their own every database takes them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

Question = tuple[str, list[Any]]  # SQL, and the values for its places


def question(rows: "QuerySet[Any, Any]") -> Question:
    sql, values = rows.query.sql_with_params()
    return sql, list(values)


def select(columns: str, of: Question, further: str = "") -> Question:
    """`columns` of what is asked, as a table of its own; `further` is what stands behind it. Neither is ever a value."""
    sql, values = of
    return f"SELECT {columns} FROM ({sql}) AS part {further}".rstrip(), values  # noqa: S608 - compiled, with places for values


def together(questions: Sequence[Question], *, most: int | None = None, distinct: bool = False) -> Question:
    """All of them as one, of as many columns each; without rows that are there twice if `distinct`. No more than `most` of
    their rows, those of the first questions first."""
    each = [select("*", one) for one in questions]
    union = (" UNION " if distinct else " UNION ALL ").join(sql for sql, _ in each)
    found = union, [value for _, values in each for value in values]
    return found if most is None else select("*", found, f"LIMIT {most}")


def numbered(questions: Iterable[Question]) -> list[Question]:
    """With the number of the question before the columns of each row."""
    return [select(f"{number} AS number, part.*", each) for number, each in enumerate(questions)]


def answers(asked: Question) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(*asked)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
