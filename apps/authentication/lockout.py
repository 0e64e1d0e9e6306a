"""A guard against sawing off one's own branch: what is about to change in the admin realm is tried on its administrators.

Each is taken as they last signed in to the console, from the record; who never did, with a hardware passkey from where the
caller is (contract/extensions.md §6, §10 "Guard").
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.applications import selectors as applications
from apps.core.context import Context
from apps.core.errors import Conflict, NotFound
from apps.credentials import facts
from apps.credentials import selectors as credentials
from apps.credentials.models import Credential, CredentialState
from apps.directory.models import Group, Identity, IdentityStatus
from apps.events.models import Event
from apps.events.types import EventType
from apps.policy import selectors as policy
from apps.policy.engine import Rule, Transaction, TransactionType, decide
from apps.realms.models import Realm

_AS_IF = {"credential.binding": "hardware", "credential.method": "webauthn", "credential.user_verified": True}
_LOOKED_THROUGH = 20


class WouldLockOut(Conflict):
    """Administrators could not sign in to the console any more. `identity_ids` says who."""

    code = "would_lock_out"


def refuse_lockout(ctx: Context, realm: Realm, rules: Sequence[Rule], confirmed: bool) -> None:
    """Raises WouldLockOut when `rules` would let no administrator in to the console, or shut out some whom the rules in
    force let in and nobody `confirmed` that. Registered with policy."""
    if not realm.is_admin:
        return
    asked = {person.pk: _next_sign_in(ctx, realm, person) for person in _administrators(realm)}
    out = [pk for pk, transaction in asked.items() if not _lets_in(rules, realm, transaction)]
    if out and len(out) == len(asked):
        raise WouldLockOut("nobody would be left who could sign in to the console", identity_ids=out)
    _, in_force = policy.rules_in_force(realm)
    newly = [pk for pk in out if _lets_in(in_force, realm, asked[pk])]
    if newly and not confirmed:
        raise WouldLockOut(
            "some administrators could not sign in to the console any more", identity_ids=newly, may_be_confirmed=True
        )


def refuse_departure(ctx: Context, group: Group, leaving: Sequence[Identity]) -> None:
    """Raises WouldLockOut when the rules in force let in to the console none of those who stay. Registered with the
    directory, for a managed group whose members leave or are suspended or deleted."""
    realm = group.realm
    if not realm.is_admin:
        return
    gone = {person.pk for person in leaving}
    _, rules = policy.rules_in_force(realm)
    staying = (person for person in _administrators(realm) if person.pk not in gone)
    if not any(_lets_in(rules, realm, _next_sign_in(ctx, realm, person)) for person in staying):
        message = "nobody would be left who could sign in to the console"
        raise WouldLockOut(message, identity_ids=sorted(gone))


def _lets_in(rules: Sequence[Rule], realm: Realm, asked: Transaction) -> bool:
    """Where the rules want the device to check who its owner is: as it did the last time, or with a passkey of theirs that
    showed once that it can."""
    decision = decide(rules, asked)
    if decision.denies or not decision.needs_user_verification:
        return not decision.denies
    if asked.facts.get("credential.user_verified") is True:
        return True
    able = Credential.objects.filter(
        realm=realm, identity=str(asked.facts["identity.id"]), state=CredentialState.ACTIVE, user_verified_at_bind=True
    )
    with_it = ({**asked.facts, **facts.of_credential(each, user_verified=True)} for each in able)
    return any(not decide(rules, Transaction(asked.type, known)).denies for known in with_it)


def _administrators(realm: Realm) -> Iterable[Identity]:
    """Who the console hangs on: the active members of the managed groups."""
    members = Identity.objects.filter(
        realm=realm, status=IdentityStatus.ACTIVE, memberships__group__is_managed=True
    ).distinct()
    return members.order_by("pk")


def _next_sign_in(ctx: Context, realm: Realm, identity: Identity) -> Transaction:
    """The last one, by who the person is now."""
    console = applications.managed_application(realm, applications.ADMIN_CONSOLE)
    last = _last_sign_in(realm, identity, str(console.pk))
    known = dict(last) if last is not None else facts.of_request(ctx, console.authenticator_config) | _AS_IF
    known = {name: fact for name, fact in known.items() if not name.startswith("identity.")}
    known |= facts.of_identity(ctx, identity)
    return Transaction(TransactionType.AUTHENTICATION, {**known, "application.id": str(console.pk)})


def _last_sign_in(realm: Realm, identity: Identity, console_id: str) -> Mapping[str, Any] | None:
    """The facts of the newest evaluation that let them in; None when there is none, or its passkey is revoked."""
    asked = Event.objects.filter(realm_id=realm.pk, actor_id=identity.pk, type=EventType.POLICY_EVALUATION)
    for told in asked.order_by("-id").values_list("data", flat=True)[:_LOOKED_THROUGH]:
        given, decision = told.get("input", {}), told.get("decision", {})
        known = given.get("attributes", {})
        if known.get("application.id") == console_id and decision.get("action") != "deny":
            return known if _is_standing(realm, identity, given.get("credential_id", "")) else None
    return None


def _is_standing(realm: Realm, identity: Identity, credential_id: str) -> bool:
    try:
        return not credential_id or credentials.get_credential(realm, credential_id, identity).is_active
    except NotFound:
        return False
