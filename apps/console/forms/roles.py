"""Forms of roles: what one is called, and which scopes of its resource server it gives."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import Difference, VersionedForm

FIELDS: Mapping[str, str] = {"role.display_name": "name", "role.description": "description"}


class _Named(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=300,
        help_text=_("What somebody with this role is there for."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NewRoleForm(_Named):
    resource_server = forms.ChoiceField(
        label=_("Resource server"), help_text=_("The API whose scopes the role gives. It never changes.")
    )
    field_order = ("resource_server", "name", "description")

    def __init__(self, data: Any = None, *, servers: Collection[Any], chosen: str = "") -> None:
        super().__init__(data, initial={"resource_server": chosen})
        field: Any = self.fields["resource_server"]
        field.choices = [(str(server.pk), f"{server.display_name} · {server.identifier}") for server in servers]

    def judge_nothing(self) -> None:
        """What was typed stays, and nothing is wrong with it yet."""
        self._errors = ErrorDict()


class RoleForm(_Named, VersionedForm):
    pass


class ScopesForm(forms.Form):
    """Check boxes: those scopes of the resource server that the administrator may hand on. `seen` are those that the role
    had when the page was read: as forms/versioned.py, for a list of which each sees their own part."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("%(value)s is no scope that you could give any more.")},
    )

    def __init__(self, data: Any = None, *, role: Any, offered: Collection[str]) -> None:
        super().__init__(data, initial={"scopes": role.scopes, "seen": " ".join(role.scopes)})
        field: Any = self.fields["scopes"]
        field.choices = [(scope, scope) for scope in offered]
        self.offered = offered
        self.changed_meanwhile = False
        self.differences: list[Difference] = []

    @property
    def seen_scopes(self) -> list[str] | None:
        """None for a form that does not say."""
        return self.cleaned_data["seen"].split() if "seen" in self.data else None

    def show_both(self, stored: Collection[str]) -> None:
        """After ChangedMeanwhile: what somebody else gave and took, beside what was chosen; sent again, that holds."""
        self.changed_meanwhile = True
        now, then = (set(each).intersection(self.offered) for each in (stored, self.seen_scopes or ()))
        if now != set(self.cleaned_data["scopes"]):
            told = ((_("Given meanwhile"), now - then), (_("Taken meanwhile"), then - now))
            self.differences = [Difference(str(label), ", ".join(sorted(each))) for label, each in told if each]
        sent: Any = self.data  # a request's QueryDict, which is closed until it is copied
        data = sent.copy()
        data["seen"] = " ".join(stored)
        self.data = data


def stored_in(role: Any) -> dict[str, Any]:
    return {"name": role.display_name, "description": role.description}
