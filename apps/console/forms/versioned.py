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


class VersionedForm(forms.Form):
    """`stored` is what the row holds, in the form's own terms; `read_at` its `updated_at`."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, stored: Mapping[str, Any], read_at: datetime) -> None:
        super().__init__(data, initial={**stored, "version": read_at.isoformat()})
        self.changed_meanwhile = False
        self.differences: list[Difference] = []

    @property
    def seen_at(self) -> datetime:
        """A reading that was tampered with is one that never was: a conflict, shown like any other."""
        try:
            return datetime.fromisoformat(self.cleaned_data.get("version", "")).astimezone(UTC)
        except (ValueError, OverflowError):
            return _NEVER

    def show_both(self, stored: Mapping[str, Any], read_at: datetime) -> None:
        """After ChangedMeanwhile: `stored` and `read_at` anew from the database."""
        self.changed_meanwhile = True
        for name, value in stored.items():
            if name in self.fields and value != self.cleaned_data.get(name):
                self.differences.append(Difference(str(self[name].label), self._shown(name, value)))
        self.data = self.data.copy()
        self.data["version"] = read_at.isoformat()

    def _shown(self, name: str, value: Any) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        values = value if isinstance(value, list) else [value]
        words = [str(choices.get(each, each)).partition("\n")[0] for each in values]
        return ", ".join(filter(None, words)) or _("nothing")
