"""Exports of events: asked for, written out while they are read, and told how far they are (docs/decisions/0027).

The row is for who waits: whatever writes the file out notes every second how far it is, and learns in the same statement
that somebody cancelled. That it could not be noted is no reason to break a file off.
"""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, NotFound, Violation
from apps.core.rows import NEWEST, Page, Sorts, walk
from apps.directory.models import Identity
from apps.events import counting, exporting, searching
from apps.events.attempt import Draft, attempt
from apps.events.filtering import EventFilter
from apps.events.types import EventType
from apps.inquiries.models import QUERY_LENGTH, EventExport, ExportState
from apps.realms.models import Realm

FORMATS: dict[str, Callable[..., Iterator[bytes]]] = {"ndjson": exporting.ndjson, "csv": exporting.csv_table}
_CUT_SHORT = {"ndjson": b'{"cut_short":true}\n', "csv": b'"THIS FILE IS NOT WHOLE: the export was cut short"\r\n'}
EXPORT_SORTS = Sorts("-asked", asked=NEWEST)
KEPT = 10  # of one administrator in one realm; they are but notes
_UNDER_WAY = (ExportState.READY, ExportState.RUNNING)
_NOTED_EVERY_SECONDS = 1.0
_SILENT = timedelta(minutes=2)
_PERSONAL = frozenset({"q", "ip"})


class ExportMovedOn(Conflict):
    """Its file was read already, or it is over."""

    code = "conflict"


def exports_of(realm: Realm, owner: Identity) -> "QuerySet[EventExport]":
    """Newest first."""
    return EventExport.objects.filter(realm=realm, owner=owner).order_by("-created_at", "-pk")


def page_of_exports(
    realm: Realm, owner: Identity, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 20
) -> Page:
    """`text` stands somewhere in what was asked for, or is the format. A cursor is the id of one of their exports."""
    found = every = exports_of(realm, owner)
    if text:
        found = every.filter(Q(query__icontains=text) | Q(format__iexact=text))
    return walk(every, found, EXPORT_SORTS.key(sort), before, after, size)


def get_export(realm: Realm, owner: Identity, export_id: str) -> EventExport:
    found = exports_of(realm, owner).filter(pk=export_id[:16]).first()
    if found is None:
        raise NotFound("EventExport", export_id)
    return found


def is_silent(export: EventExport, now: datetime) -> bool:
    """Whatever wrote it out died without a word."""
    return export.state == ExportState.RUNNING and export.updated_at < now - _SILENT


def end_silent(ctx: Context) -> int:
    """Says in the rows what reading them says already. Returns of how many."""
    silent = EventExport.objects.filter(state=ExportState.RUNNING, updated_at__lt=ctx.now - _SILENT)
    return silent.update(state=ExportState.BROKEN, finished_at=ctx.now)


def tell_export(ctx: Context, realm: Realm, *, form: str, told: Mapping[str, Any]) -> None:
    """For a file that is answered at once and of which nothing is kept here: who took what, before the first byte."""
    with attempt(ctx, EventType.REALM_CHANGE, realm, action="EXPORT_EVENTS") as event:
        _tell_filter(event, form, told)


def ask_for_export(
    ctx: Context, realm: Realm, owner: Identity, wanted: EventFilter, *, form: str, query: str, told: dict[str, Any]
) -> EventExport:
    """`form` is one of FORMATS, `query` what the page needs to ask for the same again, `told` the filters as the record
    tells them. The event is written now: it says who took what. Raises Invalid."""
    with attempt(ctx, EventType.REALM_CHANGE, realm, action="EXPORT_EVENTS") as event:
        _tell_filter(event, form, told)
        if owner.tenant_id != realm.tenant_id:
            raise NotFound("Identity", owner.pk)
        if form not in FORMATS or len(query) > QUERY_LENGTH:
            raise Invalid(Violation("query", "not a query of the events' page"))
        export = EventExport.objects.create(
            realm=realm, tenant_id=realm.tenant_id, owner=owner, format=form, query=query,
            created_at=ctx.now, updated_at=ctx.now,
        )  # fmt: skip
        event.target(export, "")
        older = exports_of(realm, owner).values_list("pk", flat=True)[KEPT:]
        EventExport.objects.filter(pk__in=list(older)).exclude(state=ExportState.RUNNING).delete()
    export.total, export.is_estimated = _expected(realm, wanted, ctx.now)  # with the event that was just written
    EventExport.objects.filter(pk=export.pk).update(total=export.total, is_estimated=export.is_estimated)
    return export


def _tell_filter(event: Draft, form: str, told: Mapping[str, Any]) -> None:
    """Who is looked for, by words or by address, is personal (contract/extensions.md §7)."""
    event.data |= {"format": form, "filter": {name: value for name, value in told.items() if name not in _PERSONAL}}
    if personal := {name: value for name, value in told.items() if name in _PERSONAL}:
        event.data["personal"] = {"filter": personal}


def cancel_export(ctx: Context, export: EventExport) -> None:
    """The file breaks off within a second or two. Raises ExportMovedOn for one that is over."""
    with attempt(ctx, EventType.REALM_CHANGE, export.realm, action="CANCEL_EXPORT") as event:
        event.target(export, "")
        under_way = EventExport.objects.filter(pk=export.pk, state__in=_UNDER_WAY)
        if under_way.update(state=ExportState.CANCELLED, finished_at=ctx.now, updated_at=ctx.now) != 1:
            raise ExportMovedOn("this export is over already")


def write_out(export: EventExport, wanted: EventFilter) -> Iterator[bytes]:
    """The file, once. Raises ExportMovedOn before the first byte; cancelled, it ends with a line that says so."""
    now = timezone.now()
    ready = EventExport.objects.filter(pk=export.pk, state=ExportState.READY)
    if ready.update(state=ExportState.RUNNING, begun_at=now, updated_at=now) != 1:
        raise ExportMovedOn("this file was begun or cancelled already; ask for another one")
    return _File(export, wanted)


class _File:
    """Its bytes. A server closes an answer that nobody reads any more, begun or not; a generator that was not begun would
    not notice."""

    def __init__(self, export: EventExport, wanted: EventFilter) -> None:
        self._progress = _Progress(export.pk)
        self._chunks = _written(export, wanted, self._progress)

    def __iter__(self) -> "_File":
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        self._chunks.close()
        self._progress.end(ExportState.BROKEN)


def _written(export: EventExport, wanted: EventFilter, progress: "_Progress") -> Generator[bytes]:
    """A server may end an answer that broke off as one that is over, so the last line tells."""
    try:
        for chunk in FORMATS[export.format](export.realm, wanted, tell=progress.count):
            if progress.is_cancelled():
                yield _CUT_SHORT[export.format]
                return
            progress.size += len(chunk)
            yield chunk
    except Exception:
        progress.end(ExportState.BROKEN)
        yield _CUT_SHORT[export.format]
        raise
    progress.end(ExportState.DONE)


class _Progress:
    def __init__(self, export_id: str) -> None:
        self.export_id, self.events, self.size = export_id, 0, 0
        self._noted = time.monotonic()

    def count(self, events: int) -> None:
        self.events += events

    def is_cancelled(self) -> bool:
        """Asks, and notes how far it is, once a second."""
        if time.monotonic() - self._noted < _NOTED_EVERY_SECONDS:
            return False
        self._noted = time.monotonic()
        return self._update() == 0

    def end(self, state: ExportState) -> None:
        """Whatever it ended as before stands."""
        self._update(state=state, finished_at=timezone.now())

    def _update(self, **news: Any) -> int:
        running = EventExport.objects.filter(pk=self.export_id, state=ExportState.RUNNING)
        try:
            return running.update(written=self.events, size=self.size, updated_at=timezone.now(), **news)
        except OperationalError:
            return -1


def remove_exports(realm: Realm) -> None:
    """With the realm they are of. Registered with realms."""
    EventExport.objects.filter(realm=realm).delete()


def _expected(realm: Realm, wanted: EventFilter, now: datetime) -> tuple[int, bool]:
    """(how many, whether that is an estimate): counted where they are few, from samples where they are many."""
    counted = searching.count(realm, wanted)
    if not counted.is_capped:
        return counted.size, False
    first = wanted.start or _first_moment(realm) or now
    buckets = counting.histogram(realm, wanted, first, min(wanted.end or now, now))
    return max(counted.size, sum(sum(bucket.counts.values()) for bucket in buckets)), True


def _first_moment(realm: Realm) -> datetime | None:
    oldest = searching.search(realm, EventFilter(), size=1, ascending=True).events
    return oldest[0].occurred_at if oldest else None
