"""Where nothing is ever sent, what is told nowhere, and what a target says of itself (contract/extensions.md §7)."""

from typing import Any

import pytest

from apps.core.errors import Invalid
from apps.events.models import Event
from apps.events.types import EventType
from apps.streams import configuration, services, trials
from apps.streams.models import Delivery, EventStream
from tests import record as auditor
from tests import siems
from tests.domain.streams.made import create
from tests.domain.test_stream_kinds import deliver, happen, stream_to
from tests.siems import Siem
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_secrets_are_sealed_and_told_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with siems.listening("splunk_hec") as siem:
        stream = stream_to(world, siem)
        services.update_event_stream(world.request, stream, settings={"token": "another-secret-0123456789"})
        siem.moods = ["fail"]
        happen(world, 1)
        deliver(stream)
        trials.send_test_event(world.request, stream)
        stored = EventStream.objects.get(pk=stream.pk)
        assert configuration.unseal(stored) == {"token": "another-secret-0123456789"}
        everything = str(
            [list(EventStream.objects.values()), list(Delivery.objects.values()), list(Event.objects.values())]
        )
    for secret in (siems.KEY, "another-secret-0123456789"):
        assert secret not in everything
        assert secret.encode() not in bytes(stored.sealed_secrets)
        assert secret not in caplog.text


def test_what_a_target_says_of_itself_is_kept_to_one_printable_line(world: World) -> None:
    with siems.listening("splunk_hec") as siem:
        siem.excuse = "busy\x00\n\x1b[31m" + "x" * 500
        stream = stream_to(world, siem)
        happen(world, 1)
        siem.moods = ["fail"]
        deliver(stream)
        problem = EventStream.objects.get(pk=stream.pk).problem
        assert problem.startswith("it answered 503: busy   [31mx")
        assert len(problem) < 300


PRIVATE = """http://127.0.0.1/ http://localhost:8000/ https://localhost/ https://127.0.0.1/ https://[::1]/ https://10.0.0.1/
    https://192.168.1.1/ https://172.16.0.1/ https://169.254.169.254/latest/meta-data https://100.64.0.1/ https://0.0.0.0/
    https://[::ffff:127.0.0.1]/ https://[64:ff9b::7f00:1]/ https://[fd00::1]/ https://[fe80::1]/ https://2130706433/
    https://0x7f.1/ https://0177.0.0.1/ https://127.1/ https://224.0.0.1/ http://93.184.215.14/ https://93.184.215.14:22/
    https://93.184.215.14:25/ https://93.184.215.14:6379/""".split()


def test_no_stream_leads_to_our_own_neighbours(world: World, settings: Any) -> None:
    settings.EVENT_STREAM_ALLOW_PRIVATE = False
    for url in PRIVATE:
        with pytest.raises(Invalid) as refused:
            create(world, "webhook", url=url)
        assert [violation.field for violation in refused.value.violations] == ["event_stream.settings.url"], url
        assert auditor.last(world.realm, EventType.EVENT_STREAM_CHANGE).outcome == "BAD_REQUEST"
    for host, port in (("127.0.0.1", 6514), ("localhost", 6514), ("::1", 514), ("93.184.215.14", 25)):
        with pytest.raises(Invalid):
            create(world, "syslog", host=host, port=port)


def test_what_became_private_since_it_was_saved_is_not_sent_to(world: World, siem: Siem, settings: Any) -> None:
    stream = stream_to(world, siem)
    happen(world, 1)
    settings.EVENT_STREAM_ALLOW_PRIVATE = False
    before = siem.requests
    assert deliver(stream) == 0
    assert trials.send_test_event(world.request, stream).problem
    assert siem.requests == before
    assert EventStream.objects.get(pk=stream.pk).problem == "not https"


def test_a_secret_does_not_follow_to_another_server_by_itself(world: World) -> None:
    with siems.listening("splunk_hec") as siem, siems.listening("splunk_hec") as thief:
        stream = stream_to(world, siem)
        with pytest.raises(Invalid) as refused:
            services.update_event_stream(world.request, stream, settings={"url": thief.settings["url"]})
        assert [violation.field for violation in refused.value.violations] == ["event_stream.settings.token"]
        services.update_event_stream(world.request, stream, settings={"url": f"{siem.settings['url']}/?channel=2"})
        again = {"url": thief.settings["url"], "token": siems.KEY}
        services.update_event_stream(world.request, stream, settings=again)
        assert thief.requests == 0
