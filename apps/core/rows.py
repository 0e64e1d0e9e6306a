"""What every row of a realm carries (which tenant and realm it is of, when it came and changed), and how lists are walked.

Times are set by the verbs from `ctx.now`, not by the model: one clock a call. The foreign keys name their apps as
strings, so core still imports nothing above it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.db.models.sql.where import WhereNode

from apps.core import ids
from apps.core.errors import NotFound, PreconditionFailed
from apps.core.planning import planned_for_its_values


class TimedRow(models.Model):
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


class ChangedMeanwhile(PreconditionFailed):
    """The row is no longer what the caller read."""


def require_unchanged(row: TimedRow, seen_at: datetime | None, now: datetime) -> None:
    """First thing inside an attempt: raises ChangedMeanwhile unless the row's `updated_at` is still the one the caller read
    (None asks nothing). It is an update, not a question, so of two callers who read the same one wins."""
    if seen_at is None:
        return
    same = type(row)._default_manager.filter(pk=row.pk, updated_at=seen_at)
    if same.update(updated_at=now) != 1:
        raise ChangedMeanwhile("somebody else changed it meanwhile")


def hold(row: models.Model) -> None:
    """Locks the row until the transaction ends and reads its own columns anew, so that what is decided by them stays true.
    Raises NotFound when it is gone. Whoever holds several takes identities first, then groups, resource servers, roles."""
    columns = [field.attname for field in row._meta.concrete_fields if not field.is_relation]
    standing_still = type(row)._default_manager.select_for_update(no_key=True)
    try:
        row.refresh_from_db(fields=columns, from_queryset=standing_still)
    except ObjectDoesNotExist:
        raise NotFound(type(row).__name__, str(row.pk)) from None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list. `after` is the cursor of the next page down, `before` of the page above; "" where there is none."""

    rows: list[Any]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Key:
    """What a list may be ordered by: a column, or as `folded` its letters whatever their case. Where rows may share a value
    their ids decide, unless it `is_unique` in any list. Where it may be null (`or_never`), that comes before everything."""

    column: str = "pk"
    descending: bool = False
    folded: bool = False
    is_unique: bool = False
    or_never: bool = False

    @property
    def expression(self) -> Any:
        return Lower(self.column) if self.folded else F(self.column)

    @property
    def decides_alone(self) -> bool:
        return self.column == "pk" or self.is_unique


BY_ID, NEWEST = Key(), Key(descending=True)


class Sorts:
    """By what a list may be sorted, by the names that addresses use: `name`, and `-name` for the other way around. What is
    slow to sort by has no name here."""

    def __init__(self, default: str, **keys: Key) -> None:
        """A key's own direction is the one that people mean first: the newest, but A before B."""
        self.default, self.keys = default, keys

    def chosen(self, asked: str) -> str:
        """`asked`, or the usual for what is no such name."""
        return asked if asked.removeprefix("-") in self.keys else self.default

    def key(self, asked: str) -> Key:
        chosen = self.chosen(asked)
        return replace(self.keys[chosen.removeprefix("-")], descending=chosen.startswith("-"))


def walk(of_realm: Any, rows: Any, key: Key, before: str, after: str, size: int) -> Page:
    """A walk by keyset, over `rows` of `of_realm`. A cursor that is the id of nothing there shows the first page."""
    edge = _edge(of_realm, key, before or after)
    with planned_for_its_values():
        return _page(rows, key, edge, size, upwards=bool(before) and edge is not None)


def walk_near(
    of_realm: Any, rows: Any, key: Key, before: str, after: str, size: int, *, near: int, otherwise: Callable[[], Any]
) -> Page:
    """The same where hardly any of `of_realm` may be among `rows`, each of which it is dear to know: those of the next
    `near` are asked, and if they do not fill a page, whatever rows `otherwise` finds another way."""
    edge = _edge(of_realm, key, before or after)
    upwards = bool(before) and edge is not None
    descending = upwards != key.descending
    with planned_for_its_values():
        if near:
            ahead = _walked(of_realm, key, descending=descending, beyond=edge).annotate(value=key.expression)
            last = list(ahead.values_list("value", flat=True)[near : near + 1])
            past = "gte" if descending else "lte"
            inside = rows.alias(value=key.expression).filter(**{f"value__{past}": each for each in last})
            found = _page(inside, key, edge, size, upwards=upwards)
            if (found.before if upwards else found.after) or not last:
                return found
        return _page(otherwise(), key, edge, size, upwards=upwards)


def _page(rows: Any, key: Key, edge: tuple[Any, Any] | None, size: int, *, upwards: bool) -> Page:
    found = list(_walked(rows, key, descending=upwards != key.descending, beyond=edge)[: size + 1])
    more, found = len(found) > size, found[:size]
    if upwards:
        found.reverse()
    above, below = (more, bool(found)) if upwards else (edge is not None and bool(found), more)
    return Page(found, str(found[0].pk) if above else "", str(found[-1].pk) if below else "")


def _edge(of_realm: Any, key: Key, cursor: str) -> tuple[Any, Any] | None:
    """(value, id) of the row that the cursor names."""
    if not cursor:
        return None
    wanted = ids.parse_uuid(cursor) if isinstance(of_realm.model._meta.pk, models.UUIDField) else cursor
    found: tuple[Any, Any] | None = of_realm.filter(pk=wanted).values_list(key.expression, "pk").first()
    return found


def _walked(rows: Any, key: Key, *, descending: bool, beyond: tuple[Any, Any] | None) -> Any:
    if key.decides_alone:
        return in_order(rows, key.column, descending=descending, beyond=beyond[0] if beyond else None)
    rows = rows.alias(sorted_by=key.expression)
    if beyond is not None:
        rows = rows.filter(_past(*beyond, "lt" if descending else "gt"))
    column = F("sorted_by")
    if key.or_never:
        by = column.desc(nulls_last=True) if descending else column.asc(nulls_first=True)
    else:
        by = column.desc() if descending else column.asc()
    return rows.order_by(by, "-pk" if descending else "pk")


def _past(value: Any, pk: Any, past: str) -> Q:
    """Rows beyond this one. The first condition, that of the value alone, is what an index is entered by."""
    beside = Q(**{f"pk__{past}": pk})
    if value is None:
        alike = Q(sorted_by=None) & beside
        return alike if past == "lt" else alike | Q(sorted_by__isnull=False)
    further = Q(**{f"sorted_by__{past}e": value}) & (Q(**{f"sorted_by__{past}": value}) | beside)
    return further | Q(sorted_by=None) if past == "lt" else further


def in_order(rows: Any, column: str, *, descending: bool = False, beyond: Any = None) -> Any:
    """`rows` by the column, only those past `beyond`.

    The first and the last page of a whole realm by its primary key are asked for as a range of realms. For `realm = x`
    PostgreSQL knows the realm to be one value, takes ORDER BY realm, id for ORDER BY id, and may walk the primary key past
    the rows of every other realm; by a range only the index (realm, id) has that order. A page further on begins at its key,
    and with another condition `realm = x` finds better indexes.
    """
    sign, past = ("-", "lt") if descending else ("", "gt")
    if beyond is not None:
        return rows.filter(**{f"{column}__{past}": beyond}).order_by(f"{sign}{column}")
    realm_id = _whole_realm(rows) if column in ("pk", rows.model._meta.pk.name) else None
    if realm_id is None or connection.vendor != "postgresql":
        return rows.order_by(f"{sign}{column}")
    rows = rows.all()
    rows.query.where = WhereNode()
    in_range = rows.filter(realm_id__gte=realm_id, realm_id__lte=realm_id)
    return in_range.order_by(f"{sign}realm_id", f"{sign}pk")


def _whole_realm(rows: Any) -> str | None:
    """The realm's id, where nothing is asked of the rows but that they are of it."""
    conditions = rows.query.where
    if conditions.negated or len(conditions.children) != 1:
        return None
    (only,) = conditions.children
    of_realm = isinstance(only, Exact) and getattr(getattr(only.lhs, "target", None), "attname", "") == "realm_id"
    return only.rhs if of_realm and isinstance(only.rhs, str) else None


class RealmRow(TimedRow):
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    realm = models.ForeignKey("realms.Realm", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class MadeByRequests(models.Model):
    """What requests leave by the thousand. The person or the application that a row is of is checked to be there, and
    their realm and its tenant stand as long as they do: to check and to index these too would cost as much again."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    realm = models.ForeignKey(
        "realms.Realm", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        abstract = True


def require_same_realm(realm_id: str, *things: "RealmRow | None") -> None:
    """Raises NotFound for a thing of another realm: a foreign key alone would take it."""
    for thing in things:
        if thing is not None and thing.realm_id != realm_id:
            raise NotFound(type(thing).__name__, str(thing.pk))


class ShortIdField(models.CharField):
    """A primary key of 16 lower hex (contract/extensions.md §3)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"primary_key": True, "max_length": 16, "default": ids.short_id, "editable": False, **options}
        )
