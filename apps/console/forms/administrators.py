"""Forms of administrators: who they are and what they may do."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import Difference
from apps.web.our_words import in_readers_words

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


class ChangeRoleForm(RoleChoiceForm):
    """With what its holder held when the page was read: as forms/versioned.py, for what stands in many rows."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, roles: Collection[Any], held: Collection[Any]) -> None:
        super().__init__(data, roles=roles, chosen=next((role.pk for role in held), ""))
        self.initial["seen"] = _ids(held)
        self.changed_meanwhile = False
        self.differences: list[Difference] = []

    @property
    def seen_roles(self) -> frozenset[str] | None:
        """None for a form that does not say."""
        return frozenset(filter(None, self.cleaned_data["seen"].split(","))) if "seen" in self.data else None

    def show_both(self, held: Collection[Any]) -> None:
        """After ChangedMeanwhile: what they hold now beside what was chosen; sent again, it replaces that."""
        self.changed_meanwhile = True
        if [role.pk for role in held] != [self.chosen.pk]:
            names = ", ".join(role.display_name for role in held) or _now("nothing")
            self.differences = [Difference(str(self.fields["role"].label), names)]
        sent: Any = self.data  # a request's QueryDict, which is closed until it is copied
        data = sent.copy()
        data["seen"] = _ids(held)
        self.data = data


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


def _ids(roles: Collection[Any]) -> str:
    return ",".join(sorted(role.pk for role in roles))


def _words(role: Any) -> str:
    if role.is_managed:
        return str(_("Everything, other administrators included."))
    return in_readers_words(role.description) or str(_("%(count)s scopes") % {"count": len(role.scopes)})
