"""The record of an event: what the log takes a hash of (contract/extensions.md §7, §10). Pure.

It is the event with its `sequence`. Personal members of an object (names, the client, `data.personal`, and what a policy was
told of a person) are replaced by one `_sd` array of salted digests, in the manner of SD-JWT (RFC 9901 §4.2); the disclosures
stand beside the record. So the values can be erased, and every hash and proof stays as it was.

The salt of each value is derived from one random secret of the event. `Redaction` takes its place when a person is erased:
the digests as they were, and salts of nothing but what is left.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

Redaction = Mapping[str, Any]  # {"digests": {path: [...]}, "salts": {path.name: salt}}

_SALT_BYTES = 16
# What a policy is told that describes no person. Whatever is not said to be so is taken for personal.
_IMPERSONAL = frozenset(
    """identity.id identity.group_ids identity.credential_count identity.days_since_created
    identity.days_since_last_authentication device.is_new request.ip_is_new request.time""".split()
)
_IMPERSONAL_KINDS = ("application.", "credential.", "authenticator.", "binding.", "add_device.", "risk.")


def record_of(
    face: Mapping[str, Any], sequence: int, salt: bytes, redaction: Redaction | None = None
) -> tuple[dict[str, Any], list[str]]:
    """(record, disclosures) of an event as the contract shows it."""
    veil = _Veil(salt, redaction)
    return {**veil.cover(face), "sequence": sequence}, veil.disclosures


def redacted(
    face: Mapping[str, Any], salt: bytes, before: Redaction | None, keeps: Callable[[str, str], bool]
) -> dict[str, Any]:
    """The redaction that lets go of every personal value but those that `keeps(path of the object, name)`."""
    veil = _Veil(salt, before)
    veil.cover(face)
    return {
        "digests": veil.digests,
        "salts": {f"{path}.{name}": salt for (path, name), salt in veil.salts.items() if keeps(path, name)},
    }


def is_personal(attribute: str) -> bool:
    """Of a policy's input, by the attribute's name."""
    return attribute not in _IMPERSONAL and not attribute.startswith(_IMPERSONAL_KINDS)


def new_disclosure(salt: str, name: str, value: Any) -> str:
    """base64url of the JSON array [salt, name, value]."""
    text = json.dumps([salt, name, value], ensure_ascii=False, separators=(",", ":"))
    return _base64url(text.encode())


def digest_of(disclosure: str) -> str:
    """base64url SHA-256 of the disclosure as it stands."""
    return _base64url(hashlib.sha256(disclosure.encode()).digest())


class _Veil:
    """Covers what is personal, and notes what it did: disclosures, digests by path, salts by path and name."""

    def __init__(self, salt: bytes, redaction: Redaction | None) -> None:
        self.salt, self.redaction = salt, redaction
        self.disclosures: list[str] = []
        self.digests: dict[str, list[str]] = {}
        self.salts: dict[tuple[str, str], str] = {}

    def cover(self, face: Mapping[str, Any]) -> dict[str, Any]:
        targets = enumerate(face["targets"])
        return {
            **face,
            "actor": self._over("actor", face["actor"], "display_name"),
            "targets": [self._over(f"targets.{number}", target, "display_name") for number, target in targets],
            "client": self._over("client", face["client"], *face["client"]),
            "data": self._data(face["data"]),
        }

    def _data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(data)
        if isinstance(personal := data.get("personal"), dict):
            found["personal"] = self._over("data.personal", personal, *personal)
        told = data.get("input")
        if isinstance(told, dict) and isinstance(attributes := told.get("attributes"), dict):
            names = [name for name in attributes if is_personal(name)]
            found["input"] = {**told, "attributes": self._over("data.input.attributes", attributes, *names)}
        return found

    def _over(self, path: str, shown: Mapping[str, Any], *personal: str) -> dict[str, Any]:
        mine = []
        for name in personal:
            if name in shown and (salt := self._salt(path, name)):
                mine.append(new_disclosure(salt, name, shown[name]))
                self.salts[path, name] = salt
        self.disclosures += mine
        digests = sorted(map(digest_of, mine)) if self.redaction is None else self.redaction["digests"].get(path)
        rest = {name: value for name, value in shown.items() if name not in personal}
        if not digests:
            return rest
        self.digests[path] = digests
        return {**rest, "_sd": digests}

    def _salt(self, path: str, name: str) -> str:
        """ "" for a value that was erased."""
        if self.redaction is not None:
            return str(self.redaction["salts"].get(f"{path}.{name}", ""))
        return _base64url(hmac.digest(self.salt, f"{path}.{name}".encode(), "sha256")[:_SALT_BYTES])


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
