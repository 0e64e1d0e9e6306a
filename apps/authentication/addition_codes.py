"""The nine characters that a device shows while another is being added (contract/extensions.md §5). Pure.

A code is not kept: it is made of a key of ours, whose it is and its number, so that a page that is opened again shows the
same one, and what lies in the database is only a keyed digest, to find it by.
"""

import hashlib
import hmac
import re
from datetime import timedelta

from apps.core import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is taken for something else
LENGTH = 9  # of 31: 44 bits, for a minute
LIFE = timedelta(seconds=60)
TRIES = 5
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")
_MADE_OF = "device_addition.code"
_FOUND_BY = "device_addition.code_digest"


def code_of(owner: str, number: int) -> str:
    """The `number`-th code of the row whose id is `owner`, as it is kept: without hyphens."""
    value = int.from_bytes(_mac(_key(_MADE_OF), f"{owner}:{number}"))  # 256 bits over 44: no character is likelier
    characters = []
    for _ in range(LENGTH):
        value, at = divmod(value, len(ALPHABET))
        characters.append(ALPHABET[at])
    return "".join(characters)


def plain(typed: str) -> str:
    """The code, from however somebody typed it; "" when it can be none."""
    code = re.sub(r"[\s_.-]+", "", typed[:64]).upper()
    return code if _CODE.fullmatch(code) else ""


def shown(code: str) -> str:
    """XXX-XXX-XXX; "" for none."""
    if not code:
        return ""
    return "-".join(code[at : at + 3] for at in range(0, LENGTH, 3))


def digest(code: str) -> str:
    """What stands in the database (hex). Of 44 bits a plain digest would be searched through; of a key it cannot be."""
    return _mac(_key(_FOUND_BY), code).hex()


def _key(purpose: str) -> bytes:
    """The newest: a code that was shown while keys changed is good for a minute at most."""
    return next(iter(secrets.derived_keys(purpose).values()))


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
