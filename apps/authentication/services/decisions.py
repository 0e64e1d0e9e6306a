"""The policy, asked about one sign-in to one application, and about each side of adding a device."""

from collections.abc import Mapping
from typing import Any, Literal

from apps.applications.models import Application
from apps.authenticators.models import AuthenticatorConfig
from apps.core.context import Context
from apps.credentials import facts, history
from apps.credentials.history import Past
from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.events.attempt import Draft
from apps.policy import services as policy
from apps.policy.engine import Transaction, TransactionType
from apps.realms.models import Realm
from apps.tokens import assurance


def require(
    event: Draft,
    ctx: Context,
    application: Application,
    identity: Identity,
    credential: Credential | None,
    *,
    verified: bool,
    signals: Mapping[str, Any] | None = None,
    acr: str = assurance.OTP,
) -> None:
    """`verified`: the device checked that it was its owner. `credential` None: proven by what `acr` says, a one-time code or
    an identity provider. `signals` came with the proof, if there was one now. Raises PolicyDenied, VerificationRequired."""
    known, past = _known(ctx, identity, application.authenticator_config)
    known |= facts.of_signals(signals or {})
    known |= _proof(credential, verified, acr)
    known["application.id"] = str(application.pk)
    named = {**_named(identity, credential), "application_id": str(application.pk)}
    asked = Transaction(TransactionType.AUTHENTICATION, known, named)
    policy.require(event, application.realm, asked, past.policy)
    event.write(*past.unseen)


def require_add_device(
    event: Draft,
    ctx: Context,
    realm: Realm,
    identity: Identity,
    credential: Credential | None,
    *,
    role: Literal["source", "target"],
    config: AuthenticatorConfig | None,
    verified: bool = False,
    signals: Mapping[str, Any] | None = None,
) -> None:
    """Asked on both sides: of the device that lets another in, and of the one that comes in. `credential` is the one that
    the side shows (of the target the one that is about to be bound, if it is known already). Raises PolicyDenied,
    VerificationRequired."""
    known, past = _known(ctx, identity, config)
    known |= facts.of_signals(signals or {})
    known |= facts.of_credential(credential, user_verified=verified) if credential else {}
    known["add_device.role"] = role
    asked = Transaction(TransactionType.ADD_DEVICE, known, _named(identity, credential))
    policy.require(event, realm, asked, past.policy)
    if role == "source":
        event.write(*past.unseen)


def _proof(credential: Credential | None, verified: bool, acr: str) -> dict[str, Any]:
    if credential is not None:
        return facts.of_credential(credential, user_verified=verified)
    return facts.of_identity_provider() if acr == assurance.FEDERATED else facts.of_one_time_code()


def _known(ctx: Context, identity: Identity, config: AuthenticatorConfig | None) -> tuple[dict[str, Any], Past]:
    here = facts.of_request(ctx, config)
    past = history.past_of(ctx, identity, here)
    return {**facts.of_identity(ctx, identity, past), **here, **past.facts}, past


def _named(identity: Identity, credential: Credential | None) -> dict[str, str]:
    return {"identity_id": identity.pk, **({"credential_id": credential.pk} if credential else {})}
