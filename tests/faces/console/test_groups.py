"""Groups at the console: create, change, put people in and take them out, delete; the managed one that opens the console."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.directory import selectors as directory
from apps.directory.services import groups
from apps.events.types import EventType
from tests import record
from tests.words import words_of
from tests.world import World, join

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def listed(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/groups"


@pytest.fixture
def contractors(world: World, listed: str) -> str:
    return f"{listed}/{world.acme.customers.contractors.pk}"


@pytest.fixture
def administrators(world: World) -> str:
    group = directory.groups_in(world.acme.admin_realm).get(is_managed=True)
    return f"/console/realms/{world.acme.admin_realm.pk}/groups/{group.pk}"


def members(world: World) -> set[str]:
    return {identity.username for identity in directory.members_of(world.acme.customers.contractors)}


def test_the_list_shows_the_realms_groups_and_how_many_are_in_them(world: World, ada: Client, listed: str) -> None:
    page = ada.get(listed).content.decode()
    assert "Contractors" in page
    assert '<td class="number">1</td>' in page
    assert "Evil" not in words_of(page)


def test_the_list_is_searched_by_name_and_walked(world: World, ada: Client, listed: str) -> None:
    for number in range(55):
        groups.create_group(world.ctx, world.realm, display_name=f"Team {number:02}")
    assert "Team 07" in ada.get(listed, {"q": "m 07"}, **HTMX).content.decode()
    first = ada.get(listed).content.decode()
    assert "Team 48" in first
    assert "Team 54" not in first
    assert "Team 54" in ada.get(listed, {"after": first.split("?after=")[1][:16]}).content.decode()


def test_a_realm_without_groups_says_what_they_are_for(world: World, ada: Client) -> None:
    page = ada.get(f"/console/realms/{world.acme.opened.first_realm.pk}/groups").content.decode()
    assert "Put people in a group once" in page


def test_a_group_is_created_changed_and_deleted(world: World, ada: Client, listed: str) -> None:
    answer = ada.post(f"{listed}/new", {"name": "Finance", "description": "They pay"})
    group = directory.groups_in(world.realm).get(display_name="Finance")
    assert (answer.status_code, answer["Location"]) == (303, f"{listed}/{group.pk}")
    form = ada.get(f"{listed}/{group.pk}/edit").context["form"]
    version = form["version"].value()
    ada.post(f"{listed}/{group.pk}/edit", {"name": "Treasury", "description": "", "version": version})
    assert directory.get_group(world.realm, group.pk).display_name == "Treasury"
    page = ada.post(f"{listed}/{group.pk}/delete", follow=True).content.decode()
    assert "“Treasury” is deleted." in page
    assert [event.data["action"] for event in record.events(world.realm, EventType.GROUP_CHANGE)][-3:] == [
        "CREATE",
        "UPDATE",
        "DELETE",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Contractors"}, "This realm has a group with this name."),
        ({"name": "<script>"}, "Contains a character that is not allowed"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"name": "Fine", "description": "x" * 301}, "at most 300 characters"),
    ],
)
def test_what_is_wrong_is_said_on_its_field(ada: Client, listed: str, fields: dict[str, str], said: str) -> None:
    answer = ada.post(f"{listed}/new", {"name": "", "description": "", **fields})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_of_two_who_edit_a_group_the_second_is_shown_both_sides(world: World, ada: Client, contractors: str) -> None:
    version = ada.get(f"{contractors}/edit").context["form"]["version"].value()
    group = directory.get_group(world.realm, world.acme.customers.contractors.pk)
    groups.update_group(world.at(timedelta(seconds=1)), group, display_name="Freelancers")
    answer = ada.post(f"{contractors}/edit", {"name": "Externals", "description": "", "version": version})
    assert answer.status_code == 409
    assert "Freelancers" in answer.content.decode()
    assert 'value="Externals"' in answer.content.decode()


# --- members ----------------------------------------------------------------------------------------------------------


def test_people_are_found_while_typing_and_say_whether_they_are_in_already(
    world: World, ada: Client, contractors: str
) -> None:
    page = ada.get(f"{contractors}/add", {"q": "acme"}, **HTMX).content.decode()
    assert "Bob Baker" in page
    assert page.count("In the group") == 1
    assert "<html" not in page
    assert "Evil" not in words_of(page)
    assert "Nobody in this realm fits." in ada.get(f"{contractors}/add", {"q": "zzz"}, **HTMX).content.decode()


def test_somebody_added_from_the_dialog_is_in_and_the_list_is_told(world: World, ada: Client, contractors: str) -> None:
    answer = ada.post(f"{contractors}/add", {"identity_id": world.bob.pk}, **HTMX)
    assert "In the group" in answer.content.decode()
    assert "members-changed" in answer["HX-Trigger"]
    assert members(world) == {"bob", "carol"}
    fragment = ada.get(contractors, **HTMX).content.decode()
    assert "Bob Baker" in fragment
    assert "<html" not in fragment


def test_without_javascript_the_same_comes_back_to_the_search(world: World, ada: Client, contractors: str) -> None:
    answer = ada.post(f"{contractors}/add", {"identity_id": world.bob.pk, "q": "b b"})
    assert (answer.status_code, answer["Location"]) == (303, f"{contractors}/add?q=b+b")


def test_adding_twice_is_fine(world: World, ada: Client, contractors: str) -> None:
    for _ in range(2):
        ada.post(f"{contractors}/add", {"identity_id": world.bob.pk})
    assert members(world) == {"bob", "carol"}


def test_somebody_removed_can_be_put_back_from_the_toast(world: World, ada: Client, contractors: str) -> None:
    carol = world.acme.customers.carol
    page = ada.post(f"{contractors}/remove", {"identity_id": carol.pk}, follow=True).content.decode()
    assert "Carol Contractor is no longer in “Contractors”." in page
    assert f'/add" name="identity_id" value="{carol.pk}"' in page
    assert 'id="undo"' in page
    assert members(world) == set()
    ada.post(f"{contractors}/add", {"identity_id": carol.pk})
    assert members(world) == {"carol"}


@pytest.mark.parametrize("verb", ["add", "remove"])
def test_people_of_another_realm_are_not_found(world: World, ada: Client, contractors: str, verb: str) -> None:
    for foreign in (world.acme.staff.bob.pk, world.evil.customers.bob.pk, world.eve.pk, "", "0" * 16, "x" * 200):
        assert ada.post(f"{contractors}/{verb}", {"identity_id": foreign}).status_code == 404
    assert members(world) == {"carol"}


def test_a_long_list_of_members_is_searched_and_walked(world: World, ada: Client, contractors: str) -> None:
    group = world.acme.customers.contractors
    joined = [join(world.ctx, world.realm, f"p{i:02}", f"Person {i:02}", "acme.test").pk for i in range(25)]
    groups.add_members(world.ctx, group, joined)
    page = ada.get(contractors).content.decode()
    assert "Search members" in page
    assert "Person 18" in page
    assert "Person 24" not in page
    found = ada.get(contractors, {"q": "p24"}, **HTMX).content.decode()
    assert "Person 24" in found
    assert "Person 18" not in found


# --- deleting, and the managed group ----------------------------------------------------------------------------------


def test_a_group_with_members_stays_and_the_page_says_why(ada: Client, contractors: str) -> None:
    answer = ada.post(f"{contractors}/delete")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Nothing was deleted: the group still has members." in page
    assert "1 person is in it." in page


def test_the_managed_group_explains_itself_and_offers_no_change(ada: Client, administrators: str) -> None:
    page = ada.get(administrators).content.decode()
    assert "Who is in here administers the tenant" in page
    assert f"{administrators}/edit" not in page
    assert "Danger zone" not in page
    assert "cannot be changed" in ada.get(f"{administrators}/edit").content.decode()
    assert "cannot be deleted" in ada.get(f"{administrators}/delete").content.decode()


@pytest.mark.parametrize(("verb", "form"), [("edit", {"name": "Mine", "description": ""}), ("delete", {})])
def test_the_managed_group_refuses_to_change(
    world: World, ada: Client, administrators: str, verb: str, form: dict[str, Any]
) -> None:
    if verb == "edit":
        group = directory.groups_in(world.acme.admin_realm).get(is_managed=True)
        form = {**form, "version": group.updated_at.isoformat()}
    page = ada.post(f"{administrators}/{verb}", form, HTTP_REFERER=f"http://testserver{administrators}", follow=True)
    assert "This group is managed and cannot be changed." in page.content.decode()
    assert directory.groups_in(world.acme.admin_realm).filter(display_name="Admin Console Access").exists()


def test_the_last_administrator_stays_and_the_words_say_why(world: World, ada: Client, administrators: str) -> None:
    page = ada.post(f"{administrators}/remove", {"identity_id": world.ada.pk}, follow=True).content.decode()
    assert "Ada Admin stays in “Admin Console Access”: nobody else is left who could sign in" in page


def test_who_leaves_the_managed_group_is_out_of_the_console_at_once(
    world: World, ada: Client, administrators: str, sign_in: Callable[..., Client]
) -> None:
    second = join(world.ctx, world.acme.admin_realm, "second", "Second Admin", "acme.test")
    ada.post(f"{administrators}/add", {"identity_id": second.pk})
    hers = sign_in(world.acme, second)
    assert hers.get(administrators).status_code == 200
    ada.post(f"{administrators}/remove", {"identity_id": second.pk})
    assert hers.get(administrators)["Location"].startswith("/console/over")


def test_who_may_not_see_people_sees_no_members(world: World, clerk: Callable[..., Client], contractors: str) -> None:
    reader = clerk("groups:read", "groups:update")
    page = reader.get(contractors).content.decode()
    assert "Your roles do not let you see who is in it." in page
    assert "Carol" not in page
    assert reader.post(f"{contractors}/remove", {"identity_id": world.acme.customers.carol.pk}).status_code == 403
    assert reader.get(f"{contractors}/add", {"q": "carol"}).status_code == 403
