"""What the forms that make and change OAuth clients share, and the one that makes them. They speak of what an application
is; `protocol_config` says it in the contract's terms (contract/wire.md §1.7), and the verb judges that."""

import secrets
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.applications.protocol import DEVICE_CODE
from apps.console.durations import duration_choices
from apps.console.forms.fields import LinesField

ROOT = "application.protocol_config"
FIELDS: Mapping[str, str] = {
    "application.display_name": "name",
    "application.authenticator_config_id": "authenticator",
    f"{ROOT}.redirect_uris": "redirect_uris",
    f"{ROOT}.allowed_scopes": "scopes",
    f"{ROOT}.token_configuration.expires_after": "expires_after",
    f"{ROOT}.token_configuration.token_signing_algorithm": "signing_algorithm",
}
WEB, PUBLIC, MACHINE = "web", "public", "machine"
KINDS = {
    WEB: _("Web application\nRuns on a server that can keep a secret. People sign in: code and PKCE."),
    PUBLIC: _("Single-page or native app\nRuns in a browser or on a phone; no secret. People sign in: code and PKCE."),
    MACHINE: _("Machine to machine\nA program that acts for itself; nobody signs in. Client credentials."),
}
_PROTOCOL: dict[str, dict[str, Any]] = {
    WEB: {"type": "oidc", "confidentiality": "confidential", "grant_type": ["authorization_code"], "pkce": "s256"},
    PUBLIC: {"type": "oidc", "confidentiality": "public", "grant_type": ["authorization_code"], "pkce": "s256"},
    MACHINE: {"type": "oauth2", "confidentiality": "confidential", "grant_type": ["client_credentials"]},
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

    def offer(self, authenticators: Any, resource_servers: Any, *, seconds: int) -> None:
        """`seconds` is the lifetime to begin with; it is offered even when it is none of ours."""
        self.resource_servers = list(resource_servers)
        self.authenticators = {str(each.pk): each for each in authenticators}
        self.choose("authenticator", [(key, each.display_name) for key, each in self.authenticators.items()])
        self.choose("expires_after", duration_choices(seconds))
        if not any(server.scopes for server in self.resource_servers):
            del self.fields["scopes"]
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

    def choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

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
    """`once` makes one application of one form, however often it is sent."""

    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    kind = forms.ChoiceField(label=_("What is it?"), widget=forms.RadioSelect, choices=list(KINDS.items()))

    def __init__(self, data: Any = None, *, kind: str, authenticators: Any, resource_servers: Any) -> None:
        """`kind` is the one chosen to begin with."""
        super().__init__(data, initial={"once": secrets.token_urlsafe(24), "expires_after": 3600, "kind": kind})
        self.offer(authenticators, resource_servers, seconds=3600)

    def clean(self) -> None:
        """What is not asked of a machine cannot be wrong, whatever was typed before the kind was chosen."""
        if self.cleaned_data.get("kind") == MACHINE:
            for name in ("redirect_uris", "authenticator"):
                self.errors.pop(name, None)
        if "once" in self.errors:
            self.add_error(None, _("This form came back incomplete. Load the page again."))

    def protocol_config(self) -> dict[str, Any]:
        kind = self.cleaned_data["kind"]
        return {**self.asked(), **_PROTOCOL[kind], **({"redirect_uris": []} if kind == MACHINE else {})}

    @property
    def authenticator_config(self) -> Any:
        return None if self.cleaned_data["kind"] == MACHINE else super().authenticator_config


def signs_people_in(row: Any) -> bool:
    return "authorization_code" in row.grant_types or DEVICE_CODE in row.grant_types


def kind_of(row: Any) -> str:
    """The first line of its kind's card."""
    if not signs_people_in(row):
        kind = MACHINE
    else:
        kind = WEB if row.is_confidential else PUBLIC
    return str(KINDS[kind]).partition("\n")[0]


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
