"""The closed table of what a rule may ask about (contract/extensions.md §6). Pure; adding a row is adding an attribute."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ID = "id"
    IDS = "ids"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    ENUM = "enum"
    BOOLEAN = "boolean"
    VERSION = "version"
    IP = "ip"
    CODE = "code"
    TIME = "time"


OPERATORS: dict[Kind, frozenset[str]] = {
    Kind.ID: frozenset({"in", "not_in"}),
    Kind.IDS: frozenset({"contains_any", "contains_all", "contains_none"}),
    Kind.STRING: frozenset({"equals", "in", "starts_with", "ends_with"}),
    Kind.INTEGER: frozenset({"eq", "lt", "lte", "gt", "gte"}),
    Kind.NUMBER: frozenset({"lt", "gt"}),
    Kind.ENUM: frozenset({"in", "not_in"}),
    Kind.BOOLEAN: frozenset({"is"}),
    Kind.VERSION: frozenset({"lt", "lte", "eq", "gte", "gt"}),
    Kind.IP: frozenset({"in_cidr", "not_in_cidr"}),
    Kind.CODE: frozenset({"in", "not_in"}),
    Kind.TIME: frozenset({"within"}),
}


@dataclass(frozen=True, slots=True)
class Attribute:
    kind: Kind
    values: frozenset[str] = frozenset()  # of an enum that is closed; empty leaves it open
    integers: bool = False  # a code that is a number (request.asn)
    only: frozenset[str] = frozenset()  # where the contract offers fewer operators than the kind has


_IN = frozenset({"in"})
_PLATFORMS = frozenset("windows macos linux chromeos android ios ipados other".split())
_BROWSERS = frozenset("chrome edge firefox safari opera samsung_internet chromium other".split())

ATTRIBUTES: dict[str, Attribute] = {
    "application.id": Attribute(Kind.ID),
    "identity.id": Attribute(Kind.ID, only=_IN),
    "identity.group_ids": Attribute(Kind.IDS),
    "identity.username": Attribute(Kind.STRING),
    "identity.email": Attribute(Kind.STRING),
    "identity.email_domain": Attribute(Kind.STRING),
    "identity.credential_count": Attribute(Kind.INTEGER),
    "identity.days_since_last_authentication": Attribute(Kind.INTEGER),
    "identity.days_since_created": Attribute(Kind.INTEGER),
    "credential.binding": Attribute(Kind.ENUM, frozenset({"hardware", "software", "synced", "none"})),
    "credential.method": Attribute(Kind.ENUM, frozenset({"webauthn", "x509", "jwt", "otp"})),
    "credential.aaguid": Attribute(Kind.ENUM),
    "credential.provider_name": Attribute(Kind.ENUM),
    "credential.user_verified": Attribute(Kind.BOOLEAN),
    "credential.attestation_trusted": Attribute(Kind.BOOLEAN),
    "device.platform": Attribute(Kind.ENUM, _PLATFORMS),
    "device.os_version": Attribute(Kind.VERSION),
    "device.is_new": Attribute(Kind.BOOLEAN),
    "browser.name": Attribute(Kind.ENUM, _BROWSERS),
    "browser.version": Attribute(Kind.VERSION),
    "authenticator.type": Attribute(Kind.ENUM, frozenset({"hosted_web", "embedded"})),
    "authenticator.version": Attribute(Kind.VERSION),
    "request.ip": Attribute(Kind.IP),
    "request.ip_is_new": Attribute(Kind.BOOLEAN),
    "request.country": Attribute(Kind.CODE),
    "request.asn": Attribute(Kind.CODE, integers=True),
    "request.time": Attribute(Kind.TIME),
    "risk.travel_speed_kmh": Attribute(Kind.NUMBER),
    "risk.failed_attempts_1h": Attribute(Kind.NUMBER),
    "binding.reason": Attribute(Kind.ENUM, frozenset({"first", "additional", "recovery", "invited"}), only=_IN),
    "add_device.role": Attribute(Kind.ENUM, frozenset({"source", "target"}), only=_IN),
}

_TRAIT = re.compile(r"identity\.traits\.[a-z][a-z0-9_]{0,63}")


def find(name: str) -> Attribute | None:
    found = ATTRIBUTES.get(name)
    return Attribute(Kind.STRING) if found is None and _TRAIT.fullmatch(name) else found


def operators_of(attribute: Attribute) -> frozenset[str]:
    return attribute.only or OPERATORS[attribute.kind]
