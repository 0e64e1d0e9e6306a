"""Whom a mail to an address is for, whoever asked: a code to sign in with, or the link that leads back in."""

from apps.authentication.one_time_codes import Addressee
from apps.authenticators.profile import Profile
from apps.core import names
from apps.core.errors import Invalid
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.realms.models import Realm


def addressee_at(realm: Realm, address: str, profile: Profile) -> Addressee:
    """Who may be sent a code: whoever has this address of record. Two who share one: the one whose username it is, then the
    one who was here last. A suspended person is nobody."""
    found = directory.identities_by_address(realm, address)
    having = [each for each in found if each.email_key == names.comparison_key(address)]
    if not having:
        if found:
            return Addressee(address, reason="address_is_a_username")
        can = profile.signs_up and _fits(address)
        return Addressee(address, may_sign_up=can, reason="" if can else "address_unknown")
    identity = max(having, key=_nearness)
    return Addressee(address, identity) if identity.is_active else Addressee(address, reason="identity_suspended")


def _nearness(identity: Identity) -> tuple[bool, bool, float]:
    last = identity.last_authenticated_at
    own = identity.username_key == identity.email_key
    return identity.is_active, own, last.timestamp() if last else 0.0


def _fits(address: str) -> bool:
    """An address is longer than a username may be."""
    try:
        names.username(address, field="email")
    except Invalid:
        return False
    return True
