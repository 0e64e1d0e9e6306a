"""A realm's home: who signed in and who was denied, over time; what passkeys there are; what somebody should look at."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.events.attempt import record
from apps.events.types import EventType
from apps.policy import selectors as policy
from apps.policy import services as policy_verbs
from apps.streams import selectors as streams
from apps.streams import services as stream_verbs
from tests import ceremonies
from tests.world import World

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def home(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/"


def seen(ada: Client, home: str, period: str) -> Any:
    return ada.get(f"{home}activity", {"last": period}, headers=HTMX).context["activity"]


def test_sign_ins_and_denials_are_drawn_and_nothing_else(ada: Client, world: World, home: str) -> None:
    for outcome, times in (("ALLOW", 3), ("DENY", 1), ("START", 5)):
        for _ in range(times):
            record(world.request, EventType.AUTHENTICATION_TRANSACTION, world.realm, outcome=outcome)
    for period in ("24h", "7d", "90d"):
        drawn = seen(ada, home, period)
        assert (drawn["signed_in"], drawn["denied"]) == ("3", "1")
        assert [each["current"] for each in drawn["periods"]].count(True) == 1
    page = ada.get(home, {"last": "7d"}).content.decode()
    assert "As a table" in page
    assert 'class="chart-danger"' in page
    assert "outcome=DENY" in page


def test_what_is_drawn_is_this_realms_alone(ada: Client, world: World, home: str) -> None:
    record(world.request, EventType.AUTHENTICATION_TRANSACTION, world.acme.staff.realm, outcome="ALLOW")
    ceremonies.give_passkey(world, world.acme.staff.bob)
    drawn = seen(ada, home, "nonsense")
    assert drawn["signed_in"] == "0"
    assert drawn["kinds"] == []


def test_the_picture_comes_after_the_page_and_by_a_link_without_a_script(ada: Client, home: str) -> None:
    page = ada.get(home).content.decode()
    assert f'hx-get="{home}activity"' in page
    assert 'href="?last=24h"' in page
    assert ada.get(f"{home}activity", {"last": "90d"})["Location"] == f"{home}?last=90d"


def test_passkeys_are_counted_by_kind(ada: Client, world: World, home: str) -> None:
    for person in (world.bob, world.acme.customers.carol):
        ceremonies.give_passkey(world, person)
    (kind,) = seen(ada, home, "24h")["kinds"]
    assert (kind["count"], kind["share"], kind["width"]) == ("2", "100%", 960)
    assert [key.algorithm for key in seen(ada, home, "24h")["keys"]] == ["ES256"]


def test_a_failing_stream_and_a_draft_are_told_of(ada: Client, world: World, home: str) -> None:
    assert ada.get(home).context["attention"] == []
    siem = {"settings": {"site": "datadoghq.eu", "api_key": "key"}, "enabled": True}
    made = stream_verbs.create_event_stream(world.request, world.realm, display_name="SIEM", type="datadog", **siem)
    streams.event_streams_in(world.realm).filter(pk=made.stream.pk).update(
        failing_since=timezone.now() - timedelta(hours=1)
    )
    policy_verbs.save_draft(world.request, world.realm, policy.published(world.realm).rules)
    page = ada.get(home)
    assert [each["url"].rpartition("/")[2] for each in page.context["attention"]] == [str(made.stream.pk), "policy"]
    assert "“SIEM” is failing" in page.content.decode()


def test_who_may_not_read_sees_no_picture_and_is_told_nothing(
    world: World, home: str, clerk: Callable[..., Client]
) -> None:
    policy_verbs.save_draft(world.request, world.realm, policy.published(world.realm).rules)
    clara = clerk("realms:read")
    page = clara.get(home, {"last": "24h"})
    assert page.context["attention"] == []
    assert "activity" not in page.context
    assert clara.get(f"{home}activity").status_code == 403


def test_first_steps_that_somebody_else_has_to_do_lead_nowhere(
    world: World, clerk: Callable[..., Client], home: str
) -> None:
    steps = clerk("realms:read", "identities:read").get(home).context["steps"]
    waiting = [step for step in steps if not step.done]
    assert [bool(step.url) for step in waiting] == [step.scope == "identities:read" for step in waiting]
    assert [step.scope for step in waiting if step.is_next] == ["identities:read"]
