from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import VersionedForm

FIELDS: Mapping[str, str] = {"realm.display_name": "name", "realm.classification": "classification"}

_NAME: dict[str, Any] = {"label": _("Name"), "max_length": 64}


class NewRealmForm(forms.Form):
    name = forms.CharField(
        **_NAME,
        help_text=_("People see it when they create a passkey and when they sign in."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    classification = forms.ChoiceField(
        label=_("Who is it for?"),
        initial="SECURE_CUSTOMER",
        widget=forms.RadioSelect,
        choices=[
            ("SECURE_CUSTOMER", _("Customers\nPeople outside your organisation who use what you offer.")),
            ("SECURE_WORKFORCE", _("Workforce\nPeople who work for or with your organisation.")),
        ],
    )


class RealmForm(VersionedForm):
    name = forms.CharField(
        **_NAME,
        help_text=_("People see it when they create a passkey and when they sign in."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
