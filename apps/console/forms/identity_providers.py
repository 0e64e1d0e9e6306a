"""Forms of identity providers. What a claim fills in is asked for the fields that most want; the rest is lines of text."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import VersionedForm
from apps.federation.configuration import DEFAULT_MAP, DEFAULT_SCOPES

_ROOT = "identity_provider"
_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
_USUAL = ("username", "display_name", "given_name", "family_name")
# For add_violations.
PATHS = {
    f"{_ROOT}.display_name": "name",
    **{f"{_ROOT}.{name}": name for name in ("issuer", "client_id", "client_secret", "scopes")},
    f"{_ROOT}.attribute_map": "further",
    **{f"{_ROOT}.attribute_map.{name}": name for name in _USUAL},
}


def _line(label: Any, help_text: Any = "", *, longest: int = 128, required: bool = True) -> forms.CharField:
    plain = forms.TextInput(attrs=_PLAIN)
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=longest, widget=plain)


def _claim(label: Any, help_text: Any = "") -> forms.CharField:
    return _line(label, help_text, required=False)


class _Fields(forms.Form):
    name = _line(_("Name"), _("Stands on the button: Continue with …"), longest=64)
    client_id = _line(_("Client ID"), longest=255)
    client_secret = forms.CharField(
        label=_("Client secret"),
        max_length=2048,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    link_by_verified_email = forms.BooleanField(
        label=_("Let in who has a verified address of somebody here"),
        help_text=_("They become that person, who is told by mail. Only for a provider you trust with addresses."),
        required=False,
    )
    create_identities = forms.BooleanField(
        label=_("Add who is nobody here yet"),
        help_text=_("Everybody the provider lets sign in gets an identity in this realm."),
        required=False,
    )
    scopes = _line(_("Scopes"), _("Separated by spaces; openid is among them."), longest=2600)
    username = _claim(_("Username"), _("The claim it is filled with. An e-mail address counts when it is verified."))
    display_name = _claim(_("Display name"))
    given_name = _claim(_("Given name"))
    family_name = _claim(_("Family name"))
    further = forms.CharField(
        label=_("Further fields"),
        help_text=_("One a line: field = claim, such as title = job_title."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    @property
    def who(self) -> list[Any]:
        return [self[name] for name in ("link_by_verified_email", "create_identities")]

    @property
    def advanced(self) -> list[Any]:
        return [self[name] for name in ("scopes", *_USUAL, "further")]

    @property
    def advanced_wrong(self) -> bool:
        """What is wrong must not hide."""
        return bool(self.errors.keys() & {"scopes", "further", *_USUAL})

    def clean_further(self) -> str:
        text = str(self.cleaned_data["further"])
        if any("=" not in line for line in text.splitlines() if line.strip()):
            raise forms.ValidationError(_("Write each line as field = claim."))
        return text

    def given(self) -> dict[str, Any]:
        """As the contract writes it; the secret only where one was typed."""
        said = self.cleaned_data
        fields = {name: said[name] for name in _USUAL if said[name]}
        for line in filter(str.strip, said["further"].splitlines()):
            field, _equals, claim = line.partition("=")
            fields[field.strip()] = claim.strip()
        return {
            "display_name": said["name"],
            "client_id": said["client_id"],
            **({"client_secret": said["client_secret"]} if said["client_secret"] else {}),
            "scopes": said["scopes"].split(),
            "attribute_map": fields,
            "link_by_verified_email": said["link_by_verified_email"],
            "create_identities": said["create_identities"],
        }


class NewProviderForm(_Fields):
    issuer = _line(
        _("Issuer"),
        _("Such as https://login.example/realms/staff, letter by letter. It cannot be changed later."),
        longest=512,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"scopes": " ".join(DEFAULT_SCOPES), **DEFAULT_MAP})

    def given(self) -> dict[str, Any]:
        return {"type": "oidc", "issuer": self.cleaned_data["issuer"], **super().given()}


class ProviderForm(VersionedForm, _Fields):
    def __init__(self, data: Any = None, *, row: Any) -> None:
        super().__init__(data, stored=stored(row), read_at=row.updated_at)
        self.fields["client_secret"].required = False
        self.fields["client_secret"].help_text = _("Stored and never shown. Leave it empty to keep it.")


def stored(row: Any) -> dict[str, Any]:
    """What a provider holds, in the form's terms."""
    fields: Mapping[str, str] = row.attribute_map
    further = sorted((name, claim) for name, claim in fields.items() if name not in _USUAL)
    return {
        "name": row.display_name,
        "client_id": row.client_id,
        "link_by_verified_email": row.link_by_verified_email,
        "create_identities": row.create_identities,
        "scopes": " ".join(row.scopes),
        **{name: fields.get(name, "") for name in _USUAL},
        "further": "\n".join(f"{name} = {claim}" for name, claim in further),
    }
