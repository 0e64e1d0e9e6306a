"""One-time codes as rows: what may be sent, what was, and how often it was guessed (contract/extensions.md §5).

What guards them is counted here, in the database: it outlives the cache, a crash and every rolled-back attempt.
"""

import secrets as random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Now

from apps.authentication.models import CodeAllowance, LoginFlow, OneTimeCode, Recovery, WrongCodes
from apps.core import names, secrets
from apps.core.context import Context
from apps.core.errors import RateLimited
from apps.directory.models import Identity
from apps.realms.models import Realm

LIFE = timedelta(minutes=10)
DIGITS = 6
TRIES = 3
PER_HOUR = 5
PER_DAY = 20
FAILURES_IN_A_ROW = 100  # NIST SP 800-63B-4 §3.2.2
FORGOTTEN_AFTER = timedelta(days=30)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_CODES, _ADDRESSES = "one_time_code", "one_time_code.address"

Holder = LoginFlow | Recovery  # what a code is asked for


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a code is for. `identity` None and `may_sign_up`: somebody new. Neither: nobody, for the `reason` given."""

    address: str
    identity: Identity | None = None
    may_sign_up: bool = False
    reason: str = ""

    @property
    def is_somebody(self) -> bool:
        return self.identity is not None or self.may_sign_up


@dataclass(frozen=True, slots=True)
class Fresh:
    """A code in clear, which exists only here and in the mail."""

    row: OneTimeCode
    code: str


def allowance_of(ctx: Context, realm: Realm, address: str) -> CodeAllowance:
    """Held until the transaction ends. Raises RateLimited when the address was sent as many codes as it may be."""
    allowance = _hold(ctx, realm, address)
    _require_left(ctx.now, OneTimeCode.objects.filter(allowance=allowance))
    return allowance


def recovery_allowance_of(ctx: Context, realm: Realm, address: str) -> CodeAllowance:
    """The same for links that lead back in, as many again."""
    allowance = _hold(ctx, realm, address)
    _require_left(ctx.now, Recovery.objects.filter(allowance=allowance))
    return allowance


def _hold(ctx: Context, realm: Realm, address: str) -> CodeAllowance:
    digest = secrets.keyed_digest(names.comparison_key(address), f"{_ADDRESSES}:{realm.pk}")
    CodeAllowance.objects.bulk_create(
        [
            CodeAllowance(
                realm=realm, tenant_id=realm.tenant_id, address_digest=digest, created_at=ctx.now, updated_at=ctx.now
            )
        ],
        ignore_conflicts=True,
    )
    return CodeAllowance.objects.select_for_update().get(realm=realm, address_digest=digest)


def _require_left(now: datetime, sent: "QuerySet[OneTimeCode] | QuerySet[Recovery]") -> None:
    last_hour = Q(created_at__gt=now - _HOUR)
    spent = sent.filter(created_at__gt=now - _DAY).aggregate(
        of_hour=Count("pk", filter=last_hour),
        first_of_hour=Min("created_at", filter=last_hour),
        of_day=Count("pk"),
        first_of_day=Min("created_at"),
    )
    for used, limit, first, span in (
        (spent["of_day"], PER_DAY, spent["first_of_day"], _DAY),
        (spent["of_hour"], PER_HOUR, spent["first_of_hour"], _HOUR),
    ):
        if used >= limit:
            raise RateLimited(max(1, int((first + span - now).total_seconds())), requests=limit)


def insert_code(ctx: Context, holder: Holder, allowance: CodeAllowance, addressee: Addressee) -> Fresh:
    """Takes the place of the one before it. The same statements, whoever it is for."""
    of_holder = _of(holder)
    OneTimeCode.objects.filter(**of_holder, replaced_at=None).update(replaced_at=ctx.now)
    code = f"{random.randbelow(10**DIGITS):0{DIGITS}}"
    row = OneTimeCode(
        realm_id=holder.realm_id,
        tenant_id=holder.tenant_id,
        allowance=allowance,
        identity=addressee.identity if addressee.is_somebody else None,
        address=addressee.address,
        was_sent=addressee.is_somebody,
        expires_at=ctx.now + LIFE,
        created_at=ctx.now,
        updated_at=ctx.now,
        **of_holder,
    )
    row.code_digest = secrets.keyed_digest(f"{row.pk}:{code}", _CODES)
    OneTimeCode.objects.bulk_create([row])
    return Fresh(row, code)


def latest_code(holder: Holder) -> OneTimeCode | None:
    """The one that took the place of all before it, dead or alive."""
    rows = OneTimeCode.objects.select_related("identity", "allowance").filter(**_of(holder), replaced_at=None)
    return rows.order_by("-pk").first()


def is_open(ctx: Context, code: OneTimeCode) -> bool:
    return code.redeemed_at is None and code.tries < TRIES and code.expires_at > ctx.now


def take_try(code: OneTimeCode) -> bool:
    """Before anybody looks whether it is right, and outside their transaction: of any number at once at most three are
    looked at. False when there is none left, or the code is over, by the database's clock."""
    live = OneTimeCode.objects.filter(
        pk=code.pk, redeemed_at=None, replaced_at=None, tries__lt=TRIES, expires_at__gt=Now()
    )
    if live.update(tries=F("tries") + 1) != 1:
        return False
    code.tries = OneTimeCode.objects.values_list("tries", flat=True).get(pk=code.pk)
    return True


def is_right(code: OneTimeCode, given: str) -> bool:
    """As much work for a code that was never sent, which nothing redeems."""
    right = secrets.keyed_matches(f"{code.pk}:{given}", code.code_digest, _CODES)
    return right and code.was_sent


def redeem(code: OneTimeCode) -> bool:
    """For one winner."""
    return OneTimeCode.objects.filter(pk=code.pk, redeemed_at=None, replaced_at=None).update(redeemed_at=Now()) == 1


def count_failure(ctx: Context, code: OneTimeCode) -> None:
    CodeAllowance.objects.filter(pk=code.allowance_id).update(failures=F("failures") + 1, updated_at=ctx.now)


def forgive(ctx: Context, code: OneTimeCode) -> None:
    CodeAllowance.objects.filter(pk=code.allowance_id).update(failures=0, updated_at=ctx.now)


def is_exhausted(allowance: CodeAllowance) -> bool:
    """So many wrong codes in a row that no more are sent until they are forgotten; passkeys and links go on."""
    return allowance.failures >= FAILURES_IN_A_ROW


def forget(ctx: Context) -> int:
    """Maintenance: codes of more than a day ago, and addresses nobody asked about for a month."""
    gone, _ = OneTimeCode.objects.filter(created_at__lt=ctx.now - _DAY).delete()
    recoveries, _ = Recovery.objects.filter(expires_at__lt=ctx.now - _DAY).delete()
    unasked = CodeAllowance.objects.filter(updated_at__lt=ctx.now - FORGOTTEN_AFTER, codes=None, recoveries=None)
    return gone + recoveries + unasked.delete()[0]


def remove_codes(realm: Realm) -> None:
    """With the realm."""
    OneTimeCode.objects.filter(realm=realm).delete()
    CodeAllowance.objects.filter(realm=realm).delete()
    Recovery.objects.filter(realm=realm).delete()
    WrongCodes.objects.filter(realm=realm).delete()


def _of(holder: Holder) -> dict[str, Holder]:
    return {"flow": holder} if isinstance(holder, LoginFlow) else {"recovery": holder}
