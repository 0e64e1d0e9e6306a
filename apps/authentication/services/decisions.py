"""The policy, asked about one sign-in to one application."""

from apps.applications.models import Application
from apps.core.context import Context
from apps.credentials import facts
from apps.credentials.models import Credential
from apps.directory.models import Identity
from apps.events.attempt import Draft
from apps.policy import services as policy
from apps.policy.engine import Transaction, TransactionType


def require(
    event: Draft,
    ctx: Context,
    application: Application,
    identity: Identity,
    credential: Credential | None,
    *,
    verified: bool,
) -> None:
    """`verified`: the device checked that it was its owner. `credential` None: proven by a one-time code. Raises
    PolicyDenied, VerificationRequired."""
    known = facts.of_identity(ctx, identity)
    known |= facts.of_credential(credential, user_verified=verified) if credential else facts.of_one_time_code()
    known |= facts.of_request(ctx, application.authenticator_config)
    known["application.id"] = str(application.pk)
    policy.require(event, application.realm, Transaction(TransactionType.AUTHENTICATION, known))
