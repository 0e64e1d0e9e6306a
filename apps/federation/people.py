"""Who of the realm a provider's subject is: the linked person, or one who is linked now. Inside somebody's attempt.

Nobody is found by a name. A first link needs an administrator's word for it (`link_by_verified_email`,
`create_identities`), a verified address that one person alone has, and a person with no other subject of this provider.
"""

from dataclasses import dataclass

from django.db import transaction

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Denied
from apps.core.statements import insert_unless_taken
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.directory.services.identity_rows import UsernameTaken
from apps.events.attempt import Draft
from apps.events.types import EventType
from apps.federation.claims import Stranger
from apps.federation.models import IdentityLink, IdentityProvider


class AccountUnknown(Denied):
    """Nobody here is this subject, and nobody may become it."""

    code = "account_unknown"


class AccountTaken(Denied):
    """Somebody here has the name or the address, and is not this subject."""

    code = "account_taken"


@dataclass(frozen=True, slots=True)
class Found:
    """`is_linked_now`: somebody who was here before is this subject from now on."""

    identity: Identity
    is_linked_now: bool = False


def who_is(event: Draft, ctx: Context, provider: IdentityProvider, stranger: Stranger) -> Found:
    """Raises AccountUnknown, AccountTaken."""
    known = _linked(ctx, provider, stranger.subject)
    if known is not None:
        return Found(known)
    owner = _owner(provider, stranger)
    if owner is not None:
        return _join(event, ctx, provider, stranger, owner)
    if not provider.create_identities:
        raise AccountUnknown("nobody here is this subject")
    return _create(event, ctx, provider, stranger)


def _linked(ctx: Context, provider: IdentityProvider, subject: str) -> Identity | None:
    links = IdentityLink.objects.select_related("identity__realm__tenant")
    link = links.filter(realm_id=provider.realm_id, provider=provider, subject=subject).first()
    if link is None:
        return None
    IdentityLink.objects.filter(pk=link.pk).update(last_used_at=ctx.now)
    return link.identity


def _owner(provider: IdentityProvider, stranger: Stranger) -> Identity | None:
    """The one person who has the address; of two nobody knows which is meant."""
    if not provider.link_by_verified_email or not stranger.address:
        return None
    near = directory.identities_by_address(provider.realm, stranger.address)
    having = [each for each in near if names.is_same_mailbox(each.primary_email_address, stranger.address)]
    if len(having) > 1:
        raise AccountTaken("several people here have this address")
    return having[0] if having else None


def _join(event: Draft, ctx: Context, provider: IdentityProvider, stranger: Stranger, owner: Identity) -> Found:
    if _insert_link(ctx, provider, stranger, owner):
        _tell_linked(event, provider, stranger, owner)
        return Found(owner, is_linked_now=True)
    quicker = _linked(ctx, provider, stranger.subject)
    if quicker is None:
        raise AccountTaken("whoever has this address is another subject of the provider")
    return Found(quicker)


def _create(event: Draft, ctx: Context, provider: IdentityProvider, stranger: Stranger) -> Found:
    """Of two first sign-ins at once one adds the person, and the other finds them."""
    try:
        with transaction.atomic():
            identity, given = _insert_identity(ctx, provider, stranger)
            if not _insert_link(ctx, provider, stranger, identity):
                raise AccountTaken("somebody was quicker")
    except (AccountTaken, UsernameTaken) as refusal:
        quicker = _linked(ctx, provider, stranger.subject)
        if quicker is None:
            raise AccountTaken(refusal.message) from None
        return Found(quicker)
    told = event.follow(EventType.IDENTITY_CHANGE, outcome="SUCCESS", action="CREATE", by="identity_provider")
    identities.tell_created(told, identity, given)
    _tell_linked(event, provider, stranger, identity)
    return Found(identity)


def _insert_identity(ctx: Context, provider: IdentityProvider, stranger: Stranger) -> tuple[Identity, traits.Traits]:
    if not stranger.username:
        raise AccountUnknown("the provider gives no username that fits")
    for address in filter(None, (stranger.address, stranger.username)):
        if directory.identities_by_address(provider.realm, address):
            raise AccountTaken("somebody here has this name or address")
    given = {**stranger.traits, "type": traits.TYPE, "username": stranger.username}
    if stranger.address:
        given["primary_email_address"] = stranger.address
    parsed = traits.parse(given, creating=True)
    name = stranger.display_name or stranger.username
    bare = " ".join(names.REFUSED_IN_NAMES.sub(" ", name).split()) or provider.display_name
    return identities.insert_identity(ctx, provider.realm, display_name=bare, traits=parsed), parsed


def _insert_link(ctx: Context, provider: IdentityProvider, stranger: Stranger, identity: Identity) -> bool:
    """The constraints are the judges: one person a subject, and one subject a person."""
    row = IdentityLink(
        realm=provider.realm,
        tenant_id=provider.tenant_id,
        provider=provider,
        identity=identity,
        subject=stranger.subject,
        last_used_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return insert_unless_taken(row) == 1


def _tell_linked(event: Draft, provider: IdentityProvider, stranger: Stranger, identity: Identity) -> None:
    told = event.follow(EventType.IDENTITY_CHANGE, outcome="SUCCESS", action="LINK")
    told.target(identity)
    told.target(provider)
    told.data["personal"] = {"subject": stranger.subject}
