"""What an application did wrong at the authorization endpoint, told to who builds it: what came, and what to change. Pure.

The texts go into `error_description` too, so they are made of its characters alone (RFC 6749 §4.1.2.1).
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

_LONGEST = 200
_ELSE = re.compile(r"[^ !#-\[\]-~]")
# By oauthlib's own description; %s is what the request said of the parameter.
_TOLD: Mapping[str, tuple[str, str]] = {
    "Invalid client_id parameter value.": (
        "client_id",
        "client_id %s is no client of this issuer. Every application has an issuer of its own: take both from the page of "
        "one application",
    ),
    "Missing client_id parameter.": ("client_id", "client_id is missing"),
    "Mismatching redirect URI.": (
        "redirect_uri",
        "redirect_uri %s is not registered for this application. Add it there letter by letter, or send one that is "
        "registered",
    ),
    "Invalid redirect URI.": ("redirect_uri", "redirect_uri %s is no absolute address"),
    "Missing redirect URI.": ("redirect_uri", "redirect_uri is missing: send one that is registered"),
    "Missing response_type parameter.": ("response_type", "response_type is missing: send response_type=code"),
    "Code challenge required.": (
        "code_challenge",
        "code_challenge is missing: this application uses PKCE, so send code_challenge and code_challenge_method=S256 "
        "(RFC 7636)",
    ),
}


def told(description: str, query: str) -> str:
    """`description` itself where we know no better."""
    name, text = _TOLD.get(description, ("", description))
    return text % _shown(dict(parse_qsl(query)).get(name, "")) if "%s" in text and name else text


def _shown(value: str) -> str:
    return f"{_ELSE.sub('?', value[:_LONGEST])}{'...' if len(value) > _LONGEST else ''}"
