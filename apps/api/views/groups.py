"""R/groups and who is in them (contract/wire.md §1.2, §1.3)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import lists, wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import groups as schema
from apps.api.schemas.identities import IDENTITIES
from apps.api.schemas.parameters import PAGE
from apps.credentials.enrollment import enrolled, enrolled_json
from apps.directory import selectors as directory
from apps.directory.contract import group_json, parse_group, parse_group_changes
from apps.directory.services import groups


class Groups(RealmEndpoint):
    @operation(
        "CreateGroup",
        "groups:create",
        takes=schema.NEW_GROUP,
        answers=schema.GROUP,
        refuses={409: "The name is taken."},
    )
    def post(self, request: Request, **path: str) -> Response:
        given = parse_group(wrapped(request, "group"))
        return etags.answer(request, group_json(groups.create_group(self.ctx, self.realm, **given)))

    @operation("ListGroups", "groups:read", query=PAGE, answers=schema.GROUPS)
    def get(self, request: Request, **path: str) -> Response:
        return listed(request, "groups", directory.groups_in(self.realm), group_json)


class Group(RealmEndpoint):
    @operation("GetGroup", "groups:read", answers=schema.GROUP)
    def get(self, request: Request, group_id: str, **path: str) -> Response:
        return etags.answer(request, group_json(directory.get_group(self.realm, group_id)))

    @operation(
        "UpdateGroup",
        "groups:update",
        takes=schema.GROUP_CHANGES,
        answers=schema.GROUP,
        refuses={409: "The name is taken."},
    )
    def patch(self, request: Request, group_id: str, **path: str) -> Response:
        group = directory.get_group(self.realm, group_id)
        given = parse_group_changes(wrapped(request, "group"))
        seen_at = etags.seen_at(request, group.updated_at, group_json(group))
        return etags.answer(request, group_json(groups.update_group(self.ctx, group, seen_at=seen_at, **given)))

    @operation("DeleteGroup", "groups:delete", refuses={409: "It has members or roles."})
    def delete(self, request: Request, group_id: str, **path: str) -> Response:
        group = directory.get_group(self.realm, group_id)
        groups.delete_group(self.ctx, group, seen_at=etags.seen_at(request, group.updated_at, group_json(group)))
        return done()


class GroupMembersAdded(RealmEndpoint):
    @operation("AddGroupMembers", "groups:update", "identities:read", takes=schema.MEMBERS, answers=schema.GROUP)
    def post(self, request: Request, group_id: str, **path: str) -> Response:
        """All of them or none; who is in already stays in."""
        group = directory.get_group(self.realm, group_id)
        given = lists(request, "identity_ids")
        return etags.answer(request, group_json(groups.add_members(self.ctx, group, **given)))


class GroupMembersDeleted(RealmEndpoint):
    @operation(
        "DeleteGroupMembers",
        "groups:update",
        "identities:read",
        takes=schema.MEMBERS,
        answers=schema.GROUP,
        refuses={409: "Nobody could administer any more."},
    )
    def post(self, request: Request, group_id: str, **path: str) -> Response:
        """All of them or none; who is not in counts as out."""
        group = directory.get_group(self.realm, group_id)
        given = lists(request, "identity_ids")
        return etags.answer(request, group_json(groups.remove_members(self.ctx, group, **given)))


class GroupMembers(RealmEndpoint):
    @operation("ListGroupMembers", "groups:read", "identities:read", query=PAGE, answers=IDENTITIES)
    def get(self, request: Request, group_id: str, **path: str) -> Response:
        group = directory.get_group(self.realm, group_id)
        return listed(request, "identities", enrolled(directory.members_of(group)), enrolled_json)
