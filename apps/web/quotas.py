"""How much one client, and one tenant, may ask of the APIs in a minute (contract/extensions.md §3): counted in the cache,
so a request costs no SQL for it, and a flood of refused ones costs the record one event."""

from dataclasses import dataclass

from django.conf import settings

from apps.core.context import Context
from apps.core.errors import RateLimited
from apps.events.attempt import record
from apps.events.types import EventType
from apps.tokens.services.access import Bearer
from apps.web import limits
from apps.web.limits import Limit, Spent

_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left to the caller, by whichever of its limits is nearer; None where nothing is limited."""

    nearest: Spent | None

    @property
    def headers(self) -> dict[str, str]:
        """As the IETF's draft "RateLimit header fields for HTTP" had them in revisions 00 to 06: three plain numbers."""
        if self.nearest is None:
            return {}
        return {
            "RateLimit-Limit": str(self.nearest.limit.requests),
            "RateLimit-Remaining": str(self.nearest.remaining),
            "RateLimit-Reset": str(self.nearest.reset_seconds),
        }


def spend(bearer: Bearer) -> Quota:
    """Counts one request, against the caller's own tenant, whichever tenant's path it is knocking at."""
    client = Limit("api-client", settings.API_CLIENT_REQUESTS_PER_MINUTE, _WINDOW_SECONDS)
    tenant = Limit("api-tenant", settings.API_TENANT_REQUESTS_PER_MINUTE, _WINDOW_SECONDS)
    subjects = ((client, str(bearer.application.pk)), (tenant, bearer.tenant_id))
    spent = [limits.count(limit, subject) for limit, subject in subjects if limit.requests]
    return Quota(min(spent, key=lambda each: (not each.is_over, each.remaining), default=None))


def require(ctx: Context, bearer: Bearer, quota: Quota) -> None:
    """Raises RateLimited when nothing is left. The first time in a window it leaves an event where the client lives."""
    over = quota.nearest
    if over is None or not over.is_over:
        return
    told = limits.count(Limit("api-told", 1, _WINDOW_SECONDS), str(bearer.application.pk))
    if told.used == 1:
        record(
            ctx,
            EventType.API_REQUEST_DENIED,
            bearer.application.realm,
            outcome=RateLimited.code.upper(),
            limit=over.limit.name,
            requests=over.limit.requests,
            seconds=over.limit.seconds,
        )
    raise RateLimited(over.reset_seconds)
