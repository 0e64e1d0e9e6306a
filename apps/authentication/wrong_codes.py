"""How many wrong codes one client, and one realm, may give in an hour: a guess at each of many people's codes is a guess all
the same (contract/extensions.md §5). Beside the tries of a code and the failures of an address, which see one person.

Counted in the database, in the transaction that tells of the refusal: it outlives the cache, a restart and whatever was
rolled back. Many who try at the same moment are all let try, which is as many as are worked on at a time.
"""

from datetime import datetime, timedelta

from django.db.models import F

from apps.authentication.models import WrongCodes
from apps.core import secrets
from apps.core.addresses import subscriber
from apps.core.context import Context
from apps.core.errors import RateLimited
from apps.realms.models import Realm

OF_ONE_CLIENT = 30
IN_ONE_REALM = 1000
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_PURPOSE = "wrong_codes"


def require_left(ctx: Context, realm: Realm) -> None:
    """Before a code is looked at. A client is counted in whichever realm it was wrong. Raises RateLimited."""
    client, everybody = _client(ctx), _everybody(realm)
    rows = WrongCodes.objects.filter(subject_digest__in=[client, everybody], began_at__gt=ctx.now - _HOUR)
    found = list(rows.values_list("subject_digest", "number", "began_at"))
    for subject, most in ((client, OF_ONE_CLIENT), (everybody, IN_ONE_REALM)):
        of_subject = [(number, began_at) for each, number, began_at in found if each == subject]
        if sum(number for number, _ in of_subject) >= most:
            raise RateLimited(_seconds_left(ctx, min(began_at for _, began_at in of_subject)), requests=most)


def count(ctx: Context, realm: Realm) -> None:
    """One more: of the client first and of the realm last, so that no two wait for each other."""
    for subject in (_client(ctx), _everybody(realm)):
        row = WrongCodes.objects.filter(subject_digest=subject, realm=realm)
        if _one_more(ctx, realm, subject):
            continue
        begun = row.filter(began_at__lte=ctx.now - _HOUR).update(number=1, began_at=ctx.now, updated_at=ctx.now)
        if not begun:
            WrongCodes.objects.bulk_create([_first(ctx, realm, subject)], ignore_conflicts=True)
            _one_more(ctx, realm, subject)


def forget(ctx: Context) -> int:
    """Maintenance: hours that are over."""
    return WrongCodes.objects.filter(began_at__lt=ctx.now - _DAY).delete()[0]


def _one_more(ctx: Context, realm: Realm, subject: str) -> bool:
    """In the hour that is running, if one is."""
    running = WrongCodes.objects.filter(subject_digest=subject, realm=realm, began_at__gt=ctx.now - _HOUR)
    return bool(running.update(number=F("number") + 1, updated_at=ctx.now))


def _first(ctx: Context, realm: Realm, subject: str) -> WrongCodes:
    return WrongCodes(
        realm=realm,
        tenant_id=realm.tenant_id,
        subject_digest=subject,
        began_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def _seconds_left(ctx: Context, began_at: datetime) -> int:
    return max(1, int((began_at + _HOUR - ctx.now).total_seconds()))


def _client(ctx: Context) -> str:
    """Keyed, so that the rows are no list of addresses."""
    return secrets.keyed_digest(f"client {subscriber(ctx.client.ip)}", _PURPOSE)


def _everybody(realm: Realm) -> str:
    return secrets.keyed_digest(f"realm {realm.pk}", _PURPOSE)
