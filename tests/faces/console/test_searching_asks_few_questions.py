"""A search of the record asks no more of the database than any other page, whatever it is for and whomever it names."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.directory.services import groups
from apps.events import counting, sampling
from apps.events.attempt import attempt
from apps.events.types import EventType
from tests.world import World, acting_as, join

pytestmark = pytest.mark.django_db

MOST = 12
SETTLES = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")
FORMS = {
    "a word that names many": {"q": "smith"},
    "one that names nobody": {"q": "nobody at all"},
    "within a day": {"q": "smith", "last": "24h"},
    "within 90 days": {"q": "smith", "last": "90d"},
    "of a type": {"q": "smith", "type": "IDENTITY_CHANGE"},
    "of types and outcomes": {
        "q": "smith",
        "type": ["IDENTITY_CHANGE", "GROUP_CHANGE"],
        "outcome": ["SUCCESS", "DENY"],
    },
    "by somebody": {"q": "smith", "actor": "0" * 16},
    "about somebody": {"q": "smith", "target": "0" * 16},
    "an outcome": {"q": "denied"},
    "an address": {"q": "203.0.113.7"},
    "an id": {"q": "0" * 16},
    "the id of nothing": {"q": "01a202f5-9ceb-7410-8000-000000000000"},
    "a flow of nothing": {"q": "flow-of-these-tests"},
    "followed live": {"q": "smith", "live": "1"},
    "drawn without a script": {"q": "smith", "drawn": "1"},
    "drawn of 90 days, by type": {"q": "smith", "drawn": "1", "last": "90d", "type": "IDENTITY_CHANGE"},
    "nothing, drawn": {"drawn": "1", "last": "90d"},
    "types, drawn": {"drawn": "1", "type": ["IDENTITY_CHANGE", "GROUP_CHANGE", "TOKEN_REQUEST", "ROLE_CHANGE"]},
    "a time and an outcome, drawn": {"drawn": "1", "last": "24h", "outcome": ["SUCCESS", "DENY"]},
}


@pytest.fixture
def smiths(world: World) -> None:
    """More than a search walks for: people, one of whom is called just that, applications and groups."""
    for number in range(6):
        person = join(world.ctx, world.realm, f"smith{number}", f"Jo Smith {number}", "acme.test")
        group = groups.create_group(acting_as(world.ctx, person), world.realm, display_name=f"Smith's {number}")
        groups.add_members(acting_as(world.ctx, person), group, [person.pk])
    join(world.ctx, world.realm, "smith", "Zoe Zander", "acme.test")
    with attempt(world.ctx, EventType.POLICY_EVALUATION, world.realm) as event:
        event.data["reason"] = "smith"


def questions(browser: Client, path: str) -> list[str]:
    browser.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(path)
    assert answer.status_code == 200
    return [each["sql"] for each in asked if not each["sql"].startswith(SETTLES) and "'on', true" not in each["sql"]]


@pytest.mark.parametrize("form", FORMS)
def test_a_search_asks_few_questions(world: World, ada: Client, smiths: None, form: str) -> None:
    asked = questions(ada, f"/console/realms/{world.realm.pk}/events?{urlencode(FORMS[form], doseq=True)}")
    assert len(asked) <= MOST, "\n".join(asked)


@pytest.mark.parametrize(
    "path", ["events?q=smith&drawn=1", "events?drawn=1&last=24h", "?last=24h", "?last=7d", "?last=90d"]
)
def test_neither_does_a_picture_that_is_estimated(
    world: World, ada: Client, smiths: None, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNTED", 1)
    monkeypatch.setattr(sampling, "SAMPLE", 2)
    asked = questions(ada, f"/console/realms/{world.realm.pk}/{path}")
    assert len(asked) <= MOST, "\n".join(asked)
