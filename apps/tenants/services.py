"""Verbs on tenants. Opening one, with all it holds, is onboarding's."""

from apps.core import names
from apps.core.context import Context
from apps.events.attempt import Place, attempt
from apps.events.types import EventType
from apps.tenants.models import Tenant


def rename_tenant(ctx: Context, tenant: Tenant, admin_realm: Place, *, display_name: str) -> Tenant:
    """Raises Invalid. The event stands in the tenant's admin realm: a tenant has no other place."""
    display_name = names.display_name(display_name, field="tenant.display_name")
    with attempt(ctx, EventType.TENANT_CHANGE, admin_realm, action="UPDATE") as event:
        event.target(tenant)
        event.changed("display_name", tenant.display_name, display_name)
        tenant.display_name = display_name
        tenant.updated_at = ctx.now
        tenant.save(update_fields=["display_name", "updated_at"])
    return tenant
