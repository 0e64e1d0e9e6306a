"""What the forms that make and change OAuth clients share, and the one that makes them. They speak of what an application
is; `protocol_config` says it in the contract's terms (contract/wire.md §1.7), and the verb judges that."""

import secrets
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from apps.console.durations import duration_choices
from apps.console.forms.fields import LinesField
from apps.console.forms.uses import OF_PROGRAMS, PROTOCOL, REDIRECTS, USES
from apps.console.scope_choices import Offering

ROOT = "application.protocol_config"
FIELDS: Mapping[str, str] = {
    "application.display_name": "name",
    "application.authenticator_config_id": "authenticator",
    f"{ROOT}.redirect_uris": "redirect_uris",
    f"{ROOT}.allowed_scopes": "scopes",
    f"{ROOT}.token_configuration.expires_after": "expires_after",
    f"{ROOT}.token_configuration.token_signing_algorithm": "signing_algorithm",
}
_ALGORITHMS = [
    ("ES256", _("ES256, small and fast")),
    ("EdDSA", _("EdDSA (Ed25519)")),
    ("PS256", _("PS256 (RSA)")),
    ("RS256", _("RS256 (RSA), for the oldest libraries")),
]
_TOKEN = {
    "expires_after": "expires_after",
    "signing_algorithm": "token_signing_algorithm",
    "subject_field": "subject_field",
}


class ApplicationFields(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("People see it when they sign in."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    redirect_uris = LinesField(
        label=_("Redirect URIs"),
        help_text=_("One per line, exactly as your application sends them. https, or http for localhost."),
    )
    authenticator = forms.ChoiceField(label=_("Authenticator"), help_text=_("Where people sign in."))
    scopes = forms.MultipleChoiceField(label=_("Scopes"), required=False, widget=forms.CheckboxSelectMultiple)
    expires_after = forms.TypedChoiceField(label=_("Access token lifetime"), coerce=int)
    signing_algorithm = forms.ChoiceField(label=_("Signing algorithm"), initial="ES256", choices=_ALGORITHMS)

    def offer(self, authenticators: Any, offering: Offering, *, seconds: int) -> None:
        """`seconds` is the lifetime to begin with; it is offered even when it is none of ours."""
        self.offering = offering
        self.authenticators = {str(each.pk): each for each in authenticators}
        self.choose("authenticator", [(key, each.display_name) for key, each in self.authenticators.items()])
        self.choose("expires_after", duration_choices(seconds))
        sent = self.fields["scopes"].widget.value_from_datadict(self.data, self.files, self.add_prefix("scopes"))
        self.offer_scopes((sent if self.is_bound else self.initial.get("scopes")) or [])

    def offer_scopes(self, chosen: list[str]) -> None:
        found = self.offering(chosen)
        self.resource_servers, self.scope_picker = found.servers, found.picker
        if not found.picker and not any(server.scopes for server in self.resource_servers):
            self.fields.pop("scopes", None)
            return
        several = len(self.resource_servers) > 1
        self.choose(
            "scopes",
            [
                (f"{server.pk} {scope}", f"{scope}\n{server.display_name}" if several else scope)
                for server in self.resource_servers
                for scope in server.scopes
            ],
        )

    def fill_further(self, posted: Any) -> None:
        """With what was typed before the session was over; see kept_forms.py."""
        if "scopes" in self.fields:
            self.offer_scopes(posted.getlist("scopes"))

    def choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def judge_nothing(self) -> None:
        """The form comes back as it was typed."""
        self._errors = ErrorDict()

    def clean_scopes(self) -> list[str]:
        """Scopes of one resource server: its identifier becomes the audience of the tokens."""
        chosen: list[str] = self.cleaned_data["scopes"]
        if len({each.partition(" ")[0] for each in chosen}) > 1:
            raise forms.ValidationError(_("Choose scopes of one API only: a token is meant for one."))
        return chosen

    @property
    def tokens_wrong(self) -> bool:
        """What is wrong must not hide."""
        return bool(self.errors.keys() & {"expires_after", "signing_algorithm"})

    @property
    def resource_server(self) -> Any:
        """The one whose scopes were chosen."""
        chosen = self.cleaned_data.get("scopes") or [""]
        return next((s for s in self.resource_servers if str(s.pk) == chosen[0].partition(" ")[0]), None)

    @property
    def authenticator_config(self) -> Any:
        return self.authenticators.get(self.cleaned_data.get("authenticator", ""))

    def asked(self) -> dict[str, Any]:
        """Of the contract's `protocol_config`, what the form asked."""
        given = self.cleaned_data
        token = {theirs: given[ours] for ours, theirs in _TOKEN.items() if ours in given}
        config: dict[str, Any] = {name: given[name] for name in ("redirect_uris", "pkce") if name in given}
        if "scopes" in given:
            config["allowed_scopes"] = [each.partition(" ")[2] for each in given["scopes"]]
        return {**config, "token_configuration": token}


class NewApplicationForm(ApplicationFields):
    """The second step: what an application for this use is asked. `once` makes one application of one form, however often
    it is sent; `kind` is the use, and what else was typed stays when another is chosen."""

    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    kind = forms.ChoiceField(widget=forms.HiddenInput, choices=list(USES.items()))

    def __init__(
        self, data: Any = None, *, use: str, authenticators: Any, offering: Offering, typed: Any = None, api: Any = None
    ) -> None:
        """`typed` is what to begin with, of a form that is not sent yet. For an API its resource server is given, and all of
        its scopes are chosen to begin with."""
        chosen = {"scopes": [f"{api.pk} {scope}" for scope in api.scopes]} if api else {}
        begin = {"once": secrets.token_urlsafe(24), "expires_after": 3600, **chosen}
        super().__init__(data, initial={**begin, **(typed or {}), "kind": use})
        self.use = use
        self.offer(authenticators, offering, seconds=3600)
        if use in OF_PROGRAMS:
            del self.fields["redirect_uris"], self.fields["authenticator"]
            self.fields["name"].help_text = _("Events and lists call it so.")
        else:
            self.fields["redirect_uris"].help_text = REDIRECTS[use][1]

    @property
    def redirect_example(self) -> str:
        return REDIRECTS[self.use][0] if self.use in REDIRECTS else ""

    def clean(self) -> None:
        if {"once", "kind"} & self.errors.keys():
            self.add_error(None, _("This form came back incomplete. Load the page again."))

    def protocol_config(self) -> dict[str, Any]:
        return {**self.asked(), **PROTOCOL[self.use]}


class RotationForm(forms.Form):
    version = forms.CharField(widget=forms.HiddenInput, required=False)
    grace_seconds = forms.TypedChoiceField(
        label=_("The old secret stops working"),
        coerce=int,
        initial=86_400,
        choices=[
            (0, _("now")),
            (3600, _("in an hour")),
            (86_400, _("in a day")),
            (7 * 86_400, _("in a week")),
        ],
        help_text=_("Until then both work, so that you can put the new one in place."),
    )
