"""Forms of event streams: what every one has, and what each kind of target asks besides. The verb judges all of it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.event_words import TYPES
from apps.console.forms.versioned import VersionedForm
from apps.events import outcomes
from apps.events.types import EventType
from apps.streams.kinds import KINDS
from apps.streams.kinds.datadog import SITES
from apps.web.states import state_words

_ROOT = "event_stream.settings"
# (name, icon, what it is): the cards to choose from, in this order.
KIND_CARDS: dict[str, tuple[Any, str, Any]] = {
    "splunk_hec": (_("Splunk"), "activity", _("To an HTTP Event Collector, Splunk Cloud's or your own.")),
    "datadog": (_("Datadog"), "activity", _("To the logs intake of your Datadog site.")),
    "elastic": (_("Elastic"), "search", _("To Elasticsearch's bulk API. What comes twice is stored once.")),
    "otlp": (
        _("OpenTelemetry"),
        "activity",
        _("As logs, by OTLP over HTTP: a collector, or whatever takes what it takes."),
    ),
    "webhook": (_("Webhook"), "webhook", _("To a server of your own, signed as Standard Webhooks has it.")),
    "syslog": (_("Syslog"), "server", _("RFC 5424 over TLS or TCP, in JSON or CEF: QRadar, ArcSight, rsyslog.")),
}


def _line(label: Any, help_text: Any = "", *, required: bool = True, **attributes: str) -> Callable[[], forms.Field]:
    plain = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", **attributes}
    return lambda: forms.CharField(
        label=label, help_text=help_text, required=required, max_length=4096, widget=forms.TextInput(attrs=plain)
    )


def _secret(label: Any, help_text: Any = "", *, required: bool = True) -> Callable[[], forms.Field]:
    hidden = forms.PasswordInput(attrs={"autocomplete": "off"})
    return lambda: forms.CharField(label=label, help_text=help_text, required=required, max_length=4096, widget=hidden)


def _one_of(label: Any, choices: Mapping[str, Any], help_text: Any = "") -> Callable[[], forms.Field]:
    return lambda: forms.ChoiceField(
        label=label, help_text=help_text, choices=list(choices.items()), widget=forms.RadioSelect
    )


def _authority() -> forms.Field:
    return forms.CharField(
        label=_("Certificate authority"),
        help_text=_("PEM, for a server whose certificate no public authority vouches for."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )


_ASKED: dict[str, dict[str, Callable[[], forms.Field]]] = {
    "splunk_hec": {
        "url": _line(
            _("Collector URL"), _("Such as https://http-inputs-acme.splunkcloud.com or https://splunk.example:8088.")
        ),
        "token": _secret(_("HEC token"), _("In Splunk: Settings, Data inputs, HTTP Event Collector.")),
        "index": _line(_("Index"), _("The token's own where you leave it empty."), required=False),
        "sourcetype": _line(_("Source type"), required=False),
        "source": _line(_("Source"), required=False),
    },
    "datadog": {
        "site": lambda: forms.ChoiceField(
            label=_("Site"), help_text=_("The host your Datadog runs at."), choices=[(site, site) for site in SITES]
        ),
        "api_key": _secret(_("API key"), _("In Datadog: Organization settings, API keys.")),
        "service": _line(_("Service"), required=False),
        "tags": _line(_("Tags"), _("Separated by commas, such as env:prod."), required=False),
        "url": _line(_("Relay URL"), _("Only where events go through a pipeline of yours first."), required=False),
    },
    "elastic": {
        "url": _line(_("Cluster URL"), _("Such as https://acme.es.eu-west-1.aws.found.io:9243.")),
        "api_key": _secret(_("API key"), _("The encoded one; it needs create_doc and auto_configure on the index.")),
        "index": _line(_("Index or data stream"), required=False),
    },
    "otlp": {
        "url": _line(_("Endpoint"), _("Such as https://collector.example:4318; without a path it is /v1/logs.")),
        "header": _line(_("Header"), _("Where it wants to be shown who sends."), required=False),
        "header_value": _secret(_("Value of the header"), _("Such as Bearer … or an API key."), required=False),
        "service": _line(_("Service"), required=False),
    },
    "webhook": {
        "url": _line(_("URL"), _("Where batches are posted, such as https://siem.example/hooks/identity.")),
        "secret": _secret(_("Signing secret"), _("whsec_…; we make one where you leave it empty."), required=False),
    },
    "syslog": {
        "host": _line(_("Host")),
        "port": lambda: forms.IntegerField(label=_("Port"), min_value=1, max_value=65_535),
        "transport": _one_of(
            _("Transport"),
            {
                "tls": _("TLS\nEncrypted, and the server proves who it is."),
                "tcp": _("TCP\nIn the clear: for a network of your own."),
            },
        ),
        "format": _one_of(
            _("Message"),
            {
                "json": _("JSON\nThe whole event, as the API has it."),
                "cef": _("CEF\nOne line for ArcSight and QRadar."),
            },
        ),
        "app_name": _line(_("Application name"), required=False),
    },
}
_ADVANCED = frozenset({"source", "sourcetype", "service", "app_name", "ca_certificate"})


class _StreamFields(forms.Form):
    """`kind` decides what is asked. Secrets are asked for once; later an empty one stays what it is."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("For administrators."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    types = forms.MultipleChoiceField(
        label=_("Types"),
        required=False,
        help_text=_("All where none is chosen."),
        choices=[(each.value, TYPES[each]) for each in EventType],
        widget=forms.CheckboxSelectMultiple,
    )
    outcomes = forms.MultipleChoiceField(
        label=_("Outcomes"),
        required=False,
        help_text=_("All where none is chosen."),
        widget=forms.CheckboxSelectMultiple,
    )

    alerts_only = forms.BooleanField(
        label=_("Alerts alone"),
        required=False,
        help_text=_("Only what a policy rule raises an alert for. Mails, pages and tickets begin here."),
    )

    def ask(self, kind: str) -> None:
        self.kind = KINDS[kind]
        self.asked = [*_ASKED[kind], "ca_certificate"]
        for name, make in {**_ASKED[kind], "ca_certificate": _authority}.items():
            self.fields[name] = make()
            self.fields[name].initial = self.kind.defaults.get(name)
        offered: Any = self.fields["outcomes"]
        offered.choices = [(each, state_words(each)) for each in outcomes.known()]

    @property
    def basic(self) -> list[Any]:
        return [self[name] for name in self.asked if name not in _ADVANCED]

    @property
    def advanced(self) -> list[Any]:
        return [self[name] for name in self.asked if name in _ADVANCED]

    @property
    def advanced_wrong(self) -> bool:
        """What is wrong must not hide."""
        return bool(self.errors.keys() & _ADVANCED)

    @property
    def chooses(self) -> bool:
        """Whether the filter is there to be seen."""
        chosen = {"types", "outcomes", "alerts_only"}
        return any(self[name].value() for name in chosen) or bool(self.errors.keys() & chosen)

    @property
    def paths(self) -> dict[str, str]:
        """For add_violations."""
        further = {"event_stream.display_name": "name", "event_stream.filter.types": "types"}
        return {**further, **{f"{_ROOT}.{name}": name for name in self.asked}}

    def filters(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("types", "outcomes", "alerts_only")}


class NewStreamForm(_StreamFields):
    def __init__(self, data: Any = None, *, kind: str) -> None:
        super().__init__(data)
        self.ask(kind)
        self.fields["name"].initial = KIND_CARDS[kind][0]

    def settings(self) -> dict[str, Any]:
        """What was filled in; the rest is as the kind has it."""
        return {name: self.cleaned_data[name] for name in self.asked if self.cleaned_data[name] not in ("", None)}


class StreamForm(VersionedForm, _StreamFields):
    def __init__(self, data: Any = None, *, row: Any) -> None:
        super().__init__(data, stored=stored(row), read_at=row.updated_at)
        self.ask(row.type)
        for name in self.kind.secret_checks:
            self.fields[name].required = False
            self.fields[name].help_text = _("Stored and never shown. Leave it empty to keep it.")

    def settings(self) -> dict[str, Any]:
        """What is empty goes back to what it was at first, but for secrets: those stay."""
        given = {name: self.cleaned_data[name] for name in self.asked}
        return {
            name: value if value not in ("", None) else None
            for name, value in given.items()
            if value not in ("", None) or name not in self.kind.secret_checks
        }


def stored(row: Any) -> dict[str, Any]:
    """What an event stream holds, in the form's terms."""
    chosen = {"types": row.types, "outcomes": row.outcomes, "alerts_only": row.alerts_only}
    return {"name": row.display_name, **chosen, **row.settings}
