"""Refresh tokens: given out, presented again, exchanged for the next (RFC 6749 §6, RFC 9700 §4.14; extensions.md §10).

Whoever shows one locks its grant, so a family is dealt with one request at a time: of parallel refreshes the first makes
the successor and the others get the same. The database keeps digests; a successor it can hand out again is sealed with a
key that only who holds the predecessor can make.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Now

from apps.applications.models import Application, Grant, RefreshToken
from apps.core import secrets
from apps.core.context import Context
from apps.core.known_statements import KnownQuery, KnownUpdate
from apps.core.new_rows import new_row
from apps.core.statements import Condition

GRACE = timedelta(seconds=10)
LIFETIME = timedelta(days=30)  # of a family whose application does not say
_SEEN_EVERY = timedelta(minutes=1)
_NONCE_BYTES = 12


class Standing(StrEnum):
    GOOD = "good"
    RETRIED = "retried"  # exchanged a moment ago: its successor is handed out again
    REUSED = "reused"  # exchanged long ago: somebody else has it, or had it
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that a client showed. `moment` is the database's clock."""

    token: str = field(repr=False)
    row: RefreshToken
    grant: Grant
    moment: datetime

    @property
    def standing(self) -> Standing:
        row = self.row
        if self.grant.revoked_at or row.revoked or row.expires <= self.moment or not self.grant.user.is_active:
            return Standing.OVER
        if row.consumed_at is None:
            return Standing.GOOD
        return Standing.RETRIED if self.moment < row.consumed_at + GRACE else Standing.REUSED


@dataclass(frozen=True, slots=True)
class Issued:
    """A refresh token in clear, and the row that is new with it and not written yet; none for one handed out again."""

    token: str = field(repr=False)
    rows: tuple[RefreshToken, ...] = ()


def find_presented(application: Application, token: str) -> Presented | None:
    """Locks the family until the transaction ends, then reads it. None for a token that is not the application's."""
    digest = secrets.digest(token)
    grant = _FAMILY.one(digest)
    if grant is None or grant.application_id != application.pk:
        return None
    row = _TOKEN.one(digest)
    return Presented(token, row, grant, row.moment) if row else None


def look_at(application: Application, token: str) -> Presented | None:
    """The same, of a family that is not locked: it holds only if `exchange` then changes it."""
    row = _BOTH.one(secrets.digest(token))
    if row is None or row.grant is None or row.application_id != application.pk:
        return None
    return Presented(token, row, row.grant, row.moment)


def _tokens(digest: str) -> "QuerySet[RefreshToken]":
    """By what is unique alone, as grants are by their codes: no plan for it goes astray."""
    return RefreshToken.objects.filter(token_checksum=digest)


def _families(digest: str) -> "QuerySet[Grant]":
    rows = Grant.objects.select_related("user").filter(pk=Subquery(_tokens(digest).values("grant_id")[:1]))
    return rows.select_for_update(no_key=True, of=("self",))


def _held(grant: UUID) -> "QuerySet[Grant]":
    return Grant.objects.filter(pk=grant, revoked_at=None).select_for_update(no_key=True)


_FAMILY = KnownQuery(_families, str)
_TOKEN = KnownQuery(lambda digest: _tokens(digest).annotate(moment=Now()), str)
_BOTH = KnownQuery(lambda digest: _tokens(digest).select_related("grant__user").annotate(moment=Now()), str)

_EXCHANGE = KnownUpdate(
    lambda pk, grant, now, sealed: (
        RefreshToken.objects.filter(
            pk=pk, grant_id__in=_held(grant).values("pk"), consumed_at=None, revoked=None, expires__gt=Now()
        ),
        {"consumed_at": Now(), "last_used_at": now, "sealed_successor": sealed},
    ),
    UUID,
    UUID,
    datetime,
    bytes,
)


def rotates(application: Application) -> bool:
    """A public client's always. Whoever must prove a key of their own with every use has nothing to gain by it, and a lost
    answer would lose the family (FAPI 2.0 Security Profile §5.3.2.1)."""
    if not application.is_confidential:
        return True
    return application.refresh_token_rotates and not application.requires_dpop


def first(ctx: Context, application: Application, grant: Grant, scope: str) -> Issued:
    """The first of a family: when it ends is settled here, however often it is exchanged."""
    seconds = application.refresh_token_expires_after_seconds
    expires = ctx.now + (timedelta(seconds=seconds) if seconds else LIFETIME)
    return _issue(ctx, grant, secrets.new_token(), scope=scope, expires=expires)


def renew(ctx: Context, application: Application, presented: Presented) -> Issued:
    """What to use from now on: the next of the family, for a retry the one made before, or the same token once more."""
    if presented.row.consumed_at is not None:
        return Issued(_open(presented))
    return _exchange(ctx, presented) if rotates(application) else _keep(ctx, presented)


def exchange(ctx: Context, presented: Presented) -> tuple[Issued, Condition]:
    """The next of the family, and the change that makes it so. It locks the family first, as whoever ends one does, and
    changes nothing of one that has ended."""
    row, successor = presented.row, secrets.new_token()
    values = (row.pk, presented.grant.pk, ctx.now, _seal(presented, successor))
    issued = _issue(ctx, presented.grant, successor, scope=row.scope, expires=row.expires)
    return issued, Condition(_EXCHANGE, values)


def _exchange(ctx: Context, presented: Presented) -> Issued:
    """The family is locked, so the UPDATE is lost only by a bug. Raises ValueError."""
    issued, condition = exchange(ctx, presented)
    if not condition.holds():
        raise ValueError("a refresh token was exchanged although its family is locked")
    return issued


def _keep(ctx: Context, presented: Presented) -> Issued:
    last = presented.row.last_used_at
    if last is None or ctx.now - last > _SEEN_EVERY:
        RefreshToken.objects.filter(pk=presented.row.pk).update(last_used_at=ctx.now)
    return Issued(presented.token)


def _issue(ctx: Context, grant: Grant, token: str, *, scope: str, expires: datetime) -> Issued:
    row = new_row(
        RefreshToken,
        tenant_id=grant.tenant_id,
        realm_id=grant.realm_id,
        application_id=grant.application_id,
        user_id=grant.user_id,
        jti=secrets.new_token(24),
        token_checksum=secrets.digest(token),
        token_suffix=token[-6:],
        scope=scope,
        expires=expires,
        issued_at=ctx.now,
        session_id=grant.session_id,
        grant_id=grant.pk,
    )
    return Issued(token, (row,))


def _seal(presented: Presented, successor: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_key(presented.token)).encrypt(nonce, successor.encode(), presented.row.jti.encode())


def _open(presented: Presented) -> str:
    """Raises ValueError when there is nothing to open, or it was changed or moved."""
    try:
        sealed = bytes(presented.row.sealed_successor or b"")
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return AESGCM(_key(presented.token)).decrypt(nonce, body, presented.row.jti.encode()).decode()
    except InvalidTag:
        raise ValueError("the successor of a refresh token does not open") from None


def _key(token: str) -> bytes:
    """From the token itself, which is 256 random bits and stored nowhere."""
    return HKDF(SHA256(), 32, salt=None, info=b"identity-cloud refresh token successor").derive(token.encode())
