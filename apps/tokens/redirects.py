"""Redirect URIs: comparing one with the registered ones, and adding an answer to it. Pure."""

from collections.abc import Mapping
from urllib.parse import urlencode


def with_parameters(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The redirect URI with parameters added to whatever query it has (RFC 6749 §4.1.2); empty ones are left out."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def is_same(registered: str, given: str) -> bool:
    """Exact string match; only a loopback IP literal may vary its port (RFC 9700 §2.1, RFC 8252 §7.3)."""
    if registered == given:
        return True
    return _without_port(registered) is not None and _without_port(registered) == _without_port(given)


def _without_port(uri: str) -> tuple[str, str] | None:
    """(host, rest) of an http loopback IP literal, whose port is the native app's to choose; None for anything else."""
    for host in ("http://127.0.0.1", "http://[::1]"):
        if uri.startswith(host):
            authority, slash, rest = uri[len(host) :].partition("/")
            if not authority or (authority[0] == ":" and authority[1:].isascii() and authority[1:].isdigit()):
                return host, slash + rest
    return None
