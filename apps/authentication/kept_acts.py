"""What an administrator asked for at the console while their proof was too old: kept whole until they press again.

Nothing here does it. It is shown once more to the same session in the same browser, and sent again by the person.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from apps.authentication.models import KeptAct, Session
from apps.core import ids, secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, NotFound, Violation
from apps.events.attempt import attempt
from apps.events.types import EventType

LIFE = timedelta(minutes=15)
LARGEST = 262_144
_AT_ONCE = 10  # of one session; the oldest make room


class SpentAct(Conflict):
    """It was sent before, or it is too old."""


@dataclass(frozen=True, slots=True)
class Act:
    """`label` is the button's word, `place` the realm it is done in, `path` where it is posted to, `back` the page it was
    pressed on."""

    label: str
    place: str
    path: str
    back: str
    fields: Sequence[tuple[str, str]]


def keep(ctx: Context, session: Session, browser: str, act: Act) -> str:
    """Its id. `browser` is a secret that this browser alone keeps. Raises Invalid for what is too large to keep."""
    content = json.dumps([act.label, act.place, act.path, act.back, list(act.fields)]).encode()
    if len(content) > LARGEST:
        raise Invalid(Violation("act", "is too large to be kept; confirm with your passkey first, then send it"))
    with attempt(ctx, EventType.CONSOLE_SIGN_IN, session.realm, action="ASK_PROOF") as event:
        event.target(session.identity)
        pk = ids.uuid7()
        KeptAct.objects.create(
            pk=pk,
            tenant_id=session.tenant_id,
            realm_id=session.realm_id,
            session=session,
            browser_digest=secrets.digest(browser),
            sealed_content=secrets.seal(content, _purpose(pk)),
            expires_at=ctx.now + LIFE,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        older = KeptAct.objects.filter(session=session).order_by("-pk").values_list("pk", flat=True)[_AT_ONCE:]
        KeptAct.objects.filter(pk__in=list(older)).delete()
    return str(pk)


def get_act(ctx: Context, session: Session, browser: str, act_id: str) -> Act:
    """Raises NotFound: another session's, another browser's, too old, sent already."""
    row = _waiting(ctx, session, browser, act_id).first()
    if row is None:
        raise NotFound("KeptAct", act_id)
    label, place, path, back, fields = json.loads(secrets.unseal(row.sealed_content, _purpose(row.pk)))
    return Act(label, place, path, back, [(name, value) for name, value in fields])


def spend(ctx: Context, session: Session, browser: str, act_id: str) -> None:
    """Once. Raises SpentAct."""
    if _waiting(ctx, session, browser, act_id).update(spent_at=ctx.now, updated_at=ctx.now) != 1:
        raise SpentAct("this was sent before, or waited too long")


def fields_of(posted: Mapping[str, Sequence[str]], without: frozenset[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in posted.items() if name not in without for value in values]


def _waiting(ctx: Context, session: Session, browser: str, act_id: str) -> "QuerySet[KeptAct]":
    return KeptAct.objects.filter(
        pk=ids.parse_uuid(act_id),
        session=session,
        browser_digest=secrets.digest(browser),
        spent_at=None,
        expires_at__gt=ctx.now,
    )


def _purpose(pk: UUID) -> str:
    return f"kept_act.content:{pk}"
