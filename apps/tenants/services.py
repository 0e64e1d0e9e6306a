"""Verbs on tenants. Opening one, with all it holds, is onboarding's."""

from datetime import datetime

from apps.core import names
from apps.core.context import Context
from apps.core.rows import hold, require_unchanged
from apps.events.attempt import Place, attempt
from apps.events.types import EventType
from apps.tenants.models import Tenant


def update_tenant(
    ctx: Context,
    tenant: Tenant,
    admin_realm: Place,
    *,
    display_name: str | None = None,
    seen_at: datetime | None = None,
) -> Tenant:
    """Raises Invalid, ChangedMeanwhile. The event stands in the tenant's admin realm: a tenant has no other place."""
    with attempt(ctx, EventType.TENANT_CHANGE, admin_realm, action="UPDATE") as event:
        event.target(tenant)
        require_unchanged(tenant, seen_at, ctx.now)
        hold(tenant)
        if display_name is not None:
            name = names.display_name(display_name, field="tenant.display_name")
            event.changed("display_name", tenant.display_name, name)
            tenant.display_name = name
        tenant.updated_at = ctx.now
        tenant.save(force_update=True)
    return tenant
