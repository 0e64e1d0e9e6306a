"""A server of one's own, signed to as Standard Webhooks has it (standard-webhooks/spec, "Symmetric signatures")."""

import base64
import binascii
import hashlib
import hmac
import secrets as randomness
from typing import Any

from apps.core.errors import Invalid, Violation, told
from apps.core.times import rfc3339_of
from apps.streams.kinds import checks, wording
from apps.streams.kinds.kind import Batch, Kind, Post, any_success

PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)


def word(batch: Batch) -> Post:
    """`webhook-id` is the batch's: whoever keeps the ids it has seen drops what comes twice."""
    timestamp = int(batch.sent_at)
    body = wording.compact({"type": "events", "timestamp": rfc3339_of(batch.sent_at), "data": {"events": batch.events}})
    keys = [batch.secrets["secret"], *filter(None, [_earlier(batch)])]
    headers = {
        "Content-Type": "application/json",
        "webhook-id": batch.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(key, batch.id, timestamp, body) for key in keys),
    }
    return Post(batch.settings["url"], headers, body)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _earlier(batch: Batch) -> str:
    """For a day after a rotation both secrets sign, so that the receiver may follow in its own time."""
    return batch.secrets.get("earlier_secret", "") if batch.sent_at < batch.secrets.get("earlier_until", 0) else ""


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def check_secret(value: Any, *, field: str) -> str:
    try:
        fits = isinstance(value, str) and value.startswith(PREFIX) and len(_key(value)) in _KEY_BYTES
    except (binascii.Error, ValueError):
        fits = False
    if not fits:
        raise Invalid(Violation(field, told("must be %(pattern)s and 24 to 64 bytes in base64", pattern=PREFIX)))
    return str(value)


def new_secret() -> str:
    return PREFIX + base64.b64encode(randomness.token_bytes(32)).decode()


KIND = Kind(
    name="webhook",
    checks={"url": checks.url, "ca_certificate": checks.authorities},
    required=("url",),
    secret_checks={"secret": check_secret},
    required_secrets=(),
    target=lambda settings: settings["url"],
    word=word,
    judge=any_success,
    make_secrets=lambda: {"secret": new_secret()},
    is_secret_sent=False,
)
