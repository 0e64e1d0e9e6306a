"""What may be used once and is remembered until it would be refused anyway: the first INSERT wins."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from apps.core import secrets
from apps.core.context import Context
from apps.tokens.models import Used


@dataclass(frozen=True, slots=True)
class Once:
    """A name, such as a jti, that somebody may use once for a purpose."""

    purpose: str
    whose: str
    name: str
    expires_at: float

    def spend(self) -> bool:
        """False when it was spent before. One statement; in a transaction a second one waits for how the first ends.

        A refusal rolls back what its attempt spent: give this method to the event's `keep`, so that what was shown once
        stays shown.
        """
        digest = secrets.digest("\0".join((self.purpose, self.whose, self.name)))
        moment = connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(self.expires_at, UTC))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tokens_used (digest, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING", [digest, moment]
            )
            return bool(cursor.rowcount == 1)


def forget(ctx: Context) -> int:
    """Maintenance only: an expired proof is refused for its age before anybody looks here."""
    forgotten, _ = Used.objects.filter(expires_at__lt=ctx.now).delete()
    return forgotten
