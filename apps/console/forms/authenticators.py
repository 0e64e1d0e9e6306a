from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms import sign_in_profile
from apps.console.forms.fields import LinesField
from apps.console.forms.sign_in_profile import ProfileFields
from apps.console.forms.versioned import VersionedForm

_ROOT = "authenticator_config.config"
FIELDS: Mapping[str, str] = {
    "authenticator_config.display_name": "name",
    f"{_ROOT}.type": "type",
    f"{_ROOT}.authentication_methods": "device_bound",
    f"{_ROOT}.trusted_origins": "trusted_origins",
    f"{_ROOT}.invoke_url": "invoke_url",
    f"{_ROOT}.invocation_type": "invocation_type",
    **sign_in_profile.FIELDS,
}
_EMBEDDED = ("invoke_url", "invocation_type", "trusted_origins")
TYPES = {
    "hosted_web": _("Hosted pages\nPeople create passkeys and sign in on pages of ours. Nothing to build."),
    "embedded": _("Embedded\nYour own app asks for the passkey, with our SDK."),
}
DEVICE_BOUND = {
    "any": _("Any passkey\nSynced ones too, from iCloud, Google or a password manager. The easiest for people."),
    "preferred": _(
        "Device-bound preferred\nSynced ones are accepted all the same; a policy rule can tell the two apart."
    ),
    "required": _("Device-bound only\nA passkey that may be copied to another device is refused when it is created."),
}
INVOCATION = {
    "automatic": _("Automatic\nThe browser is sent to the invoke URL."),
    "manual": _("Manual\nYour app gets the URL as an answer and decides when to follow it."),
}


class _ConfigFields(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("For administrators; people never see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    type = forms.ChoiceField(
        label=_("Where do people sign in?"), initial="hosted_web", widget=forms.RadioSelect, choices=list(TYPES.items())
    )
    invoke_url = forms.CharField(
        label=_("Invoke URL"),
        max_length=2048,
        help_text=_("Where your app takes over: https://…, or a scheme of its own such as com.example.app://sign-in."),
    )
    invocation_type = forms.ChoiceField(
        label=_("Invocation"),
        initial="automatic",
        widget=forms.RadioSelect,
        choices=list(INVOCATION.items()),
    )
    device_bound = forms.ChoiceField(
        label=_("Which passkeys?"), initial="any", widget=forms.RadioSelect, choices=list(DEVICE_BOUND.items())
    )
    trusted_origins = LinesField(
        label=_("Trusted origins"),
        required=False,
        help_text=_("One per line, such as https://app.example.com: pages that may speak to the SDK's endpoints."),
    )


class NewAuthenticatorForm(ProfileFields, _ConfigFields):
    """Hosted pages begin by invitation only, unless it is said here how else people come in."""

    field_order = ("name", "type")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial=sign_in_profile.INVITATION)
        del self.fields["knows"]
        if data is not None and (data.get("type") == "embedded" or "method" not in data):
            sign_in_profile.leave_out(self)

    def clean(self) -> None:
        """What is not asked of hosted pages cannot be wrong, whatever was typed before the type was chosen."""
        if self.cleaned_data.get("type") == "hosted_web":
            for name in _EMBEDDED:
                self.errors.pop(name, None)

    def config(self) -> dict[str, Any]:
        """The contract's `config` object (contract/wire.md §1.8)."""
        given = self.cleaned_data
        config = {
            "type": given["type"],
            "authentication_methods": [{"type": "webauthn_passkey", "device_bound": given["device_bound"]}],
        }
        asked = _EMBEDDED if given["type"] == "embedded" else ()
        return self.with_profile(config | {name: given[name] for name in asked})


class AuthenticatorForm(VersionedForm, ProfileFields, _ConfigFields):
    """The type stays: applications and links were made for it. Methods the form does not know are kept."""

    def __init__(self, data: Any = None, *, row: Any) -> None:
        self.row = row
        super().__init__(data, stored=stored(row), read_at=row.updated_at)
        if row.is_hosted:
            for name in _EMBEDDED:
                del self.fields[name]
        if not row.is_hosted or (data is not None and "method" not in data):
            sign_in_profile.leave_out(self)
        if not offers_passkeys(row):
            del self.fields["device_bound"]
        del self.fields["type"]

    def config(self) -> dict[str, Any]:
        config = dict(self.row.config) | {name: self.cleaned_data[name] for name in _EMBEDDED if name in self.fields}
        if "device_bound" in self.fields:
            config["authentication_methods"] = [
                method | {"device_bound": self.cleaned_data["device_bound"]}
                if method["type"] == "webauthn_passkey"
                else method
                for method in self.row.config["authentication_methods"]
            ]
        return self.with_profile(config)


def stored(row: Any) -> dict[str, Any]:
    """What an authenticator config holds, in the form's terms."""
    profile = sign_in_profile.stored_profile(row) if row.is_hosted else {}
    return {
        **profile,
        "name": row.display_name,
        "device_bound": row.device_bound,
        "trusted_origins": row.trusted_origins,
        "invoke_url": row.config.get("invoke_url", ""),
        "invocation_type": row.config.get("invocation_type", "automatic"),
    }


def offers_passkeys(row: Any) -> bool:
    return any(method["type"] == "webauthn_passkey" for method in row.config["authentication_methods"])
