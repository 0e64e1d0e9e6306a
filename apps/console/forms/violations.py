"""From a verb's refusal to the fields of the form that asked for it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.console.access import sentence
from apps.core.errors import Invalid, Violation

_WORDS = {
    "missing": _("Fill this in."),
    "empty string": _("Fill this in."),
    "private_key_jwt needs jwks or jwks_uri": _("Paste the client's public keys, or say where they are published."),
    "needs jwks or jwks_uri": _("It takes the client's public keys: paste them, or say where they are published."),
    "give jwks or jwks_uri, not both": _("Paste the keys or say where they are, not both."),
    "must be private_key_jwt under fapi2": _("FAPI 2.0 wants client keys."),
    "must be s256 under fapi2": _("FAPI 2.0 wants S256."),
}


def add_violations(form: forms.Form, refusal: Invalid, fields: Mapping[str, str]) -> None:
    """`fields` maps contract paths to form fields: {"application.display_name": "name"}.

    A violation of a list's member ("….redirect_uris.0") lands on the list's field and names the member. One that belongs
    to no field that is shown stands on top, with its path.
    """
    given = dict(form.cleaned_data)  # add_error takes a field's value away
    for violation in refusal.violations:
        path, member = _field_path(violation.field, fields)
        if path and fields[path] in form.fields:
            form.add_error(fields[path], _words(violation, _member(given.get(fields[path]), member)))
        else:
            form.add_error(None, f"{violation.field}: {sentence(violation.description)}")


def _field_path(path: str, fields: Mapping[str, str]) -> tuple[str, str]:
    """(the longest known path it begins with, the rest)."""
    known = path
    while known and known not in fields:
        known = known.rpartition(".")[0]
    return known, path[len(known) :].lstrip(".")


def _member(value: Any, position: str) -> str:
    if isinstance(value, list) and position.isdigit() and int(position) < len(value):
        return str(value[int(position)])
    return ""


def _words(violation: Violation, member: str) -> str:
    if member:
        return f"{member}: {sentence(violation.description)}"
    return str(_WORDS.get(violation.description, sentence(violation.description)))
