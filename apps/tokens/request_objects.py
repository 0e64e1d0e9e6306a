"""Signed authorization requests: what a request object must say, and the parameters in it (RFC 9101, FAPI 2.0 Message
Signing §5.3). Pure.

That the signature is the client's is for the caller. Only what is inside counts; nothing is ever fetched (§10.4).
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from apps.tokens import signatures
from apps.tokens.assertions import check_times
from apps.tokens.authorization_parameters import STATE_BYTES
from apps.tokens.signatures import SignatureRejected, seconds_in

KINDS = ("", "jwt", "oauth-authz-req+jwt")
LONGEST_SECONDS = 86_400
FAPI2_SECONDS = 3_600
_NAME = re.compile(r"[a-z_]{1,64}")
_OF_THE_TOKEN = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
_NEVER_INSIDE = frozenset({"request", "request_uri", "client_secret", "client_assertion", "client_assertion_type"})


def parameters_of(claims: Mapping[str, Any], *, client_id: str, issuer: str, is_fapi2: bool, now: float) -> str:
    """The request, urlencoded. Raises SignatureRejected, whose text may be shown."""
    if claims.get("iss") != client_id or claims.get("client_id") != client_id:
        raise SignatureRejected("its iss and client_id must be the client's")
    audience = claims.get("aud")
    if issuer not in (audience if isinstance(audience, list) else [audience]):
        raise SignatureRejected("its aud must be the issuer")
    check_times(claims, now=now, longest_seconds=FAPI2_SECONDS if is_fapi2 else LONGEST_SECONDS)
    not_before = seconds_in(claims, "nbf", required=is_fapi2)
    if is_fapi2 and not_before is not None and not_before < now - FAPI2_SECONDS:
        raise SignatureRejected(f"its nbf is more than {FAPI2_SECONDS} seconds ago")
    if inside := sorted(_NEVER_INSIDE & claims.keys()):
        raise SignatureRejected(f"it must not hold {inside[0]}")
    pairs = [
        (name, text) for name, value in claims.items() if name not in _OF_THE_TOKEN for text in _texts(name, value)
    ]
    return urlencode(pairs)


def way_back(request: str) -> tuple[str, str]:
    """The response_mode and the state named in an object that nobody verified, "" where there is none. Good for one thing:
    to say that the object is refused where the client listens for it (OpenID Connect Core §3.1.2.6)."""
    try:
        claims = signatures.read(request, kinds=KINDS, algorithms=(*signatures.ALGORITHMS, "none")).claims
        found = [_texts(name, claims[name])[0] if name in claims else "" for name in ("response_mode", "state")]
    except SignatureRejected:
        return "", ""
    return found[0], found[1] if len(found[1].encode()) <= STATE_BYTES else ""


def _texts(name: str, value: Any) -> list[str]:
    """A parameter's value as the query would have it (RFC 9101 §4): numbers and objects are JSON."""
    if isinstance(value, str):
        found = [value]
    elif name == "resource" and isinstance(value, list) and all(isinstance(each, str) for each in value):
        found = value
    elif name == "max_age" and type(value) is int and 0 <= value < 10**9:
        found = [str(value)]
    elif name == "claims" and isinstance(value, dict):
        found = [json.dumps(value)]
    else:
        raise SignatureRejected(f"its {_named(name)} is of the wrong type")
    if not all(map(_is_text, (name, *found))):
        raise SignatureRejected(f"its {_named(name)} holds what no parameter can")
    return found


def _is_text(text: str) -> bool:
    """JSON may spell NUL and halves of letters, which no query can hold, and no database."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _named(name: str) -> str:
    return name if _NAME.fullmatch(name) else "parameter"
