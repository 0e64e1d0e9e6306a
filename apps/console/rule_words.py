"""What a rule's conditions are called when they are read aloud: attributes, operators and values in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

BINDING_WORDS = {
    "hardware": _("a hardware passkey"),
    "synced": _("a synced passkey"),
    "software": _("a software passkey"),
    "none": _("no passkey"),
}
PLATFORM_WORDS = {
    "windows": "Windows",
    "macos": "macOS",
    "linux": "Linux",
    "chromeos": "ChromeOS",
    "android": "Android",
    "ios": "iOS",
    "ipados": "iPadOS",
    "other": _("another system"),
}
_REASON_WORDS = {
    "first": _("the first one"),
    "additional": _("a further one they ask for"),
    "invited": _("a further one they are invited to"),
    "recovery": _("a recovery"),
}
VALUE_WORDS: Mapping[str, Mapping[str, Any]] = {
    "credential.binding": BINDING_WORDS,
    "device.platform": PLATFORM_WORDS,
    "binding.reason": _REASON_WORDS,
}
# attribute: how it reads before its operator.
_ATTRIBUTES = {
    "application.id": _("the application"),
    "identity.id": _("the person"),
    "identity.group_ids": _("their groups"),
    "identity.username": _("their username"),
    "identity.email": _("their e-mail address"),
    "identity.email_domain": _("their e-mail domain"),
    "identity.credential_count": _("their number of passkeys"),
    "identity.days_since_last_authentication": _("days since they last signed in"),
    "identity.days_since_created": _("days since they were added"),
    "credential.binding": _("the kind of passkey"),
    "credential.method": _("the method"),
    "credential.aaguid": _("the passkey's model"),
    "credential.provider_name": _("the passkey's provider"),
    "credential.user_verified": _("the device verified them"),
    "credential.attestation_trusted": _("the passkey's origin is attested"),
    "device.platform": _("the system"),
    "device.os_version": _("the system's version"),
    "device.is_new": _("the device is new"),
    "browser.name": _("the browser"),
    "browser.version": _("the browser's version"),
    "authenticator.type": _("the authenticator"),
    "authenticator.version": _("the authenticator's version"),
    "request.ip": _("the address"),
    "request.ip_is_new": _("the address is new"),
    "request.country": _("the country"),
    "request.asn": _("the network"),
    "request.time": _("the time"),
    "risk.travel_speed_kmh": _("the travel speed in km/h"),
    "risk.failed_attempts_1h": _("failed attempts within an hour"),
    "binding.reason": _("the passkey is"),
    "add_device.role": _("the side of adding a device"),
}
_OPERATORS = {
    "in": _("is"),
    "not_in": _("is not"),
    "equals": _("is"),
    "starts_with": _("begins with"),
    "ends_with": _("ends with"),
    "contains_any": _("include"),
    "contains_all": _("include all of"),
    "contains_none": _("include none of"),
    "eq": _("is"),
    "lt": _("is below"),
    "lte": _("is at most"),
    "gt": _("is above"),
    "gte": _("is at least"),
    "in_cidr": _("is in"),
    "not_in_cidr": _("is not in"),
    "within": _("is within"),
}
_EXTRA_OPERATORS = {"is": _("is"), "outside": _("is outside")}
_DAYS = {
    "mon": _("Mon"), "tue": _("Tue"), "wed": _("Wed"), "thu": _("Thu"), "fri": _("Fri"), "sat": _("Sat"), "sun": _("Sun"),
}  # fmt: skip
_WORKING = ["mon", "tue", "wed", "thu", "fri"]


def attribute_words(attribute: str) -> str:
    if attribute.startswith("identity.traits."):
        return _now("their %(trait)s") % {"trait": attribute.rpartition(".")[2].replace("_", " ")}
    return str(_ATTRIBUTES.get(attribute, attribute))


def operator_words(attribute: str, operator: str) -> str:
    """ "" where the attribute's own words hold the verb: "the passkey is" the first one."""
    if attribute == "binding.reason" and operator == "in":
        return ""
    return str(_OPERATORS.get(operator, operator))


def operator_choices(attribute: str, operators: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(each, str(_EXTRA_OPERATORS[each] if each in _EXTRA_OPERATORS else _OPERATORS[each])) for each in operators]


def window_words(window: Mapping[str, Any]) -> str:
    """ "Mon–Fri 08:00–18:00 Europe/Berlin"."""
    days = window["weekdays"]
    if sorted(days) == sorted(_WORKING):
        named = f"{_DAYS['mon']}–{_DAYS['fri']}"
    elif len(set(days)) == len(_DAYS):
        named = _now("every day")
    else:
        named = ", ".join(str(words) for day, words in _DAYS.items() if day in days)
    return f"{named} {window['start']}–{window['end']} {window['zone']}"


def either(words: list[Any]) -> str:
    """ "A", "A or B", "A, B or C"."""
    listed = [str(word) for word in words]
    if len(listed) < 2:
        return "".join(listed)
    return _now("%(some)s or %(last)s") % {"some": ", ".join(listed[:-1]), "last": listed[-1]}
