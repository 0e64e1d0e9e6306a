"""base64url without padding (RFC 4648 §5), and JSON objects of parts of a JWT."""

import base64
import binascii
import json
from typing import Any


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError."""
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64url") from None


def encoded(members: dict[str, Any]) -> str:
    return base64url(json.dumps(members, separators=(",", ":")).encode())


def object_in(raw: bytes | str) -> dict[str, Any]:
    """Raises ValueError for what is no JSON object."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found
