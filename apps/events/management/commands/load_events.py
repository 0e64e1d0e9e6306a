import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import JSONField, Max
from django.utils import timezone

from apps.core import ids
from apps.core.statements import insert
from apps.events import permitted, sealing
from apps.events.models import Event, EventTarget, Log
from apps.events.types import EventType

_BATCH = 10_000
_KINDS = (
    (EventType.TOKEN_REQUEST, "SUCCESS", 40), (EventType.AUTHENTICATION_TRANSACTION, "ALLOW", 20),
    (EventType.POLICY_EVALUATION, "ALLOW", 20), (EventType.SESSION_CHANGE, "SUCCESS", 10),
    (EventType.AUTHENTICATION_TRANSACTION, "DENY", 4), (EventType.IDENTITY_CHANGE, "SUCCESS", 4),
    (EventType.TOKEN_REQUEST, "INVALID_CLIENT", 1), (EventType.API_REQUEST_DENIED, "INSUFFICIENT_SCOPE", 1),
)  # fmt: skip
_WEIGHTS = list(accumulate(weight for *_, weight in _KINDS))
_RARE = (EventType.ROLE_CHANGE, "WOULD_LOCK_OUT")
_ONE_RARE_IN = 50_000


class Command(BaseCommand):
    help = (
        "Fills a realm's record with made-up events, spread evenly over the days before now, to measure with. "
        "They are events like any other: they are sealed, and go when their time is over."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--realm", required=True, help="the realm's id")
        parser.add_argument("--tenant", required=True, help="its tenant's id")
        parser.add_argument("--count", type=int, default=100_000)
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--people", type=int, default=10_000)
        parser.add_argument("--seal", action="store_true", help="seal them, too, before ending")

    def handle(
        self, *args: object, realm: str, tenant: str, count: int, days: int, people: int, seal: bool, **options: object
    ) -> None:
        if min(count, days, people) < 1:
            raise CommandError("count, days and people are at least 1")
        permitted.keep_ahead(timezone.now().date() - timedelta(days=days), days // 7 + 3)
        maker = _Maker(realm, tenant, people, timezone.now() - timedelta(days=days), timedelta(days=days) / count)
        for first in range(0, count, _BATCH):
            events = [maker.event(number) for number in range(first, min(first + _BATCH, count))]
            _write(events)
            self.stdout.write(f"{first + len(events)} of {count}")
        if connection.vendor == "postgresql":
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")  # of millions it takes longer than a request may
                cursor.execute("ANALYZE events_event")
                cursor.execute("ANALYZE events_eventtarget")
        if seal:
            sealing.seal_all()
            self.stdout.write(f"{Log.objects.aggregate(most=Max('size'))['most']} events in the longest log")


class _Maker:
    """Chance with a fixed seed: the same call makes the same people, types and outcomes."""

    def __init__(self, realm_id: str, tenant_id: str, people: int, start: datetime, step: timedelta) -> None:
        self.realm_id, self.tenant_id, self.people, self.start, self.step = realm_id, tenant_id, people, start, step
        self.chance = random.Random(7)  # noqa: S311 - nothing secret is made of it
        self.application = str(uuid.UUID(int=7))
        self.flow = ""

    def event(self, number: int) -> Event:
        (kind,) = self.chance.choices(_KINDS, cum_weights=_WEIGHTS)
        if number % _ONE_RARE_IN == _ONE_RARE_IN - 1:
            kind = (*_RARE, 0)
        person = self.chance.randrange(self.people)
        moment = self.start + self.step * number
        if number % 4 == 0:
            self.flow = str(ids.uuid7())
        return Event(
            id=uuid.UUID(int=_id_at(moment) | self.chance.getrandbits(62)),
            tenant_id=self.tenant_id,
            realm_id=self.realm_id,
            type=kind[0],
            occurred_at=moment,
            recorded_at=moment,
            correlation_id=self.flow,
            outcome=kind[1],
            actor_type="identity",
            actor_id=f"{person:016x}",
            actor_display_name=f"Person {person}",
            targets=[{"type": "application", "id": self.application, "display_name": "Shop"}],
            client_ip=f"198.51.{person // 250 % 250}.{person % 250}",
            client_user_agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/142.0.0.0 Safari/537.36",
            client_country="DE",
            data={"grant_type": "authorization_code", "scope": "openid profile", "application_id": self.application},
        )


def _id_at(moment: datetime) -> int:
    """A UUIDv7 of that millisecond, its random part empty."""
    return int(moment.astimezone(UTC).timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62


def _write(events: list[Event]) -> None:
    targets = [
        EventTarget(realm_id=event.realm_id, target_id=target["id"], event_id=event.pk)
        for event in events
        for target in event.targets
    ]
    if connection.vendor != "postgresql":
        insert(*events, *targets)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for rows in (events, targets):
            fields = rows[0]._meta.concrete_fields
            names = ", ".join(f'"{field.column}"' for field in fields)
            with cursor.copy(f"COPY {rows[0]._meta.db_table} ({names}) FROM STDIN") as copy:
                for values in _prepared(rows, fields):
                    copy.write_row(values)


def _prepared(rows: list[Any], fields: Any) -> Iterator[list[Any]]:
    """As COPY takes them. Much of a load's time is spent here: the field's own preparation takes three times as long."""
    columns = [(field.attname, isinstance(field, JSONField)) for field in fields]
    for row in rows:
        values = ((getattr(row, name), is_json) for name, is_json in columns)
        yield [json.dumps(value) if is_json and value is not None else value for value, is_json in values]
