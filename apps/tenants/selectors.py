from apps.core.errors import NotFound
from apps.tenants.models import Tenant


def is_any() -> bool:
    return Tenant.objects.exists()


def get_tenant(tenant_id: str) -> Tenant:
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise NotFound("Tenant", tenant_id)
    return tenant
