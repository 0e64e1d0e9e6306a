"""A transaction that somebody describes, to see what rules would say of it (contract/extensions.md §10 "Policy"). Pure.

Things are named by id and looked up elsewhere; `attributes` are facts as given, which win over what was looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import Invalid, Violation, told
from apps.policy import attributes, values
from apps.policy.rules import TransactionType

_IDS = ("identity_id", "application_id", "credential_id")
_ID_LENGTH = 64
_TEXT_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class Described:
    """`identity_id` and its like are "" where nothing is named. An attribute that is None is to be unknown."""

    type: TransactionType
    identity_id: str = ""
    application_id: str = ""
    credential_id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


def parse(given: Any, *, root: str = "transaction") -> Described:
    """Raises Invalid with every violation."""
    if not isinstance(given, Mapping):
        raise Invalid(Violation(root, "missing" if given is None else "not an object"))
    violations = [
        Violation(f"{root}.{name}", "unknown field") for name in given if name not in ("type", "attributes", *_IDS)
    ]
    kind = given.get("type")
    if kind not in list(TransactionType):
        violations.append(Violation(f"{root}.type", told("must be one of %(names)s", names=", ".join(TransactionType))))
    for name in _IDS:
        said = given.get(name, "absent")
        if not isinstance(said, str) or not 0 < len(said) <= _ID_LENGTH or not values.is_storable(said):
            violations.append(Violation(f"{root}.{name}", "not an id"))
    violations += _wrong(given.get("attributes", {}), f"{root}.attributes")
    if violations:
        raise Invalid(violations)
    ids = {name: given.get(name, "") for name in _IDS}
    return Described(TransactionType(str(kind)), **ids, attributes=dict(given.get("attributes", {})))


def written(described: Described) -> dict[str, Any]:
    """As JSON; parsed again it is the same."""
    named = {name: getattr(described, name) for name in _IDS if getattr(described, name)}
    told = {"attributes": dict(described.attributes)} if described.attributes else {}
    return {"type": described.type.value, **named, **told}


def _wrong(given: Any, path: str) -> list[Violation]:
    if not isinstance(given, Mapping):
        return [Violation(path, "not an object")]
    found = [(f"{path}.{name}", _why(name, value)) for name, value in given.items()]
    return [Violation(where, why) for where, why in found if why]


def _why(name: str, value: Any) -> str:
    attribute = attributes.find(name)
    if attribute is None:
        return "unknown attribute"
    if value is None:
        return ""
    texts = value if isinstance(value, list) else [value]
    if len(texts) > values.LIST_LENGTH or any(isinstance(text, str) and _is_unfit(text) for text in texts):
        return "too long, or holds a NUL or half a surrogate pair"
    if values.read(attribute, value) is None:
        return _NOT.get(attribute.kind, "not a text")
    if attribute.values and value not in attribute.values:
        return told("must be one of %(names)s", names=", ".join(sorted(attribute.values)))
    return ""


def _is_unfit(text: str) -> bool:
    return len(text) > _TEXT_LENGTH or not values.is_storable(text)


_NOT = {
    attributes.Kind.IDS: "not a list of ids",
    attributes.Kind.INTEGER: "not a number",
    attributes.Kind.NUMBER: "not a number",
    attributes.Kind.BOOLEAN: "not true or false",
    attributes.Kind.VERSION: 'not a version such as "17.4"',
    attributes.Kind.IP: "not an IP address",
    attributes.Kind.TIME: "not a time with its offset (RFC 3339)",
}
