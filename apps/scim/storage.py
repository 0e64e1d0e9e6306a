"""Where the protocol engine reads and writes: one realm's directory, through its verbs and selectors."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from scim2_models import (
    InvalidFilterException,
    InvalidPathException,
    InvalidValueException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.storage import ScimStorage, SearchPage

from apps.core.context import Context
from apps.core.errors import NotFound
from apps.directory import counting, selectors
from apps.directory.services import groups, identities, provisioned_groups
from apps.directory.services.identity_rows import Newcomer
from apps.scim import attributes, provisioned, search, users
from apps.scim.groups import UnreadGroup, description_in, group_of, member_ids
from apps.scim.member_changes import MemberChanges
from apps.scim.users import Given, user_of

_FURTHEST = 2**31
_SHOWN = 1000  # members in the answer to a change of them; a group of more answers without a body
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DirectoryStorage(ScimStorage):
    """`conditional`: the client said which version it means (If-Match), so that nothing else may have come between.
    `patching`: a change comes from a PATCH. `seen`:
    the members that each group had when it was read, which a change of it was worked out from."""

    def __init__(self, ctx: Context, realm: Any, *, conditional: bool) -> None:
        self.ctx = ctx
        self.realm = realm
        self.conditional = conditional
        self.patching = False
        self.seen: dict[str, set[str]] = {}

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        (found,) = self._shown(resource_type, [self._row(resource_type, resource_id)], response_parameters)
        return found

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """Users, then groups where both are asked for: in order within each."""
        start, left = min((search_request.start_index or 1) - 1, _FURTHEST), search_request.count or 0
        page = SearchPage(0, [])
        for resource_type in resource_types:
            total, rows = self._found(resource_type, search_request, len(resource_types) > 1, start, left)
            page.total = (page.total or 0) + total
            page.resources += self._shown(resource_type, rows, search_request)
            start, left = max(start - total, 0), left - len(rows)
        return page

    def _found(
        self, resource_type: ResourceType, asked: SearchRequest[Any], several: bool, start: int, count: int
    ) -> tuple[int, list[Any]]:
        """How many there are and a page of them. Of several types, one that lacks what the filter names has none that fit
        (RFC 7644 §3.4.2.1)."""
        of_users = _is_users(resource_type)
        named = attributes.USERS if of_users else attributes.GROUPS
        rows = selectors.identities_in(self.realm) if of_users else selectors.groups_in(self.realm)
        try:
            condition, order = search.condition(asked, named), search.order(asked, named)
        except (InvalidFilterException, InvalidPathException):
            if not several:
                raise
            return 0, []
        descending = str(asked.sort_order or "").lower().endswith("descending")
        total = counting.people_in(self.realm.pk) if of_users and not condition else None
        return selectors.page_by_index(
            rows.filter(condition), order, descending=descending, start=start, count=count, total=total
        )

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        if _is_users(resource_type):
            return user_of(self._create_user(users.read(resource)))
        group = self._with_members(
            lambda: provisioned_groups.provision_group(
                self.ctx,
                self.realm,
                display_name=resource.display_name,  # type: ignore[attr-defined]
                description=description_in(resource) or "",
                external_id=resource.external_id or "",
                member_ids=member_ids(resource),
            )
        )
        return self.get(resource_type, group.pk)

    def free(self, several: Sequence[Given]) -> list[bool]:
        """Of each whether nobody there, and nobody before them, has their names, and their manager is there."""
        taken = selectors.names_taken(self.realm, {name for given in several for name in given.names})
        managers = selectors.identity_ids_among(self.realm, {given.manager_id for given in several} - {""})
        found = []
        for given in several:
            names = given.names
            found.append(not names & taken and (not given.manager_id or given.manager_id in managers))
            taken |= names
        return found

    def create_users(self, several: Sequence[Given]) -> list[Any]:
        """All or none of those whose names are free and whose managers are there: the rows."""
        newcomers = [Newcomer(given.display_name, given.traits, given.status or users.ACTIVE) for given in several]
        return identities.create_identities(self.ctx, self.realm, newcomers)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        row = self._row(resource_type, str(resource.id))
        seen_at = _moment_of(expected_version)
        if _is_users(resource_type):
            self._update_user(row, self._read_user(resource, row), seen_at)
        else:
            self._update_group(row, resource, seen_at)
        return self.get(resource_type, row.pk)

    def change_members(self, group_id: str, changes: MemberChanges) -> Resource[Any]:
        """Who is in already, or out, is passed over, whoever it is: like the engine on the whole group."""
        group = selectors.get_group(self.realm, group_id)
        known = selectors.members_among(group, [*changes.add, *changes.remove])
        add = [pk for pk in changes.add if pk not in known]
        remove = [pk for pk in changes.remove if pk in known]
        if add or remove:
            self._with_members(
                lambda: provisioned_groups.change_provisioned_group(self.ctx, group, add=add, remove=remove)
            )
        if selectors.member_count(group, _SHOWN) > _SHOWN:
            return group_of(group, None, kind=UnreadGroup)
        return group_of(group, [row.identity for row in selectors.memberships_of(self.realm, group_ids=[group.pk])])

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        row = self._row(resource_type, resource_id)
        seen_at = _moment_of(expected_version) if self.conditional else None
        if _is_users(resource_type):
            identities.delete_identity(self.ctx, row, seen_at=seen_at)
        else:
            groups.delete_group(self.ctx, row, with_members=True, seen_at=seen_at)

    def _row(self, resource_type: ResourceType, resource_id: str) -> Any:
        if _is_users(resource_type):
            return selectors.get_identity(self.realm, resource_id)
        return selectors.get_group(self.realm, resource_id)

    def _shown(self, resource_type: ResourceType, rows: list[Any], asked: Any) -> list[Resource[Any]]:
        """With the groups of the users, or the members of the groups, read for all of them at once if they are wanted."""
        of_users = _is_users(resource_type)
        if not search.wants("groups" if of_users else "members", asked):
            return [user_of(row) if of_users else group_of(row, None) for row in rows]
        ids = [row.pk for row in rows]
        beside: dict[str, list[Any]] = {pk: [] for pk in ids}
        if of_users:
            for found in selectors.memberships_of(self.realm, identity_ids=ids):
                beside[found.identity_id].append(found.group)
            return [user_of(row, beside[row.pk]) for row in rows]
        for found in selectors.memberships_of(self.realm, group_ids=ids) if ids else ():
            beside[found.group_id].append(found.identity)
        self.seen = {pk: {member.pk for member in members} for pk, members in beside.items()}
        return [group_of(row, beside[row.pk]) for row in rows]

    def _create_user(self, given: Given) -> Any:
        """Somebody who is there, active or not, is in the way (contract/extensions.md §10)."""
        self._check_manager(given.manager_id)
        status = given.status or users.ACTIVE
        return identities.create_identity(
            self.ctx, self.realm, display_name=given.display_name, traits=given.traits, status=status
        )

    def _read_user(self, resource: Any, row: Any) -> Given:
        """A PATCH takes back what it removes; what a PUT leaves out is as it would be for somebody new."""
        given = users.read(resource)
        if not self.patching:
            return given
        held = provisioned.taken_back(resource, status=row.status, display_name=given.display_name)
        return users.read(resource, held) if held else given

    def _update_user(self, row: Any, given: Given, seen_at: datetime | None) -> None:
        if given.manager_id != row.traits.get("manager_id", ""):
            self._check_manager(given.manager_id)
        status = given.status if given.status != row.status else None
        identities.update_identity(
            self.ctx, row, display_name=given.display_name, traits=given.traits, status=status, seen_at=seen_at
        )

    def _update_group(self, row: Any, group: Any, seen_at: datetime | None) -> None:
        """Who joins or leaves does not depend on who else does: only a new name must be of the version that was seen."""
        wanted, known = member_ids(group), self.seen[row.pk]
        described = description_in(group)
        described = row.description if described is None and not self.patching else described or ""
        said = (group.display_name, group.external_id or "", described)
        renamed = said != (row.display_name, row.external_id, row.description)
        self._with_members(
            lambda: provisioned_groups.change_provisioned_group(
                self.ctx,
                row,
                display_name=group.display_name,
                description=described,
                external_id=group.external_id or "",
                add=[pk for pk in wanted if pk not in known],
                remove=sorted(known.difference(wanted)),
                seen_at=seen_at if renamed or self.conditional else None,
            )
        )

    def _check_manager(self, manager_id: str) -> None:
        """One of another realm is as little there as nobody."""
        if not manager_id:
            return
        try:
            selectors.get_identity(self.realm, manager_id)
        except NotFound:
            raise InvalidValueException(detail=f"manager: there is no user {manager_id}") from None

    def _with_members(self, act: Any) -> Any:
        try:
            return act()
        except NotFound as refusal:
            if refusal.resource_type != "Identity":
                raise
            raise InvalidValueException(detail=f"members: there is no user {refusal.resource_id}") from None


def _is_users(resource_type: ResourceType) -> bool:
    return resource_type.id == "User"


def _moment_of(version: str | None) -> datetime | None:
    """When the row was last changed, as `users.version_of` wrote it."""
    return _EPOCH + timedelta(microseconds=int(version.strip('W/"'))) if version else None
