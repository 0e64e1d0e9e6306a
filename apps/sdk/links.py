"""The open job that a link's path and token name."""

from typing import Any

from apps.core.context import Context
from apps.core.errors import NotFound
from apps.credentials.selectors import LinkUnknown
from apps.credentials.services import jobs
from apps.realms import selectors as realms


def job_at(ctx: Context, token: str, *, tenant_id: str, realm_id: str, identity_id: str, job_id: str) -> Any:
    """Consumes nothing. Raises LinkUnknown (also for a realm that is none), LinkExpired, LinkUsed, LinkRevoked."""
    try:
        realm = realms.get_realm(tenant_id, realm_id)
    except NotFound:
        raise LinkUnknown("this link is not complete") from None
    return jobs.read_link(ctx, realm, identity_id=identity_id, job_id=job_id, token=token)
