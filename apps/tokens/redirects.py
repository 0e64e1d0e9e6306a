"""Redirect URIs: comparing one with the registered ones, and answering to it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus, urlsplit

_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")  # as codes and states nearly always are: nothing in it is to be quoted


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to a client by way of the browser, and how (RFC 6749 §4.1.2, OAuth 2.0 Form Post Response Mode)."""

    redirect_uri: str
    parameters: Mapping[str, str]
    response_mode: str = "query"

    @property
    def is_posted(self) -> bool:
        return self.response_mode == "form_post"

    @property
    def url(self) -> str:
        return with_parameters(self.redirect_uri, self.parameters)


def with_parameters(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The redirect URI with parameters added to whatever query it has (RFC 6749 §4.1.2); empty ones are left out."""
    query = "&".join(f"{name}={_quoted(value)}" for name, value in parameters.items() if value)
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else quote_plus(value)


def can_be_posted_to(redirect_uri: str) -> bool:
    """A browser posts forms to the web, and not to an app's own scheme."""
    return urlsplit(redirect_uri).scheme in ("https", "http")


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
