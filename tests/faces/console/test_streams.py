"""Event streams at the console: to choose, to create, to try, to pause, to send again, to take away."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from apps.streams import configuration
from apps.streams.models import Delivery, DeliveryState, EventStream
from tests import siems
from tests.faces.api.test_event_streams import delivery
from tests.siems import Siem
from tests.world import World

pytestmark = pytest.mark.django_db
FILLED: dict[str, dict[str, Any]] = {
    "splunk_hec": {"url": "https://93.184.215.14:8088", "token": siems.KEY, "index": "identity"},
    "datadog": {"site": "datadoghq.eu", "api_key": siems.KEY},
    "elastic": {"url": "https://93.184.215.14:9243", "api_key": siems.KEY},
    "otlp": {"url": "https://93.184.215.14:4318", "header_value": f"Bearer {siems.KEY}"},
    "webhook": {"url": "https://93.184.215.14/hook", "secret": siems.SECRET},
    "syslog": {"host": "93.184.215.14", "port": "6514", "transport": "tls", "format": "cef"},
}


@pytest.fixture
def siem(settings: Any) -> Iterator[Siem]:
    settings.EVENT_STREAM_ALLOW_PRIVATE = True
    with siems.listening("webhook") as listening:
        yield listening


def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/streams"


def create(world: World, client: Client, kind: str, **given: Any) -> Any:
    return client.post(f"{base(world)}/new?type={kind}", {"name": "Security", **FILLED[kind], **given})


def url(world: World) -> str:
    return f"{base(world)}/{EventStream.objects.get().pk}"


def test_an_empty_list_says_what_a_stream_is_and_leads_to_the_cards(world: World, ada: Client) -> None:
    assert "No streams yet" in ada.get(base(world)).content.decode()
    cards = ada.get(f"{base(world)}/new")
    assert [card["url"].partition("type=")[2] for card in cards.context["cards"]] == list(FILLED)
    assert base(world) in ada.get(f"/console/realms/{world.realm.pk}/").content.decode()


@pytest.mark.parametrize("kind", FILLED)
def test_a_stream_of_each_kind_is_created_and_shown_without_its_secret(world: World, ada: Client, kind: str) -> None:
    assert "Create stream" in ada.get(f"{base(world)}/new?type={kind}").content.decode()
    answer = create(world, ada, kind, types=["POLICY_CHANGE"])
    made = EventStream.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, url(world))
    assert (made.type, made.types) == (kind, ["POLICY_CHANGE"])
    for page in (ada.get(url(world)), ada.get(base(world)), ada.get(f"{url(world)}/edit")):
        shown = page.content.decode()
        assert page.status_code == 200
        assert "Security" in shown
        assert siems.KEY not in shown
        assert siems.SECRET not in shown


def test_a_stream_takes_alerts_alone_when_it_is_asked_to(world: World, ada: Client) -> None:
    create(world, ada, "webhook", alerts_only="on")
    assert EventStream.objects.get().alerts_only
    assert "Alerts of the policy alone" in ada.get(url(world)).content.decode()
    rule = ada.get(f"/console/realms/{world.realm.pk}/policy/rules/new").content.decode()
    assert "Alerts go to Security." in rule
    refused = create(world, ada, "webhook", alerts_only="on", types=["POLICY_CHANGE"])
    assert (refused.status_code, EventStream.objects.count()) == (422, 1)
    assert "Alerts are POLICY_EVALUATION events" in refused.content.decode()


def test_a_secret_that_is_made_is_shown_once(world: World, ada: Client) -> None:
    answer = create(world, ada, "webhook", secret="")
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert secret not in ada.get(url(world)).content.decode()
    version = ada.get(f"{url(world)}/rotate-secret").context["version"]
    rotated = ada.post(f"{url(world)}/rotate-secret", {"version": version}).context["secret"]
    assert configuration.unseal(EventStream.objects.get())["secret"] == rotated != secret
    again = ada.post(f"{url(world)}/rotate-secret", {"version": version})
    assert (again.status_code, configuration.unseal(EventStream.objects.get())["secret"]) == (303, rotated)


def test_a_target_among_our_neighbours_is_refused_at_its_field(world: World, ada: Client) -> None:
    answer = create(world, ada, "webhook", url="https://169.254.169.254/latest")
    assert answer.status_code == 422
    assert "Its address is not public." in answer.context["form"].errors["url"]
    assert siems.SECRET not in answer.content.decode()


def test_settings_change_and_an_empty_secret_stays(world: World, ada: Client) -> None:
    create(world, ada, "splunk_hec")
    form = ada.get(f"{url(world)}/edit").context["form"]
    changed = {"name": "SOC", "version": form.initial["version"], "url": "https://93.184.215.14:8088", "token": ""}
    assert ada.post(f"{url(world)}/edit", changed).status_code == 303
    stream = EventStream.objects.get()
    assert (stream.display_name, "index" in stream.settings) == ("SOC", False)
    assert configuration.unseal(stream) == {"token": siems.KEY}
    assert ada.post(f"{url(world)}/edit", changed).status_code == 409
    elsewhere = changed | {"version": stream.updated_at.isoformat(), "url": "https://93.184.215.15"}
    answer = ada.post(f"{url(world)}/edit", elsewhere)
    assert (answer.status_code, "token" in answer.context["form"].errors) == (422, True)


def test_a_test_event_says_what_came_of_it(world: World, ada: Client, siem: Siem) -> None:
    create(world, ada, "webhook", url=siem.settings["url"])
    assert "The test event arrived: 204" in ada.post(f"{url(world)}/test", follow=True).content.decode()
    siem.moods = ["fail"]
    assert "it answered 503" in ada.post(f"{url(world)}/test", follow=True).content.decode()


def test_it_is_paused_goes_on_and_sends_again_what_was_given_up(world: World, ada: Client) -> None:
    create(world, ada, "datadog")
    ada.post(f"{url(world)}/switch", {"enabled": "no"})
    assert EventStream.objects.get().enabled is False
    assert "Paused" in ada.get(url(world)).content.decode()
    ada.post(f"{url(world)}/switch", {"enabled": "yes"})
    assert EventStream.objects.get().enabled is True
    delivery(EventStream.objects.get(), 0, DeliveryState.DEAD)
    assert "Send given-up batches again" in ada.get(url(world)).content.decode()
    ada.post(f"{url(world)}/replay")
    assert Delivery.objects.get().state == DeliveryState.PENDING


def test_the_log_is_shown_in_pages_and_by_state(world: World, ada: Client) -> None:
    create(world, ada, "datadog")
    for number in range(25):
        delivery(EventStream.objects.get(), number, DeliveryState.DEAD if number == 3 else DeliveryState.DELIVERED)
    first = ada.get(url(world))
    assert len(first.context["deliveries"]) == 20
    assert len(ada.get(first.context["older_url"]).context["deliveries"]) == 5
    assert len(ada.get(f"{url(world)}?state=DEAD").context["deliveries"]) == 1
    assert "Clear filters" in ada.get(f"{url(world)}?state=FAILED").content.decode()
    for odd in ("?before=x", "?after=%FF", "?state=x&state=y", f"?before={EventStream.objects.get().pk}"):
        assert ada.get(f"{url(world)}{odd}").status_code == 200


def test_it_is_deleted_by_its_name(world: World, ada: Client) -> None:
    create(world, ada, "datadog")
    assert ada.post(f"{url(world)}/delete", {"confirmation": "Securit"}).status_code == 422
    there = url(world)
    assert ada.post(f"{there}/delete", {"confirmation": "Security"}).status_code == 303
    assert not EventStream.objects.exists()
    assert ada.get(there).status_code == 404


def test_who_may_only_look_changes_nothing(world: World, ada: Client, clerk: Callable[..., Client]) -> None:
    create(world, ada, "webhook")
    reader = clerk("realms:read", "event-streams:read")
    shown = reader.get(url(world)).content.decode()
    assert "Send test event" not in shown
    assert "Delete stream" not in shown
    for path in ("test", "switch", "replay", "rotate-secret", "edit", "delete"):
        assert reader.post(f"{url(world)}/{path}", {"confirmation": "Security"}).status_code == 403
    assert reader.get(f"{base(world)}/new").status_code == 403
