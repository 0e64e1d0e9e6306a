"""R/resource-servers/{rs}/roles, what they carry and who holds them (contract/wire.md §1.2, §1.9)."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import lists, wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed, listed_texts, listed_together
from apps.api.schemas import roles as schema
from apps.api.schemas.parameters import MEMBERS_PAGE, OF_RESOURCE_SERVER, PAGE
from apps.applications import selectors as applications
from apps.applications.contract import parse_role, parse_role_changes, role_json
from apps.applications.services import roles
from apps.core.errors import Conflict, Invalid, NotFound, Violation
from apps.credentials.enrollment import enrolled, enrolled_json
from apps.directory import selectors as directory
from apps.directory.contract import group_json


class NoSuchResourceServer(Conflict):
    """The query names one that the realm does not have; the path is right, so it is no 404 (contract/wire.md §1.2)."""

    code = "conflict"


class RoleEndpoint(RealmEndpoint):
    """One path under a role."""

    def initial(self, request: Request, *args: object, **path: str) -> None:
        super().initial(request, *args, **path)
        self.role = applications.get_role(self.realm, path["resource_server_id"], path["role_id"])


class Roles(RealmEndpoint):
    @operation("CreateRole", "roles:create", takes=schema.NEW_ROLE, answers=schema.ROLE)
    def post(self, request: Request, resource_server_id: str, **path: str) -> Response:
        server = applications.get_resource_server(self.realm, resource_server_id)
        given = parse_role(wrapped(request, "role"))
        return etags.answer(request, role_json(roles.create_role(self.ctx, server, **given)))

    @operation("ListRoles", "roles:read", query=PAGE, answers=schema.ROLES)
    def get(self, request: Request, resource_server_id: str, **path: str) -> Response:
        server = applications.get_resource_server(self.realm, resource_server_id)
        return listed(request, "roles", applications.roles_of(server), role_json)


class Role(RoleEndpoint):
    @operation("GetRole", "roles:read", answers=schema.ROLE)
    def get(self, request: Request, **path: str) -> Response:
        return etags.answer(request, role_json(self.role))

    @operation("UpdateRole", "roles:update", takes=schema.ROLE_CHANGES, answers=schema.ROLE)
    def patch(self, request: Request, **path: str) -> Response:
        given = parse_role_changes(wrapped(request, "role"))
        seen_at = etags.seen_at(request, self.role.updated_at, role_json(self.role))
        return etags.answer(request, role_json(roles.update_role(self.ctx, self.role, seen_at=seen_at, **given)))

    @operation("DeleteRole", "roles:delete", refuses={409: "It has members or scopes."})
    def delete(self, request: Request, **path: str) -> Response:
        seen_at = etags.seen_at(request, self.role.updated_at, role_json(self.role))
        roles.delete_role(self.ctx, self.role, seen_at=seen_at)
        return done()


class RoleMembersAdded(RoleEndpoint):
    @operation(
        "AddRoleMembers", "roles:update", "groups:read", "identities:read", takes=schema.MEMBERS, answers=schema.ROLE
    )
    def post(self, request: Request, **path: str) -> Response:
        """All of them or none. What they may do changes at once, for tokens given out already too."""
        given = lists(request, "group_ids", "identity_ids")
        return etags.answer(request, role_json(roles.add_members(self.ctx, self.role, **given)))


class RoleMembersDeleted(RoleEndpoint):
    @operation(
        "DeleteRoleMembers", "roles:update", "groups:read", "identities:read", takes=schema.MEMBERS, answers=schema.ROLE
    )
    def post(self, request: Request, **path: str) -> Response:
        """All of them or none. What they may do changes at once, for tokens given out already too."""
        given = lists(request, "group_ids", "identity_ids")
        return etags.answer(request, role_json(roles.remove_members(self.ctx, self.role, **given)))


class RoleMembers(RoleEndpoint):
    @operation(
        "ListRoleMembers",
        "roles:read",
        "groups:read",
        "identities:read",
        query=MEMBERS_PAGE,
        answers=schema.MEMBER_LISTS,
    )
    def get(self, request: Request, **path: str) -> Response:
        groups = (applications.groups_with(self.role), group_json)
        identities = (enrolled(applications.identities_with(self.role)), enrolled_json)
        return listed_together(request, groups=groups, identities=identities)


class RoleScopesAdded(RoleEndpoint):
    @operation("AddRoleScopes", "roles:update", "resource-servers:read", takes=schema.SCOPES, answers=schema.ROLE)
    def post(self, request: Request, **path: str) -> Response:
        given = lists(request, "scopes")
        return etags.answer(request, role_json(roles.add_scopes(self.ctx, self.role, **given)))


class RoleScopesDeleted(RoleEndpoint):
    @operation("DeleteRoleScopes", "roles:update", "resource-servers:read", takes=schema.SCOPES, answers=schema.ROLE)
    def post(self, request: Request, **path: str) -> Response:
        given = lists(request, "scopes")
        return etags.answer(request, role_json(roles.remove_scopes(self.ctx, self.role, **given)))


class RoleScopes(RoleEndpoint):
    @operation("ListRoleScopes", "roles:read", "resource-servers:read", query=PAGE, answers=schema.SCOPE_LIST)
    def get(self, request: Request, **path: str) -> Response:
        return listed_texts(request, "scopes", self.role.scopes)


class MemberRoles(RealmEndpoint):
    """What is given to one member; through which groups a person holds more, the groups say."""

    def roles_of(self, request: Request, member: Any) -> Response:
        """Of one resource server when the query names it, else of all. Raises Invalid, NoSuchResourceServer."""
        wanted, server = request.query_params.get("resource_server_id"), None
        if wanted == "":
            raise Invalid(Violation("resource_server_id", "empty string"))
        if wanted is not None:
            try:
                server = applications.get_resource_server(self.realm, wanted)
            except NotFound as refusal:
                raise NoSuchResourceServer(refusal.message, **refusal.facts) from None
        return listed(request, "roles", applications.roles_given_to(member, server), role_json)


class IdentityRoles(MemberRoles):
    @operation(
        "ListIdentityRoles",
        "identities:read",
        "roles:read",
        "resource-servers:read",
        query=(OF_RESOURCE_SERVER, *PAGE),
        answers=schema.ROLES,
        refuses={409: "There is no such resource server."},
    )
    def get(self, request: Request, identity_id: str, **path: str) -> Response:
        """Those given to the person directly; what comes through groups, the groups say."""
        return self.roles_of(request, directory.get_identity(self.realm, identity_id))


class GroupRoles(MemberRoles):
    @operation(
        "ListGroupRoles",
        "groups:read",
        "roles:read",
        "resource-servers:read",
        query=(OF_RESOURCE_SERVER, *PAGE),
        answers=schema.ROLES,
        refuses={409: "There is no such resource server."},
    )
    def get(self, request: Request, group_id: str, **path: str) -> Response:
        return self.roles_of(request, directory.get_group(self.realm, group_id))
