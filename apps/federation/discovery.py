"""What a provider publishes of itself (OpenID Connect Discovery 1.0 §4): asked for, held against its issuer, remembered for
five minutes in each process, and for an hour while it does not answer."""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from apps.core import outgoing
from apps.core.errors import Unavailable, told
from apps.core.outgoing import Unreachable
from apps.tokens.signatures import ALGORITHMS

GOOD_SECONDS = 300
OLD_SECONDS = 3600
AFTER_FAILURE_SECONDS = 10
_REMEMBERED_LIMIT = 500
_URL_LENGTH = 2048


class ProviderUnavailable(Unavailable):
    """The provider is down, or says of itself what nobody can work with. The message is for events and administrators."""

    code = "provider_unavailable"


@dataclass(frozen=True, slots=True)
class Metadata:
    """`userinfo_endpoint` is "" where there is none; `names_issuer`: answers carry `iss` (RFC 9207 §3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    names_issuer: bool
    posts_secret: bool


@dataclass(frozen=True, slots=True)
class _Learned:
    metadata: Metadata | None
    problem: str
    learned_at: float
    good_until: float


_remembered: "OrderedDict[str, _Learned]" = OrderedDict()
_guard = threading.Lock()


def metadata_of(issuer: str) -> Metadata:
    """Raises ProviderUnavailable. Asks the network, so not inside a transaction."""
    now = time.monotonic()
    with _guard:
        known = _remembered.get(issuer)
    if known is None or now >= known.good_until:
        known = _learn(issuer, known)
    if known.metadata is None:
        raise ProviderUnavailable(known.problem)
    return known.metadata


def fetch(issuer: str) -> Metadata:
    """Asks now, whatever is remembered. Raises ProviderUnavailable."""
    try:
        said = outgoing.get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    except Unreachable as problem:
        raise ProviderUnavailable(told("its configuration: %(problem)s", problem=problem.args[0])) from None
    return read(said, issuer)


def forget(issuer: str) -> None:
    with _guard:
        _remembered.pop(issuer, None)


def _learn(issuer: str, before: _Learned | None) -> _Learned:
    """One that is down now leaves what it said last standing for a while."""
    try:
        metadata = fetch(issuer)
        now = time.monotonic()
        learned = _Learned(metadata, "", now, now + GOOD_SECONDS)
    except ProviderUnavailable as refusal:
        now = time.monotonic()
        good_until = now + AFTER_FAILURE_SECONDS
        if before is not None and before.metadata is not None and now - before.learned_at < OLD_SECONDS:
            learned = _Learned(before.metadata, "", before.learned_at, good_until)
        else:
            learned = _Learned(None, refusal.message, now, good_until)
    with _guard:
        _remembered[issuer] = learned
        _remembered.move_to_end(issuer)
        while len(_remembered) > _REMEMBERED_LIMIT:
            _remembered.popitem(last=False)
    return learned


def read(said: Any, issuer: str) -> Metadata:
    """Raises ProviderUnavailable."""
    if not isinstance(said, Mapping):
        raise ProviderUnavailable("its configuration is no JSON object")
    if said.get("issuer") != issuer:
        raise ProviderUnavailable("its configuration names another issuer")
    _require_ways(said)
    ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    basic, post = (isinstance(ways, list) and f"client_secret_{way}" in ways for way in ("basic", "post"))
    if not basic and not post:
        raise ProviderUnavailable("it takes no client secret")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_url(said, "authorization_endpoint", issuer),
        token_endpoint=_url(said, "token_endpoint", issuer),
        jwks_uri=_url(said, "jwks_uri", issuer),
        userinfo_endpoint=_url(said, "userinfo_endpoint", issuer) if said.get("userinfo_endpoint") else "",
        names_issuer=said.get("authorization_response_iss_parameter_supported") is True,
        posts_secret=not basic,
    )


def _require_ways(said: Mapping[str, Any]) -> None:
    kinds = said.get("response_types_supported", ["code"])
    if not isinstance(kinds, list) or "code" not in kinds:
        raise ProviderUnavailable("it does not offer the authorization code flow")
    algorithms = said.get("id_token_signing_alg_values_supported", ["RS256"])
    if not isinstance(algorithms, list) or not any(each in algorithms for each in ALGORITHMS):
        raise ProviderUnavailable(told("it signs ID tokens with none of %(names)s", names=", ".join(ALGORITHMS)))


def _url(said: Mapping[str, Any], name: str, issuer: str) -> str:
    """Encrypted, unless the issuer itself is on this very machine."""
    value = said.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _URL_LENGTH or not _is_printable(value):
        raise ProviderUnavailable(told("its %(name)s is missing or no URL", name=name))
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or "@" in parts.netloc or parts.scheme not in ("https", urlsplit(issuer).scheme) or parts.fragment:
        raise ProviderUnavailable(told("its %(name)s is missing or no URL", name=name))
    return value


def _is_printable(text: str) -> bool:
    return text.isascii() and all("!" <= letter <= "~" for letter in text)
