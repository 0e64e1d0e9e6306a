"""R/resource-servers (contract/wire.md §1.9)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed_by_hundreds
from apps.api.schemas import resource_servers as schema
from apps.api.schemas.parameters import HUNDREDS
from apps.applications import selectors as applications
from apps.applications.contract import (
    parse_resource_server,
    parse_resource_server_changes,
    resource_server_json,
)
from apps.applications.services import resource_servers


class ResourceServers(RealmEndpoint):
    terse = True

    @operation(
        "CreateResourceServer",
        "resource-servers:create",
        takes=schema.NEW_RESOURCE_SERVER,
        answers=schema.RESOURCE_SERVER,
        refuses={409: "The identifier is taken."},
    )
    def post(self, request: Request, **path: str) -> Response:
        given = parse_resource_server(wrapped(request, "resource_server"))
        made = resource_servers.create_resource_server(self.ctx, self.realm, **given)
        return etags.answer(request, resource_server_json(made))

    @operation("ListResourceServers", "resource-servers:read", query=HUNDREDS, answers=schema.RESOURCE_SERVERS)
    def get(self, request: Request, **path: str) -> Response:
        rows = applications.resource_servers_in(self.realm)
        return listed_by_hundreds(request, "resource_servers", rows, resource_server_json)


class ResourceServer(RealmEndpoint):
    terse = True

    @operation("GetResourceServer", "resource-servers:read", answers=schema.RESOURCE_SERVER)
    def get(self, request: Request, resource_server_id: str, **path: str) -> Response:
        server = applications.get_resource_server(self.realm, resource_server_id)
        return etags.answer(request, resource_server_json(server))

    @operation(
        "UpdateResourceServer",
        "resource-servers:update",
        takes=schema.RESOURCE_SERVER_CHANGES,
        answers=schema.RESOURCE_SERVER,
    )
    def patch(self, request: Request, resource_server_id: str, **path: str) -> Response:
        """Scopes that are left out of `scopes` are gone, from roles and from tokens too."""
        server = applications.get_resource_server(self.realm, resource_server_id)
        given = parse_resource_server_changes(wrapped(request, "resource_server"))
        seen_at = etags.seen_at(request, server.updated_at, resource_server_json(server))
        resource_servers.update_resource_server(self.ctx, server, seen_at=seen_at, **given)
        return etags.answer(request, resource_server_json(server))

    @operation("DeleteResourceServer", "resource-servers:delete", refuses={409: "An application or a role uses it."})
    def delete(self, request: Request, resource_server_id: str, **path: str) -> Response:
        server = applications.get_resource_server(self.realm, resource_server_id)
        seen_at = etags.seen_at(request, server.updated_at, resource_server_json(server))
        resource_servers.delete_resource_server(self.ctx, server, seen_at=seen_at)
        return done()
