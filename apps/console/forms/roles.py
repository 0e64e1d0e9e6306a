"""Forms of roles: what one is called, and which scopes of its resource server it gives."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import VersionedForm

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


class RoleForm(_Named, VersionedForm):
    pass


class ScopesForm(forms.Form):
    """Check boxes: those of the resource server that the administrator holds or the role has."""

    scopes = forms.MultipleChoiceField(label=_("Scopes"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, role: Any, offered: Collection[str]) -> None:
        super().__init__(data, initial={"scopes": role.scopes})
        field: Any = self.fields["scopes"]
        field.choices = [(scope, scope) for scope in offered]


def stored_in(role: Any) -> dict[str, Any]:
    return {"name": role.display_name, "description": role.description}
