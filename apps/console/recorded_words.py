"""What the record holds of a refusal is English, as the API said it; a page tells it in the reader's language."""

import re
from functools import cache

from django.utils.translation import gettext_lazy as _

from apps.console.refusal_words import REFUSALS
from apps.core.errors import told
from apps.web import language

# Some refusals stand in the record by a code, where the caller was told less, or in words of the contract.
CODES = {
    "address_changed": _("the address is no longer theirs"),
    "address_is_a_username": _("that is a username, and nobody's address"),
    "address_unknown": _("nobody here has this address"),
    "group has children": _("the group still has members"),
    "identity_suspended": _("this identity is suspended"),
    "over": _("the code is too old, used or replaced"),
    "realm has children": _("the realm still has people or groups"),
    "reuse": _("a refresh token was used again"),
    "role has children": _("the role still gives scopes, or somebody holds it"),
    "sent_to_nobody": _("the code was sent to nobody"),
    "sign_up_closed": _("nobody can sign up here"),
    "too_many_wrong_codes": _("too many wrong codes"),
    "used": _("the code was used before"),
    "username_taken": _("somebody has this username already"),
    "wrong_code": _("it is not the code"),
}
_VALUE = re.compile(r"%\((\w+)\)s")
_PLAIN = frozenset(REFUSALS)
_LETTERS = 8  # fewer say too little of which sentence it was


def reader_words(text: str) -> str:
    """The sentence in the language that is spoken, with the values it was said with; as it stands when nobody knows it."""
    if text in CODES:
        return str(CODES[text])
    if text in _PLAIN:
        return language.words(text)
    for template, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return language.words(told(template, **found.groupdict()))
    return text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Of the sentences with values; those that say most first, so that no shorter one takes their words for a value."""
    said = [template for template in REFUSALS if len(_VALUE.sub("", template)) >= _LETTERS and _VALUE.search(template)]
    return [(template, _pattern(template)) for template in sorted(said, key=len, reverse=True)]


def _pattern(template: str) -> re.Pattern[str]:
    pieces = _VALUE.split(template.replace("%%", "%"))
    words = (f"(?P<{piece}>.+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    return re.compile("".join(words), re.DOTALL)
