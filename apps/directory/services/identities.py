"""Verbs on identities. Every face (console, API, SCIM) comes through here: same checks, same events."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Denied, NotFound
from apps.core.rows import require_unchanged
from apps.directory.models import Group, Identity, IdentityStatus
from apps.directory.services import groups
from apps.directory.services.identity_rows import Newcomer, assign, insert_identities, write
from apps.directory.services.members import pick_to_delete
from apps.directory.traits import Traits
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm


class OwnIdentity(Denied):
    """Administrators cannot suspend or delete themselves: nobody should saw off this branch by a slip."""

    code = "forbidden"


def create_identity(
    ctx: Context, realm: Realm, *, display_name: str, traits: Traits, status: str = IdentityStatus.ACTIVE
) -> Identity:
    """Adds a person to the realm's directory. Raises Invalid, UsernameTaken, ExternalIdTaken."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, realm, action="CREATE") as event:
        identity = insert_identity(ctx, realm, display_name=display_name, traits=traits, status=status)
        tell_created(event, identity, traits)
    return identity


def tell_created(event: Draft, identity: Identity, traits: Traits) -> None:
    """Fills in the event of who was just inserted."""
    event.target(identity)
    event.changed("status", None, identity.status)
    event.changed_personal("display_name", None, identity.display_name)
    for name, value in _given(traits).items():
        event.changed_personal(f"traits.{name}", None, value)


def create_identities(ctx: Context, realm: Realm, newcomers: Sequence[Newcomer]) -> list[Identity]:
    """Adds all of them or none by few statements, each with an event of its own. A refusal leaves one event, and whoever
    wants to know whom it is about adds them one by one. Raises Invalid, UsernameTaken, ExternalIdTaken."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, realm, action="CREATE") as event:
        found = insert_identities(ctx, realm, newcomers)
        further = [event.follow(event.type, outcome=event.outcome, action="CREATE") for _ in found[1:]]
        for told, identity, newcomer in zip((event, *further), found, newcomers, strict=True):
            tell_created(told, identity, newcomer.traits)
    return found


def insert_identity(
    ctx: Context, realm: Realm, *, display_name: str, traits: Traits, status: str = IdentityStatus.ACTIVE
) -> Identity:
    """The row alone, inside somebody's attempt (onboarding's, or the verb above)."""
    (identity,) = insert_identities(ctx, realm, [Newcomer(display_name, traits, status)])
    return identity


def update_identity(
    ctx: Context,
    identity: Identity,
    *,
    display_name: str | None = None,
    traits: Traits | None = None,
    status: str | None = None,
    seen_at: datetime | None = None,
) -> Identity:
    """Changes what is given and nothing else. Raises Invalid, UsernameTaken, ExternalIdTaken, OwnIdentity,
    LastAdministrator, ChangedMeanwhile, and what those raise who watch over addresses."""
    with _changing(ctx, identity, "UPDATE", seen_at) as event:
        if display_name is not None:
            name = names.display_name(display_name, field="identity.display_name")
            event.changed_personal("display_name", identity.display_name, name)
            identity.display_name = name
        if traits is not None:
            _note_changes(event, identity, traits)
            address = identity.primary_email_address
            assign(identity, traits)
            if not names.is_same_mailbox(identity.primary_email_address, address):
                _refuse_mightier(ctx, identity.realm, [identity])
        if status is not None:
            _set_status(ctx, event, identity, status)
    return identity


def suspend_identity(ctx: Context, identity: Identity, *, seen_at: datetime | None = None) -> Identity:
    """Ends every session and token at once through what other apps registered; idempotent. Raises OwnIdentity,
    LastAdministrator."""
    with _changing(ctx, identity, "SUSPEND", seen_at) as event:
        _set_status(ctx, event, identity, IdentityStatus.SUSPENDED)
    return identity


def unsuspend_identity(ctx: Context, identity: Identity, *, seen_at: datetime | None = None) -> Identity:
    with _changing(ctx, identity, "UNSUSPEND", seen_at) as event:
        _set_status(ctx, event, identity, IdentityStatus.ACTIVE)
    return identity


def delete_identity(ctx: Context, identity: Identity, *, seen_at: datetime | None = None) -> None:
    """Removes the person with passkeys, jobs, memberships, sessions and tokens; events stay. Raises OwnIdentity,
    LastAdministrator."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, identity.realm, action="DELETE") as event:
        event.target(identity)
        require_unchanged(identity, seen_at, ctx.now)
        _hold(identity)
        _refuse_own(ctx, identity)
        _refuse_mightier(ctx, identity.realm, [identity])
        _refuse_last(ctx, [identity])
        for end in _when_ended:
            end(ctx, identity, event)
        _let_nobody_refer_to([identity])
        identity.delete()


def delete_identities(ctx: Context, realm: Realm, ids: Sequence[str]) -> None:
    """Removes all of them or none, at most 1,000, each with what hangs on them and with an event of its own; an id given
    twice counts once. A refusal leaves one event. Raises Invalid, NotAllThere, OwnIdentity, LastAdministrator."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, realm, action="DELETE") as event:
        found = pick_to_delete(Identity, realm.pk, ids, field="ids")
        event.data["batch_size"] = len(found)
        for identity in found:
            event.target(identity)
            _refuse_own(ctx, identity)
        _refuse_mightier(ctx, realm, found)
        _refuse_last(ctx, found)
        event.targets.clear()  # a refusal tells of all that were looked at; a success of each apart
        further = [event.follow(event.type, outcome=event.outcome, **event.data) for _ in found[1:]]
        for told, identity in zip((event, *further), found, strict=True):
            told.target(identity)
            for end in _when_ended:
                end(ctx, identity, told)
        _let_nobody_refer_to(found)
        Identity.objects.filter(pk__in=[identity.pk for identity in found]).delete()


def mark_authenticated(ctx: Context, identity: Identity, *, by_mail: bool = False) -> bool:
    """Inside the attempt of an authentication: no event of its own. False when they were suspended or deleted meanwhile.
    `by_mail`: they read what was sent to their address, which is theirs then; False when it has changed meanwhile, too.

    Takes the row: whoever suspends or deletes the person is done already, or waits and finds the session to end.
    """
    active = Identity.objects.filter(pk=identity.pk, status=IdentityStatus.ACTIVE)
    known = {"last_authenticated_at": ctx.now}
    if by_mail:
        active, known = active.filter(email_key=identity.email_key), {**known, "email_verified_at": ctx.now}
    for name, value in known.items():
        setattr(identity, name, value)
    return active.update(**known) == 1


Allow = Callable[[Context, Realm, Sequence[str]], object]
_before_acted_on: list[Allow] = []


def before_acted_on(allow: Allow) -> None:
    """Registers who has a say in whether the caller may suspend, bring back or delete people, or give them another address,
    to which codes and links go then: it is given their ids and raises a refusal."""
    _before_acted_on.append(allow)


_when_ended: list[Callable[[Context, Identity, Draft], object]] = []


def when_ended(act: Callable[[Context, Identity, Draft], object]) -> None:
    """Registers what must stop when a person is suspended or deleted (sessions, tokens): the app that owns it knows how."""
    _when_ended.append(act)


@contextmanager
def _changing(ctx: Context, identity: Identity, action: str, seen_at: datetime | None) -> Iterator[Draft]:
    """The attempt of a change to a row that stands still: whoever else changes it waits, so nothing is lost."""
    with attempt(ctx, EventType.IDENTITY_CHANGE, identity.realm, action=action) as event:
        event.target(identity)
        require_unchanged(identity, seen_at, ctx.now)
        _hold(identity)
        yield event
        identity.updated_at = ctx.now
        write(identity, lambda: identity.save(force_update=True))


_OWN_COLUMNS = [field.attname for field in Identity._meta.concrete_fields if not field.is_relation]


def _hold(identity: Identity) -> None:
    """Locks the row until the transaction ends and reads it anew. Raises NotFound when it is gone.

    Rows that refer to it can still be written: who redeems a code of theirs holds what suspending them waits for.
    """
    try:
        standing_still = Identity.objects.select_for_update(no_key=True)
        identity.refresh_from_db(fields=_OWN_COLUMNS, from_queryset=standing_still)
    except Identity.DoesNotExist:
        raise NotFound("Identity", identity.pk) from None


def _let_nobody_refer_to(identities: Sequence[Identity]) -> None:
    """Before they are deleted, when all that hangs on them has ended: whoever is writing a row that refers to them has
    committed by then, or finds them gone."""
    rows = Identity.objects.select_for_update().filter(pk__in=[identity.pk for identity in identities])
    list(rows.order_by("pk").values_list("pk"))


def _set_status(ctx: Context, event: Draft, identity: Identity, status: str) -> None:
    if status != identity.status:
        _refuse_mightier(ctx, identity.realm, [identity])
    if status == IdentityStatus.SUSPENDED:
        _refuse_own(ctx, identity)
        _refuse_last(ctx, [identity])
        for end in _when_ended:
            end(ctx, identity, event)
    event.changed("status", identity.status, status)
    identity.status = status


def _refuse_mightier(ctx: Context, realm: Realm, people: Sequence[Identity]) -> None:
    for allow in _before_acted_on:
        allow(ctx, realm, [identity.pk for identity in people])


def _refuse_last(ctx: Context, leaving: list[Identity]) -> None:
    """Raises LastAdministrator: the API's token must not lock everybody out either."""
    for group in Group.objects.filter(is_managed=True, memberships__identity__in=leaving).distinct().order_by("pk"):
        members = set(group.memberships.filter(identity__in=leaving).values_list("identity_id", flat=True))
        groups.refuse_to_empty(ctx, group, [identity for identity in leaving if identity.pk in members])


def _refuse_own(ctx: Context, identity: Identity) -> None:
    if ctx.actor.id == identity.pk:
        raise OwnIdentity("you cannot do this to your own identity", resource_type="Identity", resource_id=identity.pk)


def _given(traits: Traits) -> dict[str, str | None]:
    return {**traits.columns, **traits.further}


def _note_changes(event: Draft, identity: Identity, traits: Traits) -> None:
    for name, value in traits.columns.items():
        event.changed_personal(f"traits.{name}", getattr(identity, name), value)
    for name, further in traits.further.items():
        event.changed_personal(f"traits.{name}", identity.traits.get(name), further)
