"""Checks of what a stream's settings may hold. Each returns the cleaned value or raises Invalid, as those of core do."""

import re
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from apps.core.errors import Invalid, Violation, told

Check = Callable[..., Any]

URL_LENGTH = 2048
SECRET_LENGTH = 4096
AUTHORITIES_LENGTH = 32_768
_VISIBLE = re.compile(r"[!-~]+")
_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z.:-]*[0-9A-Za-z])?")


def url(value: object, *, field: str) -> str:
    """Of a server: what may be reached at all is judged where it is sent (apps.core.outgoing)."""
    if not isinstance(value, str):
        return _refuse(field, "not a string")
    if len(value) > URL_LENGTH:
        return _refuse(field, told("longer than %(count)s characters", count=URL_LENGTH))
    if not _VISIBLE.fullmatch(value) or "\\" in value:
        return _refuse(field, "not a URL")
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return _refuse(field, "not a URL")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return _refuse(field, "must be https://host…")
    if "@" in parts.netloc or parts.fragment:
        return _refuse(field, "must not hold a user name or a fragment")
    return value


def host(value: object, *, field: str) -> str:
    if not isinstance(value, str):
        return _refuse(field, "not a string")
    if len(value) > 253 or not _HOST.fullmatch(value):
        return _refuse(field, "must be a host's name or its address")
    return value


def port(value: object, *, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65_536:
        raise Invalid(Violation(field, "must be a number from 1 to 65535"))
    return value


def one_of(*words: str) -> Check:
    def check(value: object, *, field: str) -> str:
        return (
            value
            if isinstance(value, str) and value in words
            else _refuse(field, told("must be one of %(names)s", names=", ".join(words)))
        )

    return check


def word(pattern: str, length: int) -> Check:
    """A name in the target's own terms, such as an index."""
    fits = re.compile(pattern)

    def check(value: object, *, field: str) -> str:
        if not isinstance(value, str):
            return _refuse(field, "not a string")
        return (
            value
            if len(value) <= length and fits.fullmatch(value)
            else _refuse(field, told("must match %(pattern)s", pattern=pattern))
        )

    return check


def secret(value: object, *, field: str) -> str:
    """Goes into a header, so it holds nothing that could end one. The refusal never repeats it."""
    if not isinstance(value, str):
        return _refuse(field, "not a string")
    if not value:
        return _refuse(field, "empty string")
    if len(value) > SECRET_LENGTH:
        return _refuse(field, told("longer than %(count)s characters", count=SECRET_LENGTH))
    return value if _VISIBLE.fullmatch(value) else _refuse(field, "holds a space, or what is not ASCII")


def authorities(value: object, *, field: str) -> str:
    """PEM of certificate authorities that are believed beside the system's; "" for none."""
    if not isinstance(value, str):
        return _refuse(field, "not a string")
    if len(value) > AUTHORITIES_LENGTH:
        return _refuse(field, told("longer than %(count)s characters", count=AUTHORITIES_LENGTH))
    if not value.strip():
        return ""
    if not value.isascii():
        return _refuse(field, "not a certificate in PEM")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=value)
    except (ssl.SSLError, ValueError):
        return _refuse(field, "not a certificate in PEM")
    return (
        value if context.get_ca_certs() or "BEGIN CERTIFICATE" in value else _refuse(field, "not a certificate in PEM")
    )


def _refuse(field: str, description: str) -> str:
    raise Invalid(Violation(field, description))
