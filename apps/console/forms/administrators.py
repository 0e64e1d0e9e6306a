"""Forms of administrators: who they are and what they may do."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

FIELDS: Mapping[str, str] = {
    "identity.display_name": "name",
    "identity.traits.username": "email",
    "identity.traits.primary_email_address": "email",
}


class RoleChoiceForm(forms.Form):
    """Roles that the administrator may hand on, most powerful first."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, roles: Collection[Any], chosen: str = "") -> None:
        super().__init__(data, initial={"role": chosen})
        self.roles = {str(role.pk): role for role in roles}
        field: Any = self.fields["role"]
        field.choices = [(pk, f"{role.display_name}\n{_words(role)}") for pk, role in self.roles.items()]

    @property
    def chosen(self) -> Any:
        return self.roles[self.cleaned_data["role"]]


class InviteForm(RoleChoiceForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("What their colleagues call them."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=64,
        help_text=_("The link for their first passkey is mailed here. It is their username, too."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("name", "email", "role")


def _words(role: Any) -> str:
    if role.is_managed:
        return str(_("Everything, other administrators included."))
    return role.description or str(_("%(count)s scopes") % {"count": len(role.scopes)})
