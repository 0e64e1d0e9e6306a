from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import VersionedForm
from apps.core import names
from apps.core.errors import all_or_invalid
from apps.directory import traits
from apps.directory.traits import Traits

# Traits that have a control of their own beside the first three; others come by API and are left as they are.
FURTHER = (
    "given_name", "family_name", "title", "department", "organization", "employee_number", "primary_phone",
    "preferred_language", "timezone", "external_id",
)  # fmt: skip
FIELDS: Mapping[str, str] = {
    "identity.display_name": "name",
    "identity.traits.username": "username",
    "identity.traits.primary_email_address": "email",
    **{f"identity.traits.{name}": name for name in FURTHER},
}


def _text(label: Any, length: int = 512, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=length, help_text=help_text, widget=widget)


class _Person(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("What people call them."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    username = forms.CharField(
        label=_("Username"),
        max_length=64,
        help_text=_("Theirs alone in this realm. An e-mail address is fine."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    email = forms.CharField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        help_text=_("Links for new passkeys are mailed here."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    given_name = _text(_("Given name"), 128)
    family_name = _text(_("Family name"), 128)
    title = _text(_("Title"))
    department = _text(_("Department"))
    organization = _text(_("Organisation"))
    employee_number = _text(_("Employee number"))
    primary_phone = _text(_("Phone"))
    preferred_language = _text(_("Language"), help_text=_("Such as en-GB."))
    timezone = _text(_("Time zone"), help_text=_("Such as Europe/Berlin."))
    external_id = _text(_("External id"), 256, _("Their id in the system this directory is kept in step with."))

    @property
    def further(self) -> list[forms.BoundField]:
        return [self[name] for name in FURTHER]

    @property
    def shows_further(self) -> bool:
        """Unfolded when it holds something, or when something in it is wrong."""
        return any(self[name].value() or name in self.errors for name in FURTHER)

    def parsed(self) -> tuple[str, Traits]:
        """(name, traits). Raises Invalid with every violation."""
        cleaned = self.cleaned_data
        given = {"type": traits.TYPE, "username": cleaned["username"], "primary_email_address": cleaned["email"]}
        given |= {name: cleaned[name] for name in FURTHER}
        name, parsed = all_or_invalid(
            lambda: names.display_name(cleaned["name"], field="identity.display_name"),
            lambda: traits.parse(given, creating=True),
        )
        return name, parsed


class NewIdentityForm(_Person):
    pass


class IdentityForm(_Person, VersionedForm):
    pass


def stored_in(identity: Any) -> dict[str, Any]:
    """An identity in the form's own terms."""
    return {
        "name": identity.display_name,
        "username": identity.username,
        "email": identity.primary_email_address,
        **{name: getattr(identity, name, None) or identity.traits.get(name, "") for name in FURTHER},
    }
