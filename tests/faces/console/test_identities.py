"""Identities at the console: find them, add them, change, suspend, sign out, delete."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.authentication import sessions
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.services import identities
from apps.events.types import EventType
from apps.tokens.services import access
from tests import ceremonies, record
from tests.words import words_of
from tests.world import World, join

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def people(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/identities"


@pytest.fixture
def bob(world: World, people: str) -> str:
    return f"{people}/{world.bob.pk}"


def add(client: Client, people: str, **fields: str) -> Any:
    return client.post(f"{people}/new", {"name": "Grace Hopper", "username": "grace", "email": "", **fields})


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_realms_people_with_passkeys_and_status(world: World, ada: Client, people: str) -> None:
    ceremonies.give_passkey(world, world.bob)
    identities.suspend_identity(world.ctx, world.acme.customers.carol)
    page = ada.get(people).content.decode()
    assert "Bob Baker" in page
    assert "Suspended" in page
    assert "Showing 3 of 3" in page
    assert "Evil" not in words_of(page)


def test_typing_swaps_the_results_alone_and_the_filters_with_them(world: World, ada: Client, people: str) -> None:
    answer = ada.get(people, {"q": "baker"}, **HTMX)
    fragment = answer.content.decode()
    assert "Bob Baker" in fragment
    assert "Carol" not in fragment
    assert "<html" not in fragment
    assert 'hx-swap-oob="true"' in fragment
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("headers", [{"HTTP_HX_BOOSTED": "true"}, {"HTTP_HX_HISTORY_RESTORE_REQUEST": "true"}])
def test_a_boosted_link_and_the_back_button_get_the_whole_page(
    ada: Client, people: str, headers: dict[str, str]
) -> None:
    assert "<html" in ada.get(people, {"q": "bob"}, **HTMX, **headers).content.decode()


def test_filters_and_search_stay_in_every_address(world: World, ada: Client, people: str) -> None:
    page = ada.get(people, {"q": "bob", "status": "active", "sort": "name"}).content.decode()
    assert f"{people}?q=bob&amp;sort=name&amp;status=suspended" in page
    assert '<input type="hidden" name="status" value="active">' in page


def test_older_and_newer_walk_the_list(world: World, ada: Client, people: str) -> None:
    for number in range(25):
        join(world.ctx, world.realm, f"p{number}", f"Person {number:02}", "acme.test")
    first = ada.get(people).content.decode()
    assert "Person 24" in first
    assert "Person 04" not in first
    last = first.split("?after=")[1][:16]
    second = ada.get(people, {"after": last}).content.decode()
    assert "Person 04" in second
    newest = second.split("?before=")[1][:16]
    assert "Person 24" in ada.get(people, {"before": newest}).content.decode()


def test_by_name_the_walk_is_called_next_and_previous(world: World, ada: Client, people: str) -> None:
    for number in range(25):
        join(world.ctx, world.realm, f"p{number}", f"Person {number:02}", "acme.test")
    page = ada.get(people, {"sort": "name"}).content.decode()
    assert page.index("Bob Baker") < page.index("Carol Contractor") < page.index("Person 00")
    assert "Next" in page
    assert "Older" not in page


def test_nothing_found_offers_to_clear_the_filters(ada: Client, people: str) -> None:
    page = ada.get(people, {"q": "nobody-like-that"}).content.decode()
    assert "Nothing matches these filters." in page
    assert f'href="{people}"' in page


def test_an_empty_realm_says_what_an_identity_is(world: World, ada: Client) -> None:
    realm = world.acme.opened.first_realm
    page = ada.get(f"/console/realms/{realm.pk}/identities").content.decode()
    assert "An identity is a person who signs in to this realm." in page


@pytest.mark.parametrize("query", ["q=%FF%FE", "after=%F0", "before=nonsense", "status=none", "q=" + "x" * 5000])
def test_odd_filters_are_no_trouble(ada: Client, people: str, query: str) -> None:
    assert ada.get(f"{people}?{query}").status_code == 200


def test_the_list_asks_no_more_for_more_people(
    world: World, ada: Client, people: str, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(20):
        join(world.ctx, world.realm, f"p{number}", f"Person {number:02}", "acme.test")
    with django_assert_max_num_queries(7):
        ada.get(people)


# --- adding -----------------------------------------------------------------------------------------------------------


def test_somebody_is_added_and_the_event_names_who_did_it(world: World, ada: Client, people: str) -> None:
    answer = add(ada, people, email="grace@acme.test", department="Compilers", external_id="hr-7")
    grace = directory.identity_by_username(world.realm, "grace")
    assert grace is not None
    assert (answer.status_code, answer["Location"]) == (303, f"{people}/{grace.pk}")
    assert (grace.primary_email_address, grace.external_id, grace.traits) == (
        "grace@acme.test",
        "hr-7",
        {"department": "Compilers"},
    )
    event = record.last(world.realm, EventType.IDENTITY_CHANGE)
    assert (event.actor_id, event.data["action"], event.outcome) == (world.ada.pk, "CREATE", "SUCCESS")
    assert "Compilers" in ada.get(answer["Location"]).content.decode()


def test_every_wrong_field_says_what_to_change_and_keeps_what_was_typed(ada: Client, people: str) -> None:
    answer = add(ada, people, name="<b>", username="", email="not an address", given_name="x" * 129)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('class="field-error"') == 2  # shape first: an empty username, a given name too long
    answer = add(ada, people, name="<b>", username="grace", email="not an address")
    page = answer.content.decode()
    assert page.count('class="field-error"') == 2
    assert 'value="not an address"' in page
    assert "&lt;b&gt;" in page


def test_a_username_that_is_taken_in_another_case_is_refused(ada: Client, people: str) -> None:
    answer = add(ada, people, username="BOB")
    assert answer.status_code == 422
    assert "Somebody in this realm has this username." in answer.content.decode()


def test_what_is_wrong_among_the_folded_fields_unfolds_them(ada: Client, people: str) -> None:
    add(ada, people, external_id="hr-7")
    page = add(ada, people, username="other", external_id="hr-7").content.decode()
    assert '<details class="disclosure" open>' in page
    assert "Somebody in this realm has this external id." in page


@pytest.mark.parametrize("field", ["name", "username", "email", "department", "external_id"])
@pytest.mark.parametrize("value", ["\x00", "a\x00b", "\u202egnp", "\x1b[31m"])
def test_control_characters_are_refused_in_words(ada: Client, people: str, field: str, value: str) -> None:
    assert add(ada, people, **{field: value}).status_code == 422


def test_a_hostile_username_is_shown_as_text_on_every_page(world: World, ada: Client, people: str) -> None:
    add(ada, people, username=HOSTILE, department=HOSTILE)
    grace = directory.identity_by_username(world.realm, HOSTILE)
    assert grace is not None
    pages = [people, f"{people}/{grace.pk}", f"{people}/{grace.pk}/edit", f"{people}/{grace.pk}/delete"]
    for url in pages:
        page = ada.get(url).content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page or url.endswith("edit")


# --- one person -------------------------------------------------------------------------------------------------------


def test_a_person_is_shown_with_groups_passkeys_sessions_and_what_happened(world: World, ada: Client) -> None:
    carol = world.acme.customers.carol
    passkey = ceremonies.give_passkey(world, carol)
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    page = ada.get(f"/console/realms/{world.realm.pk}/identities/{carol.pk}").content.decode()
    assert "Contractors" in page
    assert "Chrome on Mac" in page
    assert "Ends 1 session and every token." in page
    assert "signed in to <strong>Shop</strong> with a hardware passkey" in page
    assert "added <strong>Carol Contractor</strong> to <strong>Contractors</strong>" in page


def test_a_persons_page_asks_at_most_sixteen_times(
    world: World, ada: Client, bob: str, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    ceremonies.give_passkey(world, world.bob)
    with django_assert_max_num_queries(16):
        ada.get(bob)


def test_administrators_do_not_suspend_or_delete_themselves(world: World, ada: Client) -> None:
    url = f"/console/realms/{world.acme.admin_realm.pk}/identities/{world.ada.pk}"
    page = ada.get(url).content.decode()
    assert "Danger zone" not in page
    ada.post(f"{url}/suspend")
    ada.post(f"{url}/delete", {"confirmation": world.ada.username})
    assert directory.get_identity(world.acme.admin_realm, world.ada.pk).is_active


# --- changing ---------------------------------------------------------------------------------------------------------


def form_of(client: Client, url: str) -> dict[str, str]:
    form = client.get(url).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def test_a_change_keeps_what_the_form_does_not_show(world: World, ada: Client, bob: str) -> None:
    given = {"type": traits.TYPE, "cost_center": "42", "department": "Bakery"}
    identities.update_identity(world.ctx, world.bob, traits=traits.parse(given, creating=False))
    answer = ada.post(f"{bob}/edit", {**form_of(ada, f"{bob}/edit"), "name": "Robert Baker", "department": ""})
    assert (answer.status_code, answer["Location"]) == (303, bob)
    changed = directory.get_identity(world.realm, world.bob.pk)
    assert (changed.display_name, changed.traits) == ("Robert Baker", {"cost_center": "42"})


def test_of_two_who_edit_the_second_is_shown_both_sides_and_may_save_again(world: World, ada: Client, bob: str) -> None:
    form = form_of(ada, f"{bob}/edit")
    identities.update_identity(world.at(timedelta(seconds=1)), world.bob, display_name="Bobby Baker")
    answer = ada.post(f"{bob}/edit", {**form, "name": "Robert Baker"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed this while you edited it" in page
    assert "Bobby Baker" in page
    assert 'value="Robert Baker"' in page
    again = {**form, "name": "Robert Baker", "version": answer.context["form"]["version"].value()}
    assert ada.post(f"{bob}/edit", again).status_code == 303
    assert directory.get_identity(world.realm, world.bob.pk).display_name == "Robert Baker"


def test_a_username_of_somebody_else_is_refused_on_its_field(ada: Client, bob: str) -> None:
    answer = ada.post(f"{bob}/edit", {**form_of(ada, f"{bob}/edit"), "username": "Carol"})
    assert answer.status_code == 422
    assert "Somebody in this realm has this username." in answer.content.decode()


# --- suspending, signing out, deleting --------------------------------------------------------------------------------


def sessions_of(world: World) -> int:
    return sessions.sessions_of(world.ctx, directory.get_identity(world.realm, world.bob.pk)).count()


def test_suspending_ends_the_sessions_and_can_be_undone_from_the_toast(world: World, ada: Client, bob: str) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    assert sessions_of(world) == 1
    page = ada.post(f"{bob}/suspend", follow=True).content.decode()
    assert "Bob Baker is suspended and signed out." in page
    assert '<button type="submit" form="undo" formaction="' in page
    assert 'id="unsuspend"' in page
    assert sessions_of(world) == 0
    assert "Bob Baker can sign in again." in ada.post(f"{bob}/unsuspend", follow=True).content.decode()
    assert directory.get_identity(world.realm, world.bob.pk).is_active
    assert sessions_of(world) == 0


def test_signing_out_everywhere_ends_sessions_and_tokens(world: World, ada: Client, bob: str) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    client = ceremonies.client_of(world)
    tokens = ceremonies.tokens_for(world.visitor, client, passkey)
    assert access.read_bearer(world.ctx, tokens["access_token"]).identity == world.bob
    assert "Bob Baker is signed out everywhere." in ada.post(f"{bob}/sign-out", follow=True).content.decode()
    assert sessions_of(world) == 0
    with pytest.raises(access.InvalidToken):
        access.read_bearer(world.ctx, tokens["access_token"])
    event = record.last(world.realm, EventType.SESSION_CHANGE)
    assert (event.actor_id, event.data["action"], event.data["count"]) == (world.ada.pk, "END", 1)


def test_deleting_asks_for_the_username(world: World, ada: Client, bob: str, people: str) -> None:
    answer = ada.post(f"{bob}/delete", {"confirmation": "Bob Baker"})
    assert answer.status_code == 422
    assert "What you typed is not the username." in answer.content.decode()
    answer = ada.post(f"{bob}/delete", {"confirmation": "bob"})
    assert (answer.status_code, answer["Location"]) == (303, people)
    assert ada.get(bob).status_code == 404
    assert directory.identity_by_username(world.realm, "bob") is None


def test_htmx_is_sent_to_the_next_page_whole(ada: Client, bob: str) -> None:
    answer = ada.post(f"{bob}/suspend", **HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, bob)
