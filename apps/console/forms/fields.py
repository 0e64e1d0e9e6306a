"""Controls that forms of several nouns share."""

from typing import Any

from django import forms


class LinesField(forms.CharField):
    """One value a line; blank lines do not count. Cleans to a list, and shows a list as lines."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        attributes = {"rows": rows, "spellcheck": "false", "autocapitalize": "off", "autocorrect": "off"}
        super().__init__(widget=forms.Textarea(attrs=attributes), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]
