"""Applications at the console: the list, the quick start, and who may see what."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.services import applications as applications_verbs
from apps.onboarding import services as onboarding
from tests.faces.console.application_forms import admin_url, base, filled, find, url
from tests.world import World

pytestmark = pytest.mark.django_db


def test_the_quick_start_of_the_management_api_names_real_things(world: World, ada: Client) -> None:
    page = ada.get(f"{admin_url(world, world.acme.management_api)}/quick-start").content.decode()
    first = world.acme.opened
    assert f"{world.acme.management_api.path}/token" in page
    assert f"/v1/{first.first_realm.path}/identities" in page
    assert str(first.first_config.pk) in page


def test_the_quick_start_of_a_web_application_names_its_own_values(world: World, ada: Client) -> None:
    page = ada.get(f"{url(world)}/quick-start").content.decode()
    assert world.application.client_id in page
    assert f"/v1/{world.application.path}" in page
    assert "http://localhost:3000/callback" in page


@pytest.mark.parametrize("path", ["", "/configuration", "/quick-start", "/rotate-secret", "/delete"])
@pytest.mark.parametrize("wrong", ["realm", "id", "tenant"])
def test_an_application_of_elsewhere_is_not_found(
    world: World, ada: Client, eve: Client, path: str, wrong: str
) -> None:
    addresses = {
        "realm": f"/console/realms/{world.acme.staff.realm.pk}/applications/{world.application.pk}",
        "id": f"{base(world)}/not-an-id",
        "tenant": f"/console/realms/{world.evil.customers.realm.pk}/applications/{world.application.pk}",
    }
    client = eve if wrong == "tenant" else ada
    assert client.get(f"{addresses[wrong]}{path}").status_code == 404
    if path in ("/configuration", "/rotate-secret", "/delete"):
        assert client.post(f"{addresses[wrong]}{path}", {"confirmation": "Shop"}).status_code == 404


def test_who_may_only_read_sees_no_controls_and_changes_nothing(world: World, clerk: Callable[..., Client]) -> None:
    reader = clerk("applications:read")
    assert "Create application" not in reader.get(base(world)).content.decode()
    assert 'id="rotate"' not in reader.get(url(world)).content.decode()
    assert 'name="redirect_uris"' not in reader.get(f"{url(world)}/configuration").content.decode()
    refused = [
        reader.get(f"{base(world)}/new"),
        reader.post(f"{base(world)}/new", {}),
        reader.post(f"{url(world)}/configuration", {}),
        reader.post(f"{url(world)}/rotate-secret", {}),
        reader.post(f"{url(world)}/delete", {"confirmation": "Shop"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert applications.get_application(world.realm, world.application.pk).updated_at == world.application.updated_at


def test_who_may_not_read_applications_is_refused_the_list(world: World, clerk: Callable[..., Client]) -> None:
    assert clerk("realms:read").get(base(world)).status_code == 403


def test_names_are_text_wherever_they_are_shown(world: World, ada: Client) -> None:
    form = filled(world, ada, name="Q&A 'quoted' \"twice\"")
    page = ada.post(f"{base(world)}/new", form).content.decode()
    made = find(world, "Q&A 'quoted' \"twice\"")
    for html in (page, ada.get(f"{base(world)}/{made.pk}/configuration").content.decode()):
        assert "Q&A 'quoted'" not in html
        assert "Q&amp;A &#x27;quoted&#x27; &quot;twice&quot;" in html


def test_applications_are_found_by_a_part_of_their_name_or_the_start_of_their_client_id(
    world: World, ada: Client
) -> None:
    ada.post(f"{base(world)}/new", filled(world, ada))
    for text in ("payr", find(world, "Payroll").client_id[:12]):
        assert [each["name"] for each in ada.get(base(world), {"q": text}).context["listed"]] == ["Payroll"]
    assert "Nothing matches" in ada.get(base(world), {"q": "nobody"}).content.decode()


def test_many_applications_are_walked_a_page_at_a_time(world: World, ada: Client) -> None:
    for number in range(55):
        applications_verbs.create_application(
            world.ctx,
            world.realm,
            display_name=f"Robot {number}",
            protocol_config={"type": "oauth2", "grant_type": ["client_credentials"]},
        )
    first = ada.get(base(world)).context
    second = ada.get(first["older_url"]).context
    assert (len(first["listed"]), first["newer_url"]) == (50, "")
    assert (len(second["listed"]), second["older_url"]) == (6, "")
    assert first["listed"][0]["name"] == "Robot 54"
    assert ada.get(second["newer_url"]).context["listed"] == first["listed"]


@pytest.mark.parametrize("cursor", ["nonsense", "0199a3f2-77c1-7e5a-b1f0-6a1d9a2c44e1"])
def test_a_cursor_of_nothing_shows_the_first_page(world: World, ada: Client, cursor: str) -> None:
    assert len(ada.get(base(world), {"before": cursor}).context["listed"]) == 1


def test_an_empty_list_offers_one_way_to_begin(world: World, ada: Client) -> None:
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="New")
    page = ada.get(f"/console/realms/{realm.pk}/applications").content.decode()
    assert page.count("Create application") == 1
    assert "data-search" not in page.partition("<main")[2], "nothing to search in"
