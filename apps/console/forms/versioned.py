"""Forms that edit what somebody else may be editing too (contract/extensions.md §3).

The form carries when its row was read. When the verb answers ChangedMeanwhile, the form comes back with what was typed,
with what is stored now beside it, and with the new reading, so that saving again is a choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    stored: str


def read_version(text: str) -> datetime:
    """When the form's row was read. One that was tampered with never was: a conflict, shown like any other."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return _NEVER


class VersionedForm(forms.Form):
    """`stored` is what the row holds, in the form's own terms; `read_at` its `updated_at`."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, files: Any = None, *, stored: Mapping[str, Any], read_at: datetime) -> None:
        super().__init__(data, files, initial={**stored, "version": read_at.isoformat()})
        self.changed_meanwhile = False
        self.differences: list[Difference] = []

    @property
    def seen_at(self) -> datetime:
        return read_version(self.cleaned_data.get("version", ""))

    def show_both(self, stored: Mapping[str, Any], read_at: datetime) -> None:
        """After ChangedMeanwhile: `stored` and `read_at` anew from the database."""
        self.changed_meanwhile = True
        for name, value in stored.items():
            if name in self.fields and not _same(value, self.cleaned_data.get(name)):
                self.differences.append(Difference(str(self[name].label), self._shown(name, value)))
        sent: Any = self.data  # a request's QueryDict, which is closed until it is copied
        data = sent.copy()
        data["version"] = read_at.isoformat()
        self.data = data

    def _shown(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if isinstance(value, bool):
            return _("on") if value else _("off")
        if value is None:
            return _("nothing")
        if not hasattr(field, "choices"):  # as the field itself would show it: lists as lines, JSON as JSON
            return str(field.prepare_value(value)) or _("nothing")
        choices = dict(field.choices)
        values = value if isinstance(value, list) else [value]
        words = [str(choices.get(each, each)).partition("\n")[0] for each in values]
        return ", ".join(filter(None, words)) or _("nothing")


def _same(one: Any, other: Any) -> bool:
    """Lists are compared without their order, which a form's check boxes do not keep."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return bool(one == other)
