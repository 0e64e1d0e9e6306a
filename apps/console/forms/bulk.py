"""What is asked before many people are changed at once."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.console.bulk import Action
from apps.directory.services.members import PICKED_AT_ONCE

_ID_LENGTH = 16


class BulkForm(forms.Form):
    """Whom it is about is `kept` in hidden fields: a search, or `ids` by commas, for a form may have no more than a thousand
    fields. `asked_as` makes a form that is sent twice one job. What the action does not ask for is left out."""

    asked_as = forms.UUIDField(required=False, widget=forms.HiddenInput)
    ids = forms.CharField(required=False, max_length=PICKED_AT_ONCE * (_ID_LENGTH + 1), widget=forms.HiddenInput)
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
        kept: Mapping[str, str],
    ) -> None:
        super().__init__(data, initial={"ids": kept.get("ids", ""), "asked_as": uuid.uuid4()})
        self.typed = f"delete {count}"
        self.search = {name: value for name, value in kept.items() if name != "ids"}
        asked = {"group": ("group",), "links": ("authenticator", "life"), "delete": ("confirmation",)}
        self.asked = asked.get(action.name, ())
        for name in [name for name in self.fields if name not in ("ids", "asked_as", *self.asked)]:
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
    def options(self) -> dict[str, Any]:
        """What the job is told beside whom it is about."""
        given = self.cleaned_data
        told = {"group": "group_id", "authenticator": "config_id", "life": "life_seconds"}
        return {told[name]: given[name] for name in self.asked if name in told}

    def clean_confirmation(self) -> str:
        given: str = self.cleaned_data["confirmation"].strip()
        if given != self.typed:
            raise forms.ValidationError(_now("What you typed is something else."))
        return given
