"""Single parameters of an authorization request (OpenID Connect Core §3.1.2.1, §5.5). Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.tokens import assurance

PROMPTS = ("none", "login", "consent", "select_account")
RESPONSE_MODES = ("query", "form_post")
# In characters. A state may be 2 KB; a hint is a token, and may be one that RSA signed.
_LENGTH = 2048
_LENGTHS = {"id_token_hint": 16_384, "claims": 8_192, "nonce": 255, "acr_values": 512}
STATE_BYTES = 2048
_SUBJECT_LENGTH = 255
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7638 §3


class Wrong(Exception):
    """What is wrong with a parameter, in the error codes of the specs; for the client."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True)
class AskedClaims:
    """The `claims` parameter, as far as it can change anything. `subject` is the one person meant, "" for anybody."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()
    subject: str = ""
    acr_values: tuple[str, ...] = ()
    acr_essential: bool = False


def refuse_unsupported(given: Mapping[str, str], repeated: list[str]) -> None:
    if repeated:
        raise Wrong("invalid_request", f"{repeated[0]} is given twice")
    if "registration" in given:
        raise Wrong("registration_not_supported", "registration is not supported")
    if given.get("response_mode", "query") not in RESPONSE_MODES:
        raise Wrong("invalid_request", f"response_mode must be {' or '.join(RESPONSE_MODES)}")


def refuse_out_of_bounds(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if len(value) > _LENGTHS.get(name, _LENGTH) or "\x00" in value:
            raise Wrong("invalid_request", f"{name[:64]} is too long or holds a NUL")
    if len(given.get("state", "").encode()) > STATE_BYTES:
        raise Wrong("invalid_request", f"state is longer than {STATE_BYTES} bytes")


def prompt(given: str) -> str:
    values = given.split()
    if unknown := [value for value in values if value not in PROMPTS]:
        raise Wrong("invalid_request", f"prompt {unknown[0][:64]} is not known here")
    if "none" in values and len(values) > 1:
        raise Wrong("invalid_request", "prompt none stands alone")
    return " ".join(dict.fromkeys(values))


def max_age(given: str) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Wrong("invalid_request", "max_age must be a whole number of seconds")
    return int(given)


def thumbprint(given: str) -> str:
    if given and not _THUMBPRINT.fullmatch(given):
        raise Wrong("invalid_request", "dpop_jkt must be the SHA-256 thumbprint of a key")
    return given


def claims(given: str) -> AskedClaims:
    """Members that nobody knows are passed over (§5.5); what cannot be read is refused."""
    if not given:
        return AskedClaims()
    try:
        read = json.loads(given)
    except (ValueError, RecursionError):
        raise Wrong("invalid_request", "claims is not JSON") from None
    userinfo, id_token = _member(read, "userinfo"), _member(read, "id_token")
    acr = id_token.get("acr") or {}
    values = _values("acr", acr)
    essential = acr.get("essential") is True and bool(values)
    if essential and not any(value in assurance.LEVELS for value in values):
        raise Wrong("unmet_authentication_requirements", "none of the acr values is known here")
    subjects = {value for member in (userinfo, id_token) for value in _values("sub", member.get("sub") or {})}
    if len(subjects) > 1:
        raise Wrong("invalid_request", "claims names more than one subject")
    subject = next(iter(subjects), "")
    return AskedClaims(tuple(userinfo), tuple(id_token), subject, values, essential)


def one_subject(*named: str) -> str:
    """Of a hint and of the claims parameter: both mean the same person, or nobody."""
    subjects = {subject for subject in named if subject}
    if len(subjects) > 1:
        raise Wrong("invalid_request", "id_token_hint and claims name different subjects")
    return next(iter(subjects), "")


def _member(read: Any, name: str) -> dict[str, Any]:
    member = read.get(name) if isinstance(read, dict) else ""
    member = {} if member is None else member
    if not isinstance(member, dict) or not all(value is None or isinstance(value, dict) for value in member.values()):
        raise Wrong("invalid_request", f"claims has no {name} that could be read")
    return member


def _values(claim: str, asked: Mapping[str, Any]) -> tuple[str, ...]:
    values = asked.get("values", [asked["value"]] if "value" in asked else [])
    if not isinstance(values, list) or not all(_is_text(value) for value in values):
        raise Wrong("invalid_request", f"the values of the claim {claim} must be short strings")
    return tuple(dict.fromkeys(values))


def _is_text(value: Any) -> bool:
    """Something that the database can keep: no NUL, no half of a surrogate pair."""
    return isinstance(value, str) and 0 < len(value) <= _SUBJECT_LENGTH and value.isprintable()
