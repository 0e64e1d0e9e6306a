"""/v1/tenants/{t}/realms (contract/wire.md §1.2, §1.3)."""

from datetime import datetime

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import Endpoint, RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import realms as schema
from apps.api.schemas.parameters import PAGE
from apps.onboarding.services import create_realm
from apps.realms import selectors as realms
from apps.realms import services
from apps.realms.contract import parse_realm, parse_realm_changes, realm_json
from apps.tenants import selectors as tenants


class Realms(Endpoint):
    @operation(
        "CreateRealm",
        "realms:create",
        tenant_wide=True,
        takes=schema.NEW_REALM,
        answers=schema.REALM,
        refuses={409: "The name is taken."},
    )
    def post(self, request: Request, tenant_id: str) -> Response:
        """It begins with signing keys of its own and a starter policy that lets people make a first passkey."""
        given = parse_realm(wrapped(request, "realm"))
        admin_realm = self.bearer.application.realm  # whose applications alone act on the whole tenant
        realm = create_realm(self.ctx, tenants.get_tenant(tenant_id), admin_realm, **given)
        return etags.answer(request, realm_json(realm))

    @operation("ListRealms", "realms:read", query=PAGE, answers=schema.REALMS)
    def get(self, request: Request, tenant_id: str) -> Response:
        """The token of one realm sees that one."""
        rows = realms.realms_in(tenant_id)
        if self.bearer.realm_id is not None:
            rows = rows.filter(pk=self.bearer.realm_id)
        return listed(request, "realms", rows, realm_json)


class Realm(RealmEndpoint):
    @operation("GetRealm", "realms:read", answers=schema.REALM)
    def get(self, request: Request, **path: str) -> Response:
        return etags.answer(request, realm_json(self.realm))

    @operation(
        "UpdateRealm",
        "realms:update",
        takes=schema.REALM_CHANGES,
        answers=schema.REALM,
        refuses={409: "The name is taken."},
    )
    def patch(self, request: Request, **path: str) -> Response:
        given = parse_realm_changes(wrapped(request, "realm"))
        services.update_realm(self.ctx, self.realm, seen_at=self._seen_at(request), **given)
        return etags.answer(request, realm_json(self.realm))

    @operation("DeleteRealm", "realms:delete", refuses={409: "It has identities, groups or roles."})
    def delete(self, request: Request, tenant_id: str, **path: str) -> Response:
        """What it began with goes along: keys, policy, look, applications and their configs."""
        admin_realm = realms.admin_realm_of(tenant_id)
        services.delete_realm(self.ctx, self.realm, admin_realm, seen_at=self._seen_at(request))
        return done()

    def _seen_at(self, request: Request) -> datetime | None:
        return etags.seen_at(request, self.realm.updated_at, realm_json(self.realm))
