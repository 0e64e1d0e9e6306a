"""Random tokens, their digests, and sealing of what must be kept readable (signing keys, unsent mail).

Tokens carry 256 bits or more, so plain SHA-256 is a sound way to store them.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12


def new_token(byte_count: int = 32) -> str:
    """base64url without padding; 48 bytes make the 64 characters of a binding-link token (contract/wire.md §1.1)."""
    return secrets.token_urlsafe(byte_count)


def digest(token: str) -> str:
    """SHA-256 in hex: what stands in the database in place of a token. Any string is fine, lone surrogates too."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def matches(token: str, stored_digest: str) -> bool:
    return hmac.compare_digest(digest(token), stored_digest)


def seal(plaintext: bytes, purpose: str) -> bytes:
    """AES-256-GCM: key id (4 bytes) ‖ nonce (12) ‖ ciphertext. `purpose` (table.column:row) is authenticated, so a
    sealed value moved to another place does not open there."""
    key = settings.KEY_ENCRYPTION_KEYS[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _key_id(key) + nonce + AESGCM(key).encrypt(nonce, plaintext, purpose.encode())


def unseal(sealed: bytes | memoryview, purpose: str) -> bytes:
    """Raises ValueError when no configured key opens it, or it was changed or moved."""
    sealed = bytes(sealed)
    key_id, nonce, body = sealed[:4], sealed[4 : 4 + _NONCE_BYTES], sealed[4 + _NONCE_BYTES :]
    for key in settings.KEY_ENCRYPTION_KEYS:
        if hmac.compare_digest(_key_id(key), key_id):
            try:
                return AESGCM(key).decrypt(nonce, body, purpose.encode())
            except (InvalidTag, ValueError):  # ValueError: cut so short that no whole nonce is left
                break
    raise ValueError(f"sealed value for {purpose.partition(':')[0]} does not open: wrong KEY_ENCRYPTION_KEY?")


def derived_keys(purpose: str) -> dict[str, bytes]:
    """A 32-byte key for one purpose from each key-encryption key (HKDF, RFC 5869), by that key's id; the first is the one
    to use, the others may still open what was made earlier."""
    return {
        _key_id(key).hex(): HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(key)
        for key in settings.KEY_ENCRYPTION_KEYS
    }


def keyed_digest(text: str, purpose: str) -> str:
    """HMAC-SHA256 in hex, under a key of this purpose: what stands in the database in place of what is too short to be
    hashed alone, such as six digits. Made anew under each older key by `keyed_matches`."""
    return _keyed(text, next(iter(derived_keys(purpose).values())))


def keyed_matches(text: str, stored_digest: str, purpose: str) -> bool:
    """Compares with every key, whatever it finds: nothing is told by how long it takes."""
    found = [hmac.compare_digest(_keyed(text, key), stored_digest) for key in derived_keys(purpose).values()]
    return any(found)


def _keyed(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id" + key).digest()[:4]


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Strict and canonical: padding, white space, foreign characters and loose trailing bits raise ValueError."""
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("not base64url")
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64url(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
