"""Words for bulk jobs: what they do, how far they are, what was wrong with a file and with each row of it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.access import sentence
from apps.console.figures import figure
from apps.console.forms.identities import NewIdentityForm
from apps.core.errors import Refusal

_FILES = {
    "empty_file": gettext_lazy(
        "There is nobody in this file. The first row names the columns, each further one a person."
    ),
    "not_utf8": gettext_lazy("This file is not UTF-8. In your spreadsheet, save it as “CSV UTF-8”."),
    "nul": gettext_lazy("This is no text file. In your spreadsheet, save it as “CSV UTF-8”."),
    "unclosed_quote": gettext_lazy("A quotation mark is opened and never closed."),
    "bad_quotes": gettext_lazy("A quotation mark inside a cell has to be written twice."),
    "long_line": gettext_lazy("This line is too long for a list of people."),
    "too_many_columns": gettext_lazy("There are more than 100 columns. Leave out those that are not needed."),
    "too_many_rows": gettext_lazy("There are more than 100,000 rows. Split the file and import its parts."),
}
_ROWS = {
    "twice_in_file": gettext_lazy("An earlier line has this username too. Keep one of them."),
    "username_taken": gettext_lazy("Somebody in this realm has this username. Choose another."),
    "external_id_taken": gettext_lazy("Somebody else has this external id. Correct it or leave it empty."),
    "no_such_group": gettext_lazy("This realm has no group of this name. Create it, or correct the name."),
    "too_many_cells": gettext_lazy(
        "There are more cells than columns. Put a value that holds the separator in quotes."
    ),
    "missing": gettext_lazy("This is needed. Fill it in."),
    "not_found": gettext_lazy("Nobody here has this id any more."),
    "internal_server_error": gettext_lazy("Something went wrong on our side. Try it again."),
}
_INVALID = {
    "status": gettext_lazy("Write active or suspended, or leave it empty."),
    "primary_email_address": gettext_lazy("This is no e-mail address."),
}
_STOPPED = {
    "asked": gettext_lazy("It was stopped. What was done until then stays done."),
    "rights_lost": gettext_lazy("It was stopped: whoever asked for it may no longer do this."),
    "target_gone": gettext_lazy("It was stopped: the group or the authenticator is gone."),
}


def of_file(refusal: Refusal) -> str:
    """Of an UnreadableFile."""
    words = str(_FILES.get(refusal.code) or sentence(refusal.message))
    if line := refusal.facts.get("line"):
        return _("Line %(line)s: %(words)s") % {"line": figure(line), "words": words}
    return words


def of_failure(failure: Any) -> str:
    """Of a BulkFailure: what is wrong and what to change."""
    if failure.code == "invalid" and failure.field in _INVALID:
        return str(_INVALID[failure.field])
    return str(_ROWS.get(failure.code) or sentence(failure.message))


def of_end(job: Any) -> str:
    return str(_STOPPED.get(job.stopped_because, ""))


def field_label(field: str) -> str:
    """Of a field of a person, as a file may hold it."""
    form = NewIdentityForm()
    own = {
        "display_name": str(form.fields["name"].label),
        "primary_email_address": str(form.fields["email"].label),
        "status": _("Status"),
        "groups": _("Groups, separated by semicolons"),
    }
    if field in own:
        return own[field]
    return str(form.fields[field].label) if field in form.fields else field.replace("_", " ").capitalize()
