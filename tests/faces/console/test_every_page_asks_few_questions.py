"""No page of the console asks the database more than twelve questions, whatever it shows, and none breaks."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import ceremonies
from tests.isolation import atlas
from tests.world import Place, World

pytestmark = pytest.mark.django_db

MOST = 12
KINDS = {
    "things": lambda company: company.customers,
    "more things": lambda company: company.staff,
}


def crowd(world: World, place: Place) -> None:
    """More of what lists show, so that a question for each row would be seen."""
    for person in place.people.values():
        ceremonies.invite(world, person)
        ceremonies.give_passkey(world, person)


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_opens_with_few_questions(ada: Client, world: World, kind: str) -> None:
    place = KINDS[kind](world.acme)
    here = atlas.furnish(world, place)
    if kind == "more things":
        crowd(world, place)
    too_many, opened = {}, 0
    for route in atlas.routes("console"):
        ada.get(route.path(here))
        with CaptureQueriesContext(connection) as asked:
            answer = ada.get(route.path(here))
        assert answer.status_code < 500, route
        opened += answer.status_code == 200
        if len(asked) > MOST:
            too_many[str(route)] = len(asked)
    assert not too_many
    assert opened > 60
