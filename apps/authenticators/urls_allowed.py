"""Which URLs a config or an application may name. Pure; nothing is ever fetched from here.

Redirects: RFC 9700 §2.1 and §2.6, RFC 8252 §7. Origins: contract/extensions.md §5.
"""

from urllib.parse import urlsplit

from apps.core.errors import told

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_LENGTH = 2048
_NEVER = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "ftp", "ws", "wss"})


def refuse_origin(value: object) -> str:
    """Why it is not an origin, or "" when it is: scheme://host[:port], https or localhost."""
    if problem := _refuse_shape(value):
        return problem
    parts = urlsplit(str(value))
    if parts.path or parts.query or "?" in str(value) or "#" in str(value) or parts.username is not None:
        return "not an origin: give scheme://host[:port] alone"
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
        return "" if _has_host(str(value)) else "no host"
    return "must be https, or http for localhost"


def refuse_redirect(value: object, *, private_use: bool = False) -> str:
    """Why a redirect URI is not allowed, or "". Private-use schemes need a dot and a public client (RFC 8252 §7.1)."""
    if problem := _refuse_shape(value):
        return problem
    text = str(value)
    parts = urlsplit(text)
    if "#" in text:
        return "must not have a fragment"
    if parts.username is not None or parts.password is not None:
        return "must not carry a user name"
    if parts.scheme == "https":
        return "" if _has_host(text) else "no host"
    if parts.scheme == "http":
        return "" if parts.hostname in LOOPBACK_HOSTS and _has_host(text) else "must be https (http for loopback only)"
    if private_use and "." in parts.scheme and parts.scheme not in _NEVER:
        return ""
    return "scheme not allowed"


def refuse_invoke_url(value: object) -> str:
    """An app's own scheme is fine here: the SDK inside a native app is called by it (contract/wire.md §1.8)."""
    if problem := _refuse_shape(value):
        return problem
    parts = urlsplit(str(value))
    if parts.scheme in _NEVER:
        return "scheme not allowed"
    if parts.scheme in ("http", "https"):
        return refuse_redirect(value)
    return "" if parts.scheme else "no scheme"


def _refuse_shape(value: object) -> str:
    if not isinstance(value, str) or not value:
        return "missing"
    if len(value) > _LENGTH:
        return told("longer than %(count)s characters", count=_LENGTH)
    if not value.isascii() or any(c <= " " or c in '\\"<>^`{|}' or c == "\x7f" for c in value):
        return "contains characters that a URL cannot have"
    try:
        port = urlsplit(value).port
    except ValueError:
        return "not a URL"
    return "not a URL" if port == 0 else ""  # RFC 6335 §6: nobody is there


def _has_host(text: str) -> bool:
    host = urlsplit(text).hostname or ""
    return bool(host) and not host.endswith(".") and "*" not in host
