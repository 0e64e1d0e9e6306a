"""Groups of very many: who joins and who leaves is said without the others being read (docs/scim.md)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import Context, PatchOp

from apps.directory import selectors
from apps.directory.models import GroupMembership, Identity
from apps.scim.member_changes import member_changes
from apps.scim.resources import PROVIDER, Group, Member
from tests.faces.scim.provisioner import GROUP, PATCH, Provisioner, read, refused
from tests.world import World

PEOPLE = ["a", "b", "c", "d", "e"]
_named = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4).map(lambda ids: [{"value": pk} for pk in ids])
_operations = st.one_of(
    st.builds(lambda value: {"op": "add", "path": "members", "value": value}, _named),
    st.builds(lambda value: {"op": "Add", "value": {"members": value}}, _named),
    st.builds(lambda value: {"op": "Remove", "path": "members", "value": value}, _named),
    st.builds(lambda pk: {"op": "remove", "path": f'members[value eq "{pk}"]'}, st.sampled_from(PEOPLE)),
)


@given(before=st.sets(st.sampled_from(PEOPLE)), operations=st.lists(_operations, min_size=1, max_size=5))
def test_the_short_way_ends_where_the_protocol_engine_ends(before: set[str], operations: list[dict[str, Any]]) -> None:
    with PROVIDER:
        patch = PatchOp[Group].model_validate({"schemas": [PATCH], "Operations": operations}, context=_request())
        changes = member_changes(patch)
        group = Group(id="1", display_name="x", members=[Member(value=pk) for pk in sorted(before)] or None)
        patch.patch(group)
    assert changes is not None
    assert (before | set(changes.add)) - set(changes.remove) == {member.value for member in group.members or ()}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "members", "value": [{"value": "a"}]},
        {"op": "remove", "path": "members"},
        {"op": "add", "path": "displayName", "value": "New"},
        {"op": "add", "value": {"displayName": "New", "members": [{"value": "a"}]}},
        {"op": "remove", "path": 'members[type eq "User"]'},
    ],
)
def test_whatever_else_is_said_goes_the_long_way(operation: dict[str, Any]) -> None:
    patch = PatchOp[Group].model_validate({"schemas": [PATCH], "Operations": [operation]})
    assert member_changes(patch) is None


@pytest.fixture
def crowd(scim: Provisioner, world: World) -> tuple[str, str]:
    """(path, id) of a group of 1,200, Bob not among them."""
    people = [
        Identity(
            tenant_id=world.realm.tenant_id, realm=world.realm, username=f"crowd{n}", username_key=f"crowd{n}",
            display_name=f"Crowd {n}", created_at=world.ctx.now, updated_at=world.ctx.now,
        )
        for n in range(1200)
    ]  # fmt: skip
    Identity.objects.bulk_create(people)
    made = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Everybody"}), 201)
    GroupMembership.objects.bulk_create(
        GroupMembership(
            tenant_id=world.realm.tenant_id, realm=world.realm, group_id=made["id"], identity=person,
            created_at=world.ctx.now,
        )
        for person in people
    )  # fmt: skip
    return f"/Groups/{made['id']}", made["id"]


@pytest.mark.django_db
def test_one_joins_and_leaves_a_crowd_by_a_few_statements_and_no_body(
    scim: Provisioner, world: World, crowd: tuple[str, str]
) -> None:
    path, group_id = crowd
    group = selectors.get_group(world.realm, group_id)
    join = {"op": "add", "path": "members", "value": [{"value": world.bob.pk}]}
    with CaptureQueriesContext(connection) as statements:
        assert scim.patch(path, join).status_code == 204
    assert max(len(each["sql"]) for each in statements) < 4000, "no statement carries the crowd"
    assert len(statements) <= 20
    assert selectors.member_count(group, 2000) == 1201
    before = selectors.get_group(world.realm, group_id).updated_at
    assert scim.patch(path, join).status_code == 204
    assert selectors.get_group(world.realm, group_id).updated_at == before, "nothing came of saying it again"
    assert scim.patch(path, {"op": "remove", "path": f'members[value eq "{world.bob.pk}"]'}).status_code == 204
    assert selectors.member_count(group, 2000) == 1200


@pytest.mark.django_db
def test_who_wants_an_answer_gets_one(scim: Provisioner, world: World, crowd: tuple[str, str]) -> None:
    path, _ = crowd
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": world.bob.pk}]}]}
    told = read(scim.call("PATCH", f"{path}?excludedAttributes=members", body))
    assert told["displayName"] == "Everybody"
    assert "members" not in told
    assert len(read(scim.call("PATCH", f"{path}?attributes=members", body))["members"]) == 1201


@pytest.mark.django_db
def test_nobody_of_elsewhere_joins_a_crowd(scim: Provisioner, world: World, crowd: tuple[str, str]) -> None:
    path, group_id = crowd
    stranger = world.evil.customers.bob.pk
    value = [{"value": world.bob.pk}, {"value": stranger}]
    refused(scim.patch(path, {"op": "add", "path": "members", "value": value}), 400, "invalidValue")
    assert selectors.member_count(selectors.get_group(world.realm, group_id), 2000) == 1200
    refused(scim.patch("/Groups/" + "0" * 16, {"op": "add", "path": "members", "value": value}), 404)


def _request() -> dict[str, Any]:
    return {"scim": Context.RESOURCE_PATCH_REQUEST}
