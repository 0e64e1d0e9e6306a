"""A person's row: what is worked out from what was given, and how it is written. Inside somebody's attempt, without events.

The constraints are the judges of who may be called what; asking first would race.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict
from apps.core.statements import insert_unless_taken
from apps.directory.models import Identity, IdentityStatus
from apps.directory.traits import Traits
from apps.realms.models import Realm


class UsernameTaken(Conflict):
    code = "conflict"


class ExternalIdTaken(Conflict):
    code = "conflict"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is to be added; without a display name they are called by their username."""

    display_name: str
    traits: Traits
    status: str = IdentityStatus.ACTIVE


def insert_identities(ctx: Context, realm: Realm, newcomers: Sequence[Newcomer]) -> list[Identity]:
    """All or none, by one statement that is worked out once: a directory's first sync inserts very many. Raises Invalid,
    UsernameTaken, ExternalIdTaken."""
    rows = [_new_row(ctx, realm, newcomer) for newcomer in newcomers]
    if insert_unless_taken(*rows) < len(rows):
        usernames, external_ids = [row.username_key for row in rows], [row.external_id for row in rows]
        raise _taken(realm.pk, rows, usernames, external_ids)
    for row in rows:
        row._state.adding = False  # or a later save would insert it again
    return rows


def _new_row(ctx: Context, realm: Realm, newcomer: Newcomer) -> Identity:
    name = newcomer.display_name or newcomer.traits.columns.get("username", "")
    identity = Identity(
        realm=realm,
        tenant_id=realm.tenant_id,
        display_name=names.display_name(name, field="identity.display_name"),
        status=newcomer.status,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    assign(identity, newcomer.traits)
    identity.search_key = _search_key(identity)
    return identity


def assign(identity: Identity, traits: Traits) -> None:
    before = identity.primary_email_address
    for name, value in traits.columns.items():
        setattr(identity, name, value)
    kept = {**identity.traits, **traits.further}
    identity.traits = {name: value for name, value in kept.items() if value}
    if traits.provisioned is not None:
        identity.provisioned = dict(traits.provisioned)
    identity.username_key = names.comparison_key(identity.username)
    identity.email_key = names.comparison_key(identity.primary_email_address)
    if not names.is_same_mailbox(
        identity.primary_email_address, before
    ):  # a new address is nobody's until it is proven again
        identity.email_verified_at = None


def _search_key(identity: Identity) -> str:
    """What is shown of a person, folded, a line each. The id makes it unique; no part can push another out."""
    name = names.comparison_key(identity.display_name)[: names.USERNAME_KEY_LENGTH]
    return "\n".join((name, identity.pk, identity.username_key, identity.email_key))


def write(identity: Identity, save: Callable[[], object]) -> Identity:
    """Somebody who is there already. Raises UsernameTaken, ExternalIdTaken."""
    identity.search_key = _search_key(identity)
    try:
        with transaction.atomic():
            save()
    except IntegrityError as problem:  # its first line names the constraint (PostgreSQL) or its columns (SQLite)
        by_external_id = "external_id" in str(problem).partition("\n")[0]
        usernames, external_ids = ([], [identity.external_id]) if by_external_id else ([identity.username_key], [])
        raise _taken(identity.realm_id, [identity], usernames, external_ids) from None
    return identity


def _taken(
    realm_id: str, rows: Sequence[Identity], usernames: Sequence[str], external_ids: Sequence[str]
) -> UsernameTaken | ExternalIdTaken:
    """Names somebody else who is called like one of the rows, if they are still there."""
    own = [row.pk for row in rows]
    others = Identity.objects.filter(realm_id=realm_id).exclude(pk__in=own).values_list("pk", flat=True)
    holder = others.filter(username_key__in=usernames).first() if usernames else None
    given = [external_id for external_id in external_ids if external_id]
    if holder is None and given:
        by_external_id = others.filter(external_id__in=given).first()
        if by_external_id is not None or not usernames:
            return ExternalIdTaken(
                "external id already exists", resource_type="Identity", resource_id=by_external_id or ""
            )
    return UsernameTaken("username already exists", resource_type="Identity", resource_id=holder or "")
