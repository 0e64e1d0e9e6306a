"""The form of a rule: what it lets one choose from, however much there is, and whom the rule tells."""

import pytest
from django.test import Client

from tests.faces.console.test_policy import add, draft
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/policy"


def test_an_alert_and_mails_are_told_in_the_sentence_and_come_back_in_the_form(
    world: World, ada: Client, url: str
) -> None:
    assert "No event stream takes alerts alone yet" in ada.get(f"{url}/rules/new").content.decode()
    add(ada, url, notify="guard@acme.test", alert="on")
    rule = draft(world)[0]
    assert rule["notify"] == {"emails": ["guard@acme.test"], "alert": True}
    assert "alerts, and mails guard@acme.test" in ada.get(url).content.decode()
    form = ada.get(f"{url}/rules/{rule['id']}").context["form"]
    assert (form["notify"].value(), form["alert"].value()) == ("guard@acme.test", True)
    add(ada, url, action="allow", alert="on")
    assert "notify" not in draft(world)[0]
