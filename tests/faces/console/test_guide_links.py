"""Each page of the rail says what its thing is, and leads to where the documentation tells the rest."""

import pytest
from django.test import Client

from apps.console import guide_links, render
from tests.world import World


@pytest.mark.parametrize("page", sorted({page for _, page in guide_links.SECTIONS.values()}))
def test_every_guide_is_there(page: str) -> None:
    name, _, anchor = page.partition("#")
    answer = Client().get(f"/docs/{name}")
    assert answer.status_code == 200
    assert not anchor or f'id="{anchor}"' in answer.content.decode()


@pytest.mark.django_db
def test_every_page_of_the_rail_leads_to_its_guide(world: World, ada: Client) -> None:
    for _, entries in render._NAV:
        for name, _icon, path, _scope in entries:
            url = path if path.startswith("/") else f"/console/realms/{world.realm.pk}/{path}"
            assert 'class="guide"' in ada.get(url).content.decode(), name


@pytest.mark.django_db
def test_a_page_of_one_thing_says_what_it_is(world: World, ada: Client) -> None:
    base = f"/console/realms/{world.realm.pk}"
    pages = {
        f"{base}/": "A realm keeps its own people",
        f"{base}/settings": "its signing keys",
        f"{base}/identities/{world.bob.pk}": "An identity is a person of this realm",
        f"{base}/applications/{world.application.pk}": "An application is what people sign in to",
        f"{base}/groups/{world.acme.customers.contractors.pk}": "A group is a set of people",
    }
    for url, words in pages.items():
        assert words in ada.get(url).content.decode(), url
