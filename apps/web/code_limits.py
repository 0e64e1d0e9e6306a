"""How many one-time codes one client, and one realm, may ask for and get wrong (contract/extensions.md §5). How many an
address is sent, and how often one is guessed, the domain counts itself."""

from apps.web import limits
from apps.web.limits import Limit

ASKED_BY_ONE = Limit("codes-of-a-client", 30, 3600)
ASKED_IN_REALM = Limit("codes-of-a-realm", 3000, 3600)
WRONG_BY_ONE = Limit("wrong-codes-of-a-client", 30, 3600)
WRONG_IN_REALM = Limit("wrong-codes-of-a-realm", 1000, 3600)


def spend(ip: str, realm_id: str) -> None:
    """Before a code is asked for, or a link that leads back in. Raises RateLimited."""
    limits.spend(ASKED_BY_ONE, ip)
    limits.spend(ASKED_IN_REALM, realm_id)


def require_left(ip: str, realm_id: str) -> None:
    """Before a code is tried: one guess at each of many people's codes is a guess all the same. Raises RateLimited."""
    limits.require_left(WRONG_BY_ONE, ip)
    limits.require_left(WRONG_IN_REALM, realm_id)


def note_wrong(ip: str, realm_id: str) -> None:
    limits.count(WRONG_BY_ONE, ip)
    limits.count(WRONG_IN_REALM, realm_id)
