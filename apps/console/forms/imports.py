"""The two questions of an import: which file, and which of its columns is what."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.bulk import files, mapping
from apps.console.bulk_words import field_label


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("UTF-8, with a row of column names first. Up to 100,000 people and 32 MB."),
        allow_empty_file=True,  # it is told of as any file without people
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/tab-separated-values,.tsv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > files.MOST_BYTES:
            raise forms.ValidationError(_now("The file is larger than 32 MB. Split it and import its parts."))
        return file


class ColumnsForm(forms.Form):
    """`column_<n>` is the field of the file's n-th column, or "". `withheld`: fields that are not
    offered, and "existing" where nobody may be changed."""

    existing = forms.ChoiceField(label=_("People who are here already"), widget=forms.RadioSelect)

    def __init__(
        self,
        data: Any = None,
        *,
        heading: Sequence[str],
        chosen: Mapping[str, int],
        existing: str,
        withheld: Collection[str],
    ) -> None:
        super().__init__(data, initial={"existing": existing})
        offered = [(field, field_label(field)) for field in mapping.FIELDS if field not in withheld]
        choices = [("", _now("Leave out")), *offered]
        of_column = {column: field for field, column in chosen.items()}
        for column, name in enumerate(heading):
            self.fields[f"column_{column}"] = forms.ChoiceField(
                label=name or _now("Column %(number)s") % {"number": column + 1},
                required=False,
                choices=choices,
                initial=of_column.get(column, ""),
            )
        known: Any = self.fields["existing"]
        known.choices = [
            (mapping.SKIP, _now("Leave as they are")),
            *(
                []
                if "existing" in withheld
                else [(mapping.UPDATE, _now("Bring up to date. Empty cells change nothing"))]
            ),
        ]

    @property
    def columns(self) -> dict[str, int]:
        """Field → column."""
        given = self.cleaned_data.items()
        return {field: int(name[len("column_") :]) for name, field in given if name.startswith("column_") and field}

    @property
    def selects(self) -> list[forms.BoundField]:
        return [field for field in self if field.name != "existing"]

    def clean(self) -> None:
        given = [field for name, field in self.cleaned_data.items() if name.startswith("column_") and field]
        for field in dict.fromkeys(field for field in given if given.count(field) > 1):
            words = _now("More than one column is “%(field)s”. Choose one.")
            self.add_error(None, words % {"field": field_label(field)})
        if not {"username", "primary_email_address"} & set(given):
            self.add_error(None, _now("Say which column holds the usernames, or the e-mail addresses to go by."))


def columns_form(job: Any, scopes: Collection[str], posted: Any = None) -> ColumnsForm:
    """Of an import; what the administrator's `scopes` do not allow is not offered."""
    given = job.options
    withheld = {"groups"} if "groups:update" not in scopes else set()
    if "identities:update" not in scopes:
        withheld.add("existing")
    return ColumnsForm(
        posted, heading=given["heading"], chosen=given["mapping"], existing=given["existing"], withheld=withheld
    )
