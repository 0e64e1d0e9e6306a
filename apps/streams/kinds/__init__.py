"""The kinds of targets, by the word that the contract has for each. A new one is a module and a line here."""

from apps.streams.kinds import datadog, elastic, otlp, splunk_hec, syslog, webhook
from apps.streams.kinds.kind import Kind

KINDS: dict[str, Kind] = {
    each.name: each for each in (splunk_hec.KIND, datadog.KIND, elastic.KIND, otlp.KIND, webhook.KIND, syslog.KIND)
}
