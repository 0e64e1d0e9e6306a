"""Challenges: what a passkey signs, once and within five minutes, to answer a login flow or to let another device in.

A challenge says itself when it was made, so that its age costs neither a column nor a statement: four bytes of seconds since
1970, then 28 random ones (WebAuthn L3 §13.4.3 asks for 16). A person may take longer than that; a page that is still open,
or an SDK whose proof came too late, is given the next one.
"""

import secrets as random
from datetime import timedelta

from apps.core import secrets
from apps.core.context import Context

LIFE = timedelta(minutes=5)
WORN = timedelta(minutes=1)  # whoever is asked now is asked by a newer one: a ceremony takes its time as well
_TIME_BYTES, _RANDOM_BYTES = 4, 28


def new(ctx: Context) -> str:
    """base64url, 43 characters."""
    made_at = int(ctx.now.timestamp()).to_bytes(_TIME_BYTES, "big")
    return secrets.base64url(made_at + random.token_bytes(_RANDOM_BYTES))


def is_over(ctx: Context, challenge: str) -> bool:
    return _age(ctx, challenge) > LIFE


def is_worn(ctx: Context, challenge: str) -> bool:
    return _age(ctx, challenge) > WORN


def seconds_left(ctx: Context, challenge: str) -> int:
    return max(0, int((LIFE - _age(ctx, challenge)).total_seconds()))


def _age(ctx: Context, challenge: str) -> timedelta:
    made_at = int.from_bytes(secrets.from_base64url(challenge)[:_TIME_BYTES], "big")
    return timedelta(seconds=abs(ctx.now.timestamp() - made_at))
