"""Referential access tokens: a JWE whose plaintext is only the token's `jti` (contract/extensions.md §4, RFC 7516).

Direct encryption with AES-256-GCM under a key of the realm, made from the key-encryption key. The protected header holds
nothing but constants and the key's id, and is authenticated with the text: a token opens in its own realm alone. A header
that is not, byte for byte, one we would have written is not even looked into (RFC 8725 §3.1: no `zip`, no `p2c`, no `jku`).
"""

import os
import re
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.core import secrets
from apps.tokens.jose import TokenRejected

TYP = "at+jwe"
_HEADER = re.compile(rb'\{"alg":"dir","enc":"A256GCM","kid":"([0-9a-f]{16})\.([0-9a-f]{8})","typ":"at\+jwe"\}')
_LONGEST = 512
_NONCE_BYTES, _TAG_BYTES = 12, 16


def refer(realm_id: str, jti: str) -> str:
    """A new token that stands for the row with this `jti`."""
    key_id, key = next(iter(_keys(realm_id).items()))
    header = secrets.base64url(f'{{"alg":"dir","enc":"A256GCM","kid":"{realm_id}.{key_id}","typ":"{TYP}"}}'.encode())
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, jti.encode(), header.encode())
    parts = (nonce, sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:])
    return f"{header}..{'.'.join(secrets.base64url(part) for part in parts)}"


def follow(token: str) -> tuple[str, str]:
    """(realm id, jti). Says nothing of whether the token is still good. Raises TokenRejected, for whatever reason alike."""
    if len(token) > _LONGEST or token.count(".") != 4:
        raise TokenRejected("not a reference")
    header, encrypted_key, *rest = token.split(".")
    try:
        found = _HEADER.fullmatch(secrets.from_base64url(header))
        nonce, ciphertext, tag = (secrets.from_base64url(part) for part in rest)
        if found is None or encrypted_key or len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES:
            raise TokenRejected("not a reference")
        realm_id, key_id = found[1].decode(), found[2].decode()
        opened = AESGCM(_keys(realm_id)[key_id]).decrypt(nonce, ciphertext + tag, header.encode())
        return realm_id, opened.decode()
    except (ValueError, KeyError, InvalidTag):
        raise TokenRejected("not a reference") from None


def is_reference(token: str) -> bool:
    """By its shape: five parts, where a JWS has three."""
    return token.count(".") == 4


@lru_cache(maxsize=1024)
def _keys(realm_id: str) -> dict[str, bytes]:
    return secrets.derived_keys(f"access_token.reference:{realm_id}")
