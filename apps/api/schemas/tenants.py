"""The tenant (contract/wire.md §1.3)."""

from apps.api.schemas.kinds import NAME, TENANT_ID, TIMES, Component, given, said, thing, wrapped

_NAME = said(NAME, "The organisation's name.", "Acme")

TENANT = Component("Tenant", thing({"id": TENANT_ID, "display_name": _NAME, **TIMES}))
TENANT_CHANGES = wrapped("tenant", Component("TenantChanges", given({"display_name": _NAME})))
