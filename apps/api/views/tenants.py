"""/v1/tenants/{t} (contract/wire.md §1.3). Tenants are opened by sign-up, never here."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import Endpoint
from apps.api.operations import operation
from apps.api.schemas import tenants as schema
from apps.tenants import selectors as tenants
from apps.tenants.contract import parse_tenant_changes, tenant_json
from apps.tenants.services import update_tenant


class Tenant(Endpoint):
    @operation("GetTenant", "tenants:read", answers=schema.TENANT)
    def get(self, request: Request, tenant_id: str) -> Response:
        return etags.answer(request, tenant_json(tenants.get_tenant(tenant_id)))

    @operation("UpdateTenant", "tenants:update", tenant_wide=True, takes=schema.TENANT_CHANGES, answers=schema.TENANT)
    def patch(self, request: Request, tenant_id: str) -> Response:
        tenant = tenants.get_tenant(tenant_id)
        given = parse_tenant_changes(wrapped(request, "tenant"))
        seen_at = etags.seen_at(request, tenant.updated_at, tenant_json(tenant))
        update_tenant(self.ctx, tenant, self.bearer.application.realm, seen_at=seen_at, **given)
        return etags.answer(request, tenant_json(tenant))
