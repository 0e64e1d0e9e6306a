"""What the product measures of itself for Prometheus, where METRICS_TOKEN asks for it; without it nothing is counted.

Where `serve` gives its processes a common folder (PROMETHEUS_MULTIPROC_DIR) each writes its numbers into a file of its own
there, and whoever is asked adds them up; otherwise a process tells of itself alone.
"""

import os

from django.conf import settings
from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

disable_created_metrics()  # a second series for each, which nobody reads

COUNTED = CollectorRegistry()


def are_on() -> bool:
    return bool(settings.METRICS_TOKEN)


def registry() -> CollectorRegistry:
    """A new one, for one answer, of what all processes of this host counted."""
    answer = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(answer)
    else:
        answer.register(COUNTED)
    return answer
