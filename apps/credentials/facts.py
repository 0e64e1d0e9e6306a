"""What the policy is told about a transaction: one dictionary of known facts. What is not known is left out, and the
engine treats it so (contract/extensions.md §6). Reads the directory once; the rest comes from the call."""

from typing import Any

from ua_parser import parse as parse_user_agent

from apps.authenticators.models import AuthenticatorConfig
from apps.core.context import Context
from apps.core.statements import KnownQuery
from apps.credentials.models import Credential, CredentialState
from apps.directory import selectors as directory
from apps.directory.models import Identity

_PLATFORMS = {
    "windows": "windows", "mac os x": "macos", "macos": "macos", "linux": "linux", "ubuntu": "linux",
    "fedora": "linux", "debian": "linux", "chrome os": "chromeos", "android": "android", "ios": "ios", "ipados": "ipados",
}  # fmt: skip
_BROWSERS = {
    "chrome": "chrome", "headlesschrome": "chrome", "chrome mobile": "chrome", "chrome mobile ios": "chrome",
    "edge": "edge", "edge mobile": "edge", "firefox": "firefox", "firefox mobile": "firefox", "firefox ios": "firefox",
    "safari": "safari", "mobile safari": "safari", "opera": "opera", "opera mobile": "opera",
    "samsung internet": "samsung_internet", "chromium": "chromium",
}  # fmt: skip


def of_identity(ctx: Context, identity: Identity) -> dict[str, Any]:
    address = identity.primary_email_address
    facts: dict[str, Any] = {
        "identity.id": identity.pk,
        "identity.group_ids": directory.group_ids_of(identity),
        "identity.username": identity.username,
        "identity.email": address or None,
        "identity.email_domain": address.rpartition("@")[2] or None,
        "identity.credential_count": active_count(identity),
        "identity.days_since_created": (ctx.now - identity.created_at).days,
    }
    if identity.last_authenticated_at is not None:
        facts["identity.days_since_last_authentication"] = (ctx.now - identity.last_authenticated_at).days
    for name in ("external_id", "given_name", "family_name"):
        facts[f"identity.traits.{name}"] = getattr(identity, name) or None
    facts |= {f"identity.traits.{name}": value for name, value in identity.traits.items()}
    return _known(facts)


def of_credential(credential: Credential, *, user_verified: bool) -> dict[str, Any]:
    return _known(
        {
            "credential.binding": credential.binding,
            "credential.method": credential.method,
            "credential.aaguid": credential.aaguid or None,
            "credential.provider_name": credential.provider_name or None,
            "credential.user_verified": user_verified,
            "credential.attestation_trusted": credential.attestation_trusted,
        }
    )


def of_one_time_code() -> dict[str, Any]:
    """Proven by a code from a mail: there is no passkey, and no device said whose it is."""
    return {"credential.binding": "none", "credential.method": "otp", "credential.user_verified": False}


def of_request(ctx: Context, config: AuthenticatorConfig | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "request.time": ctx.now,
        "request.ip": ctx.client.ip or None,
        "request.country": ctx.client.country or None,
        "authenticator.type": config.type if config else None,
    }
    return _known(facts | describe_device(ctx.client.user_agent))


def describe_device(user_agent: str) -> dict[str, Any]:
    """device.* and browser.* from a User-Agent header; nothing for one that says nothing."""
    if not user_agent:
        return {}
    parsed = parse_user_agent(user_agent[:512])
    facts: dict[str, Any] = {"device.platform": "other", "browser.name": "other"}
    if parsed.os:
        facts["device.platform"] = _PLATFORMS.get(parsed.os.family.lower(), "other")
        facts["device.os_version"] = _version(parsed.os.major, parsed.os.minor, parsed.os.patch)
    if parsed.user_agent:
        facts["browser.name"] = _BROWSERS.get(parsed.user_agent.family.lower(), "other")
        facts["browser.version"] = _version(parsed.user_agent.major, parsed.user_agent.minor)
    return _known(facts)


def active_count(identity: Identity) -> int:
    return len(_ACTIVE.all(identity.pk))


_ACTIVE = KnownQuery(
    lambda identity_id: Credential.objects.only("pk").filter(identity=identity_id, state=CredentialState.ACTIVE), str
)


def _version(*parts: str | None) -> str | None:
    known = []
    for part in parts:
        if part is None or not part.isdigit():
            break
        known.append(part)
    return ".".join(known) or None


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
