"""What the policy is told about a transaction: one dictionary of known facts. What is not known is left out, and the
engine treats it so (contract/extensions.md §6). What is read, is read by one statement (history); the rest comes from the
call."""

from collections.abc import Mapping
from typing import Any

from apps.authenticators.models import AuthenticatorConfig
from apps.core.context import Context
from apps.credentials import history
from apps.credentials.devices import describe as describe_device
from apps.credentials.history import Past
from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.policy import values


def of_identity(ctx: Context, identity: Identity, past: Past | None = None) -> dict[str, Any]:
    """`past` when it was asked for already."""
    past = past or history.past_of(ctx, identity)
    address = identity.primary_email_address
    facts: dict[str, Any] = {
        "identity.id": identity.pk,
        "identity.group_ids": list(past.group_ids),
        "identity.username": identity.username,
        "identity.email": address or None,
        "identity.email_domain": address.rpartition("@")[2] or None,
        "identity.credential_count": past.credential_count,
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


def of_identity_provider() -> dict[str, Any]:
    """Somebody else says who it is. There is no passkey, and the contract's methods have none that fits: it is not known, so
    a rule that names one does not hold, whichever way round it asks (contract/extensions.md §6)."""
    return {"credential.binding": "none", "credential.user_verified": False}


def of_request(ctx: Context, config: AuthenticatorConfig | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "request.time": ctx.now,
        "request.ip": ctx.client.ip or None,
        "request.country": ctx.client.country or None,
        "request.asn": ctx.client.asn,
        "authenticator.type": config.type if config else None,
    }
    return _known(facts | describe_device(ctx.client.user_agent, ctx.client.hints))


def of_signals(signals: Mapping[str, Any]) -> dict[str, Any]:
    """What an authenticator says of itself with a proof. Its version is its own word: it tells an old SDK in good faith from
    a new one, and nothing of a forger. What is no version is not known."""
    version = signals.get("authenticator_version")
    return {"authenticator.version": version} if values.is_version(version) else {}


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
