"""Key sets at somebody else's address, fetched and remembered a while: a client's `jwks_uri`, a provider's.

A key is found by `kid` among the owner's own, never by anything the token brings along (RFC 8725 §3.10). Each process
remembers a bounded number of key sets: five minutes each; a `kid` that is not among them is a reason to look again, once
a minute an owner, so that nobody makes us hammer a server by guessing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core import outgoing
from apps.core.outgoing import Unreachable
from apps.tokens.jose import Key
from apps.tokens.signatures import SignatureRejected, Unverified, key_from, require_signature

GOOD_SECONDS = 300
AGAIN_SECONDS = 60
AFTER_FAILURE_SECONDS = 10
OLD_SECONDS = 3600
_KEYS_LIMIT = 20
_SETS_LIMIT = 1000
_TRIED_KEYS = 4


@dataclass(frozen=True, slots=True)
class _Fetched:
    keys: list[Any]
    learned_at: float
    good_until: float
    not_again_before: float


_remembered: "OrderedDict[tuple[str, str], _Fetched]" = OrderedDict()
_guard = threading.Lock()
_asking = [threading.Lock() for _ in range(64)]


def keys_at(owner: str, url: str, *, wanted: bool) -> list[Any]:
    """`wanted`: those we know do not do. Nothing is raised: a server that does not answer has no keys, or the old ones."""
    name = (owner, url)
    if (known := _fresh(name, wanted)) is not None:
        return known
    asking = _asking[hash(name) % len(_asking)]  # one of many asks, the others wait for what it learns
    held = asking.acquire(timeout=outgoing.SECONDS)
    try:
        if (known := _fresh(name, wanted)) is not None:
            return known
        return _ask(name) if held else []
    finally:
        if held:
            asking.release()


def fitting(keys: list[Any], token: Unverified) -> list[Key]:
    """By kid; a token that names none is tried with every key of its algorithm."""
    found = []
    for jwk in keys:
        if not isinstance(jwk, Mapping) or (token.kid and jwk.get("kid") != token.kid):
            continue
        try:
            found.append(key_from(jwk, token.algorithm))
        except SignatureRejected:
            continue
    return found


def require_signed_with(keys: list[Key], token: Unverified) -> None:
    """By one of them, of which a few are tried. Raises SignatureRejected."""
    for key in keys[:_TRIED_KEYS]:
        try:
            return require_signature(token, key)
        except SignatureRejected:
            continue
    raise SignatureRejected("its signature is wrong")


def keys_in(jwks: object) -> list[Any]:
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    return keys[:_KEYS_LIMIT] if isinstance(keys, list) else []


def _fresh(name: tuple[str, str], wanted: bool) -> list[Any] | None:
    """None when it is time to ask."""
    now = time.monotonic()
    with _guard:
        known = _remembered.get(name)
    if known is None or now >= (known.not_again_before if wanted else known.good_until):
        return None
    return known.keys


def _ask(name: tuple[str, str]) -> list[Any]:
    """A server that is down leaves what it last said standing for an hour: who could make us forget could lock out."""
    try:
        learned = keys_in(outgoing.get_json(name[1]))
    except Unreachable:
        learned = []
    now = time.monotonic()
    with _guard:
        before = _remembered.get(name)
        if learned:
            now_known = _Fetched(learned, now, now + GOOD_SECONDS, now + AGAIN_SECONDS)
        elif before and before.keys and now - before.learned_at < OLD_SECONDS:
            now_known = _Fetched(before.keys, before.learned_at, now + AGAIN_SECONDS, now + AFTER_FAILURE_SECONDS)
        else:
            now_known = _Fetched([], now, now + AFTER_FAILURE_SECONDS, now + AFTER_FAILURE_SECONDS)
        _remembered[name] = now_known
        _remembered.move_to_end(name)
        while len(_remembered) > _SETS_LIMIT:
            _remembered.popitem(last=False)
    return now_known.keys
