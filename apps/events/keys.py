"""Keys that checkpoints are signed with: Ed25519, one set for a tenant, the newest signs, all stay published.

They are not the realms' signing keys. Those live as long as tokens do; a checkpoint is to be believed for ever.
"""

import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.utils import timezone

from apps.core import secrets
from apps.events.models import CheckpointKey


def sign(tenant_id: str, message: bytes) -> bytes:
    """With `current_kid`."""
    return _opened(current_kid(tenant_id)).sign(message)


def current_kid(tenant_id: str) -> str:
    """The tenant's newest key; its first is made when something is to be signed."""
    keys = CheckpointKey.objects.filter(tenant_id=tenant_id).order_by("-created_at", "-kid")
    return keys.values_list("kid", flat=True).first() or new_key(tenant_id).kid


def new_key(tenant_id: str) -> CheckpointKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    kid = _thumbprint(public)
    return CheckpointKey.objects.create(
        kid=kid,
        tenant_id=tenant_id,
        public_key=public,
        sealed_private_key=secrets.seal(private.private_bytes_raw(), _purpose(kid)),
        created_at=timezone.now(),
    )


def jwks(tenant_id: str) -> dict[str, Any]:
    """RFC 7517, RFC 8037. Whose keys they are nothing in them says: fetch them over TLS, and keep them."""
    current_kid(tenant_id)  # who looks before anything was signed must not remember that there are none
    keys = CheckpointKey.objects.filter(tenant_id=tenant_id).order_by("created_at", "kid")
    return {"keys": [{**_jwk(bytes(key.public_key)), "kid": key.kid, "use": "sig", "alg": "EdDSA"} for key in keys]}


def verifies(jwks: dict[str, Any], kid: str, signature: bytes, message: bytes) -> bool:
    """Whether a key of the set, of that name, signed the message. Raises ValueError for a set that is none."""
    try:
        known = {
            str(key["kid"]): secrets.from_base64url(key["x"]) for key in jwks["keys"] if key.get("crv") == "Ed25519"
        }
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError("not a set of keys") from problem
    if kid not in known:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(known[kid]).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _jwk(public: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": secrets.base64url(public)}


def _thumbprint(public: bytes) -> str:
    """RFC 7638."""
    text = json.dumps(_jwk(public), sort_keys=True, separators=(",", ":"))
    return secrets.base64url(hashlib.sha256(text.encode()).digest())


@lru_cache(maxsize=1024)
def _opened(kid: str) -> Ed25519PrivateKey:
    row = CheckpointKey.objects.get(kid=kid)
    return Ed25519PrivateKey.from_private_bytes(secrets.unseal(row.sealed_private_key, _purpose(kid)))


def _purpose(kid: str) -> str:
    return f"checkpoint_key.private_key:{kid}"
