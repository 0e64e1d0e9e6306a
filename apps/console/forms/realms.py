from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.forms.versioned import VersionedForm
from apps.events import retention

FIELDS: Mapping[str, str] = {
    "realm.display_name": "name",
    "realm.classification": "classification",
    "realm.event_retention_days": "retention",
}


class _RealmFields(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("People see it when they create a passkey and when they sign in."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
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


class NewRealmForm(_RealmFields):
    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["name"].widget.attrs["autofocus"] = True


class RealmForm(VersionedForm, _RealmFields):
    retention = forms.IntegerField(
        label=_("Keep events for"),
        min_value=retention.LEAST_DAYS,
        max_value=retention.MOST_DAYS,
        help_text=_(
            "Days. Older ones are deleted for good within a day; export or stream them first to keep them longer."
        ),
    )

    shorten = forms.BooleanField(label=_("Delete the older events for good"), required=False, initial=False)

    def __init__(self, data: Any = None, *, row: Any) -> None:
        super().__init__(data, stored=stored(row), read_at=row.updated_at)
        self.deletes = False  # more than before, and nobody has said yet that it is meant

    def clean_shorten(self) -> bool:
        """After the days: fewer of them take what happened out of the record, and nothing brings it back."""
        is_meant: bool = self.cleaned_data["shorten"]
        if deletes(self.cleaned_data.get("retention"), self.initial["retention"]) and not is_meant:
            self.deletes = True
            raise forms.ValidationError(_("Say here that you mean it."))
        return is_meant


def is_meant(data: Any) -> bool:
    return bool(RealmForm.base_fields["shorten"].widget.value_from_datadict(data, {}, "shorten"))


def deletes(days: int | None, present: int) -> bool:
    return days is not None and days < present


def stored(row: Any) -> dict[str, Any]:
    """What a realm holds, in the form's terms."""
    return {"name": row.display_name, "classification": row.classification, "retention": row.event_retention_days}
