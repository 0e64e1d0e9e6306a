"""A family: everything that was given out for one grant. It ends as a whole.

The order is the point. A grant's row is locked by whoever redeems or refreshes by it, so ending it first waits for them,
and what they have given out meanwhile is seen by the statements after.
"""

from typing import Any

from apps.applications.models import AccessToken, Grant, RefreshToken
from apps.core.context import Context


def end_tokens(ctx: Context, **whose: Any) -> int:
    """Every grant and token of a `user`, or of sessions (`session_id__in`): all three tables know both. Inside somebody's
    attempt. Returns how many access tokens that were."""
    Grant.objects.filter(revoked_at=None, **whose).update(revoked_at=ctx.now)
    RefreshToken.objects.filter(revoked=None, **whose).update(revoked=ctx.now)
    return AccessToken.objects.filter(revoked_at=None, **whose).update(revoked_at=ctx.now)


def end_grants(ctx: Context, **which: Any) -> int:
    """The same for grants found by columns of their own."""
    grants = Grant.objects.filter(**which)
    grants.filter(revoked_at=None).update(revoked_at=ctx.now)
    ids = grants.values("pk")
    RefreshToken.objects.filter(revoked=None, grant_id__in=ids).update(revoked=ctx.now)
    return AccessToken.objects.filter(revoked_at=None, grant_id__in=ids).update(revoked_at=ctx.now)
