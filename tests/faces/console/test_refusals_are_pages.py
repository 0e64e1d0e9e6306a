"""Who is refused at the console stays in it: the page says why, what to do and what to name, and the rail leads on."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_missing_right_is_named_within_the_frame(world: World, clerk: Callable[..., Client]) -> None:
    answer = clerk("realms:read", "groups:read").get(f"/console/realms/{world.realm.pk}/identities")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Your roles do not include identities:read." in page
    assert "can give you more" in page
    assert answer["X-Correlation-Id"] in page
    assert f'href="/console/realms/{world.realm.pk}/groups"' in page, "the rail leads on to what they may see"
    assert f'href="/console/realms/{world.realm.pk}/">Customers' in page


def test_what_is_gone_leads_back_to_its_realm(world: World, ada: Client) -> None:
    here = f"/console/realms/{world.realm.pk}/"
    answer = ada.get(f"{here}identities/{'0' * 16}")
    page = answer.content.decode()
    assert (answer.status_code, "Back to Customers" in page) == (404, True)
    assert page.count("<h1") == 1


def test_of_somebody_elses_realm_nothing_is_told(world: World, eve: Client) -> None:
    answer = eve.get(f"/console/realms/{world.realm.pk}/identities/{world.bob.pk}")
    assert answer.status_code == 404
    assert not any(
        name in answer.content.decode() for name in ("Acme", "Bob Baker", f'"/console/realms/{world.realm.pk}')
    )


def test_a_part_of_a_page_is_refused_by_a_part(world: World, ada: Client) -> None:
    answer = ada.get(f"/console/realms/{world.realm.pk}/identities/{'0' * 16}", headers={"HX-Request": "true"})
    assert (answer.status_code, b"rail-nav" in answer.content) == (404, False)


@pytest.mark.parametrize("method", ["get", "head", "put"])
def test_what_only_a_form_may_be_sent_to_answers_in_words(world: World, ada: Client, method: str) -> None:
    answer = getattr(ada, method)(f"/console/realms/{world.realm.pk}/identities/{world.bob.pk}/unsuspend")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert method == "head" or "Go back to the page you came from" in answer.content.decode()
