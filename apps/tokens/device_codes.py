"""Codes of the device flow: the short one that people type, and what a device is told that polls with the long one
(RFC 8628 §3.5, §6.1)."""

import re
import secrets as random
from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from apps.applications.models import Application, DeviceGrant, Grant
from apps.core import secrets
from apps.core.context import Context

# No vowels, so that no words come of it, and nothing that is taken for something else. 8 of 28: 38 bits.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
_USER_CODE = re.compile(rf"[{ALPHABET}]{{8}}")
# §3.5: by how much a device that polls too fast must slow down, each time.
_SLOWER_SECONDS = 5
_PUNCTUALITY = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll found. `status` is RFC 8628's error, "authorized", or None for a code that is not known, or was used."""

    device: DeviceGrant | None
    status: str | None
    grant: Grant | None = None


def new_user_code() -> str:
    code = "".join(random.choice(ALPHABET) for _ in range(8))
    return f"{code[:4]}-{code[4:]}"


def plain(typed: str) -> str:
    """The code as it is kept, from however somebody typed it; "" when it can be none."""
    code = re.sub(r"[\s_.-]+", "", typed[:64]).upper()
    return code if _USER_CODE.fullmatch(code) else ""


def shown(typed: str) -> str:
    """As the device shows it."""
    code = plain(typed)
    return f"{code[:4]}-{code[4:]}" if code else ""


def poll(ctx: Context, application: Application, device_code: str) -> Poll:
    """Changes nothing: see `note`."""
    found = DeviceGrant.objects.filter(application=application, device_code=secrets.digest(device_code)).first()
    if found is None or found.consumed_at is not None:
        return Poll(None, None)
    if found.expires <= ctx.now:
        return Poll(found, "expired_token")
    if found.status == DeviceGrant.DENIED:
        return Poll(found, "access_denied")
    if found.status != DeviceGrant.AUTHORIZED or found.grant_id is None:
        return Poll(found, "slow_down" if _too_fast(ctx, found) else "authorization_pending")
    grant = Grant.objects.select_related("user").filter(pk=found.grant_id).first()
    if grant is None or grant.revoked_at is not None or not grant.user.is_active:  # ended since it was approved
        return Poll(found, "access_denied")
    return Poll(found, "authorized", grant)


def note(ctx: Context, polled: Poll) -> None:
    """When it was that the device asked, and that it has to wait longer from now on. Kept though the poll is refused."""
    if polled.device is not None:
        slower = _SLOWER_SECONDS if polled.status == "slow_down" else 0
        waiting = DeviceGrant.objects.filter(pk=polled.device.pk, consumed_at=None)
        waiting.update(polled_at=ctx.now, interval=polled.device.interval + slower)


def take(grant: Grant) -> None:
    """Its device has its tokens. Which of several polls that was, the grant's own conditional update has decided."""
    DeviceGrant.objects.filter(grant_id=grant.pk).update(consumed_at=Now())


def _too_fast(ctx: Context, device: DeviceGrant) -> bool:
    if device.polled_at is None:
        return False
    return ctx.now - device.polled_at < timedelta(seconds=device.interval) - _PUNCTUALITY
