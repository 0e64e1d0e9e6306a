"""Which of an application's settings prove that it is who it says: changing them is as grave as a new secret."""

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.console.forms.application_settings import ApplicationForm, stored

NAMES = ("auth_method", "jwks", "jwks_uri")


def changes_keys(posted: Mapping[str, Any], row: Any) -> bool:
    """Whether the form would give a confidential client other keys, or have it prove itself otherwise. What the form will
    not take changes nothing."""
    if not row.is_confidential:
        return False
    held = stored(row)
    return any(_read(name, posted.get(name, "")) not in (held[name], None) for name in NAMES) or _takes_away(
        posted, held
    )


def _takes_away(posted: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    return any(held[name] and not posted.get(name, "").strip() for name in NAMES)


def _read(name: str, text: str) -> Any:
    """As the form reads it; None for nothing and for what it refuses."""
    if name == "auth_method":
        return text or None
    try:
        return ApplicationForm.base_fields[name].clean(text) or None
    except forms.ValidationError:
        return None
