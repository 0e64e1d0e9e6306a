"""What is asked before many people are changed at once."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.console.bulk import Action
from apps.directory.services.members import PICKED_AT_ONCE

_ID_LENGTH = 16


class BulkForm(forms.Form):
    """`ids` are the people, by commas: a form may have no more than a thousand fields. What the action does not ask for is
    left out."""

    ids = forms.CharField(max_length=PICKED_AT_ONCE * (_ID_LENGTH + 1), widget=forms.HiddenInput)
    group = forms.ChoiceField(label=_("Group"))
    authenticator = forms.ChoiceField(label=_("Authenticator"), help_text=_("Where the links lead."))
    life = forms.TypedChoiceField(
        label=_("The links work for"),
        coerce=int,
        initial=7 * 86_400,
        choices=((86_400, _("1 day")), (7 * 86_400, _("7 days")), (30 * 86_400, _("30 days"))),
    )
    confirmation = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(
        self,
        data: Any = None,
        *,
        action: Action,
        count: int,
        groups: Collection[Any],
        configs: Collection[Any],
        ids: str,
    ) -> None:
        super().__init__(data, initial={"ids": ids})
        self.typed = f"delete {count}"
        asked = {"group": ("group",), "links": ("authenticator", "life"), "delete": ("confirmation",)}
        self.asked = asked.get(action.name, ())
        for name in [name for name in self.fields if name != "ids" and name not in self.asked]:
            del self.fields[name]
        for name, rows in (("group", groups), ("authenticator", configs)):
            if name in self.fields:
                field: Any = self.fields[name]
                field.choices = [(str(row.pk), row.display_name) for row in rows]
        if "confirmation" in self.fields:
            self.fields["confirmation"].label = _now("Type “%(text)s” to confirm") % {"text": self.typed}

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in self.asked]

    @property
    def expires_after(self) -> timedelta:
        return timedelta(seconds=self.cleaned_data["life"])

    def clean_confirmation(self) -> str:
        given: str = self.cleaned_data["confirmation"].strip()
        if given != self.typed:
            raise forms.ValidationError(_now("What you typed is something else."))
        return given
