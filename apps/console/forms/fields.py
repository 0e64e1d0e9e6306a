"""Controls that forms of several nouns share."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.web import strict_json

_JSON_LENGTH = 64 * 1024


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


class JSONField(forms.CharField):
    """JSON as text. Cleans to what it says, None when empty; shows it indented. What may be in it, the verb judges."""

    def __init__(self, *, rows: int = 6, **options: Any) -> None:
        attributes = {"rows": rows, "spellcheck": "false", "autocapitalize": "off", "autocorrect": "off"}
        options.setdefault("required", False)
        super().__init__(widget=forms.Textarea(attrs=attributes), max_length=_JSON_LENGTH, **options)

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2) if isinstance(value, dict | list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return strict_json.parse(text.encode())
        except strict_json.BadJSON as problem:
            raise forms.ValidationError(_("This is no JSON: %(problem)s.") % {"problem": problem}) from None
        except UnicodeEncodeError:
            raise forms.ValidationError(_("This is no JSON: it holds half a character.")) from None
