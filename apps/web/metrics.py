"""GET /metrics, for Prometheus: what was counted, and what waits at this moment. No name and no id is ever a label."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.events import meters, sealing
from apps.realms import selectors as realms
from apps.streams import selectors as streams

PATH = "/metrics"
_BEARER = "Bearer "
_BATCHES = {"waiting": "PENDING", "failing": "FAILED", "dead": "DEAD"}

_log = logging.getLogger(__name__)


def metrics(request: HttpRequest) -> HttpResponse:
    """404 without a METRICS_TOKEN, 401 for who does not send it (RFC 6750 §2.1)."""
    if not meters.are_on():
        raise Http404
    if not _knows_token(request.headers.get("Authorization", "")):
        headers = {"WWW-Authenticate": "Bearer"}
        return _private(HttpResponse("unauthorized\n", status=401, content_type="text/plain", headers=headers))
    return _private(_told(request))


def _knows_token(sent: str) -> bool:
    return sent.startswith(_BEARER) and constant_time_compare(sent.removeprefix(_BEARER), settings.METRICS_TOKEN)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def _told(request: HttpRequest) -> HttpResponse:
    registry = meters.registry()
    registry.register(Waiting())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Waiting(Collector):
    """Read off the database when it is asked for; left out when that does not answer, so that the rest is still told."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # or registering it would ask the database already

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            yield from list(_gauges())
        except DatabaseError:
            _log.exception("what waits cannot be told")


def _gauges() -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily("identity_cloud_mails_waiting", "Mails not sent yet.", realms.mails_waiting())
    yield from _of_streams(streams.totals())
    lag = sealing.lag().total_seconds()
    yield GaugeMetricFamily("identity_cloud_sealer_lag_seconds", "Age of the oldest event without a seal.", lag)


def _of_streams(totals: streams.Totals) -> Iterator[GaugeMetricFamily]:
    healths = GaugeMetricFamily("identity_cloud_streams", "Event streams by how they fare.", labels=["state"])
    for state, count in totals.streams.items():
        healths.add_metric([state.lower()], count)
    yield healths
    batches = GaugeMetricFamily("identity_cloud_stream_batches", "Batches not delivered.", labels=["state"])
    for label, state in _BATCHES.items():
        batches.add_metric([label], totals.batches.get(state, 0))
    yield batches
    behind = "Events that the stream furthest behind has not put into a batch."
    yield GaugeMetricFamily("identity_cloud_stream_events_behind", behind, totals.events_behind)
    failing = (timezone.now() - totals.failing_since).total_seconds() if totals.failing_since else 0.0
    yield GaugeMetricFamily(
        "identity_cloud_stream_failing_seconds", "How long the one fails that fails longest.", failing
    )
