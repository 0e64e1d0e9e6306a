"""A guard against sawing off one's own branch: rules for the admin realm are tried on whoever publishes them."""

from collections.abc import Sequence
from typing import Any

from apps.applications import selectors as applications
from apps.authentication.models import Session
from apps.core.context import ActorType, Context
from apps.core.errors import Conflict
from apps.credentials import facts
from apps.directory.models import Identity
from apps.policy.engine import Rule, Transaction, TransactionType, decide
from apps.realms.models import Realm

# Who never signed in is taken with a hardware passkey from where they are now (contract/extensions.md §10).
_AS_IF = {"credential.binding": "hardware", "credential.method": "webauthn", "credential.user_verified": True}


class WouldLockOut(Conflict):
    """Published, these rules would refuse the very person who publishes them."""

    code = "would_lock_out"


def refuse_lockout(ctx: Context, realm: Realm, rules: Sequence[Rule]) -> None:
    """Raises WouldLockOut when the acting administrator's next sign-in to the console would be denied.

    Says nothing of other administrators, and nothing of applications that publish by API. Registered with policy.
    """
    if not realm.is_admin or ctx.actor.type != ActorType.IDENTITY:
        return
    identity = Identity.objects.filter(realm=realm, pk=ctx.actor.id).first()
    if identity is None:
        return
    decision = decide(rules, Transaction(TransactionType.AUTHENTICATION, _next_sign_in(ctx, realm, identity)))
    if decision.denies:
        raise WouldLockOut("these rules would keep you yourself out of the console", rule_id=decision.matched_rule_id)


def _next_sign_in(ctx: Context, realm: Realm, identity: Identity) -> dict[str, Any]:
    """The facts of the identity's last sign-in to the console, as of now and from here."""
    console = applications.managed_application(realm, applications.ADMIN_CONSOLE)
    sessions = Session.objects.select_related("credential").filter(identity=identity, application=console)
    last = sessions.exclude(credential=None).order_by("-authenticated_at").first()
    known = facts.of_identity(ctx, identity) | facts.of_request(ctx, console.authenticator_config)
    if last is not None and last.credential is not None:
        known |= facts.of_credential(last.credential, user_verified="user" in last.amr)
    else:
        known |= _AS_IF
    return {**known, "application.id": str(console.pk)}
