"""Rules to begin with: what administrators ask for most, ready to be fitted. Texts and conditions; nothing decides here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

_HOURS = {"start": "08:00", "end": "18:00", "weekdays": ["mon", "tue", "wed", "thu", "fri"], "zone": "UTC"}


@dataclass(frozen=True, slots=True)
class RuleTemplate:
    key: str
    icon: str
    title: Any
    text: Any
    transaction: str
    condition: Mapping[str, Any]
    action: str
    message: Any = ""

    def rule(self) -> dict[str, Any]:
        """As the form takes one; it has no id yet."""
        action = {"type": self.action, **({"message": str(self.message)} if self.message else {})}
        return {
            "id": "",
            "name": str(self.title),
            "description": str(self.text),
            "enabled": True,
            "transaction": self.transaction,
            "condition": dict(self.condition),
            "action": action,
        }


def _leaf(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "value": value}


TEMPLATES = (
    RuleTemplate(
        "device-limit", "smartphone", _("At most two passkeys"), _("Nobody binds a third passkey."),
        "credential_binding", _leaf("identity.credential_count", "gte", 2), "deny",
        _("You have two passkeys already. Remove one first."),
    ),
    RuleTemplate(
        "platforms", "laptop", _("Only known platforms"), _("Bring your own device, as long as it runs one of these."),
        "authentication", _leaf("device.platform", "not_in", ["windows", "macos", "ios", "ipados", "android"]), "deny",
        _("Sign in from Windows, macOS, iOS or Android."),
    ),
    RuleTemplate(
        "hardware-only", "key-round", _("Hardware passkeys only"), _("Synced and software passkeys do not get in."),
        "authentication", _leaf("credential.binding", "not_in", ["hardware"]), "deny",
        _("Use a passkey that stays on one device, or a security key."),
    ),
    RuleTemplate(
        "countries", "globe", _("Only from these countries"), _("Needs a GeoIP file; without one nobody is kept out by it."),
        "authentication", _leaf("request.country", "not_in", ["DE", "FR"]), "deny",
        _("Sign-ins from your country are not allowed."),
    ),
    RuleTemplate(
        "country-block", "globe", _("Not from these countries"), _("Needs a GeoIP file; the rest of the world gets in."),
        "authentication", _leaf("request.country", "in", ["AQ"]), "deny",
        _("Sign-ins from your country are not allowed."),
    ),
    RuleTemplate(
        "office-hours", "clock", _("Office hours"), _("Closed outside working hours."),
        "authentication", {"not": _leaf("request.time", "within", _HOURS)}, "deny", _("Come back during office hours."),
    ),
    RuleTemplate(
        "contractors", "users-round", _("Contractors from the office only"),
        _("Choose their group; anywhere but the office network is closed to them."),
        "authentication", _leaf("request.ip", "not_in_cidr", ["203.0.113.0/24"]), "deny",
        _("Contractors sign in from the office network."),
    ),
    RuleTemplate(
        "step-up", "fingerprint", _("Verification for one application"),
        _("Choose the application; the device checks face, finger or PIN before it opens."),
        "authentication", {}, "allow_with_os_verification",
    ),
    RuleTemplate(
        "new-device", "eye", _("Note new devices"),
        _("Writes into the record who signs in from a device not seen in a year."),
        "authentication", _leaf("device.is_new", "is", True), "monitor",
    ),
    RuleTemplate(
        "travel", "activity", _("Impossible travel"),
        _("Faster than an aeroplane between two sign-ins. Needs a GeoIP file."),
        "authentication", _leaf("risk.travel_speed_kmh", "gt", 1000), "deny",
        _("This sign-in looks unusual. Try again later, or ask for help."),
    ),
    RuleTemplate(
        "failures", "ban", _("After many failures"),
        _("Ten failed attempts within an hour, of the person or their address."),
        "authentication", _leaf("risk.failed_attempts_1h", "gt", 9), "deny", _("Too many attempts. Try again in an hour."),
    ),
    RuleTemplate(
        "further-passkeys", "plus", _("Further passkeys"), _("People may make another passkey when they ask for it."),
        "credential_binding", _leaf("binding.reason", "in", ["additional"]), "allow",
    ),
    RuleTemplate(
        "add-device", "qr-code", _("Setting up other devices"), _("People may let one device set up another."),
        "add_device", {}, "allow",
    ),
)  # fmt: skip


def find(key: str) -> RuleTemplate | None:
    return next((each for each in TEMPLATES if each.key == key), None)
