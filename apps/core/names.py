"""Checks of what people type: names, usernames, addresses. Each returns the cleaned value or raises Invalid.

Patterns and lengths: contract/wire.md §1.1 and §1.4; comparison of usernames: RFC 8265 UsernameCaseMapped.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core.errors import Invalid, Violation, told

DISPLAY_NAME_LENGTH = 64
DESCRIPTION_LENGTH = 300
USERNAME_LENGTH = 64
USERNAME_KEY_LENGTH = 128
EMAIL_LENGTH = 254
_REFUSED = "{}[]<>;:?\\/|*^%$#=~`!"
_LETTERS = re.compile(r"[^\W\d_]+")
_ALIKE = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE"})  # scripts that share the shapes of letters
REFUSED_IN_NAMES = re.compile(r"[{}\[\]<>;:?\\/|*^%$#=~`!]")


def display_name(value: object, *, field: str, required: bool = True, length: int = DISPLAY_NAME_LENGTH) -> str:
    text = _text(value, field)
    if not text:
        return _refuse(field, "missing" if value is None else "empty string") if required else ""
    if len(text) > length:
        return _refuse(field, told("longer than %(count)s characters", count=length))
    refuse_signs(text, field=field)
    return text


def refuse_signs(text: str, *, field: str) -> None:
    """Raises Invalid for what the contract's pattern of names leaves out (contract/wire.md §1.1 "Names")."""
    if REFUSED_IN_NAMES.search(text):
        _refuse(field, told("contains a character that is not allowed: %(characters)s", characters=_REFUSED))


def description(value: object, *, field: str) -> str:
    return display_name(value, field=field, required=False, length=DESCRIPTION_LENGTH)


def username(value: object, *, field: str) -> str:
    text = _text(value, field)
    if not text:
        return _refuse(field, "missing" if value is None else "empty string")
    if len(text) > USERNAME_LENGTH:
        return _refuse(field, told("longer than %(count)s characters", count=USERNAME_LENGTH))
    if len(comparison_key(text)) > USERNAME_KEY_LENGTH:
        return _refuse(field, "holds characters that stand for too many others")
    if _mixes_scripts(text):
        return _refuse(field, "mixes letters of different scripts that look alike")
    return text


def _mixes_scripts(text: str) -> bool:
    """Within a word, such as a Cyrillic a among Latin letters: nobody's eye tells the two apart (UTS 39 §5)."""
    words = [] if text.isascii() else _LETTERS.findall(unicodedata.normalize("NFKC", text))
    return any(len({_script(letter) for letter in word} & _ALIKE) > 1 for word in words)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def comparison_key(text: str) -> str:
    """What two usernames or addresses are compared by: one key, one person. May be 18 times as long as the text."""
    return unicodedata.normalize("NFKC", text).casefold()


def is_same_mailbox(one: str, other: str) -> bool:
    """Whether mail for one goes where mail for the other does: letters of ASCII may differ in case. By `comparison_key` the
    Kelvin sign is a k and ß is ss, and mail for those goes elsewhere."""
    return one.encode().lower() == other.encode().lower()


def email_address(value: object, *, field: str, required: bool = False) -> str:
    text = _text(value, field)
    if not text:
        return _refuse(field, "missing") if required else ""
    try:
        validate_email(text)
    except ValidationError:
        return _refuse(field, "not an e-mail address")
    if max(len(text), len(comparison_key(text))) > EMAIL_LENGTH:
        return _refuse(field, told("longer than %(count)s characters", count=EMAIL_LENGTH))
    return text


def plain_text(value: object, *, field: str, length: int) -> str:
    text = _text(value, field)
    if len(text) > length:
        return _refuse(field, told("longer than %(count)s characters", count=length))
    return text


def _text(value: object, field: str) -> str:
    """Strips, and refuses what no name needs and every log, header and terminal suffers from."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return _refuse(field, "not a string")
    text = unicodedata.normalize("NFC", value).strip()
    if not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text):
        return _refuse(field, "contains control or invisible characters")
    return text


def _refuse(field: str, description: str) -> str:
    raise Invalid(Violation(field, description))
