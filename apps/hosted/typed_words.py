"""What is wrong with a name or an address that a person typed, in their language; the API has its own."""

import re

from django.utils.translation import gettext as _

_LENGTH = re.compile(r"longer than ([0-9]+) characters")
_NOT_ALLOWED = "contains a character that is not allowed: "


def words_for(description: str) -> str:
    """For a description of apps.core.names; of another, its own words as a sentence."""
    if description in ("missing", "empty string"):
        return _("Fill this in.")
    if too_long := _LENGTH.fullmatch(description):
        return _("Use at most %(n)s characters.") % {"n": too_long[1]}
    if description.startswith(_NOT_ALLOWED):
        return _("Leave out these characters: %(characters)s") % {"characters": description.removeprefix(_NOT_ALLOWED)}
    if description == "contains control or invisible characters":
        return _("Leave out control characters and invisible ones.")
    if description in ("not an e-mail address", "not a string"):
        return _("Give an address like ada@example.com.")
    words = description[:1].upper() + description[1:]
    return words if words.endswith(".") else f"{words}."
