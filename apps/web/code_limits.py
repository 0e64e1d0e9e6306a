"""How many one-time codes one client, and one realm, may ask for and get wrong (contract/extensions.md §5). How many an
address is sent, and how often one is guessed, the domain counts itself."""

from apps.core.names import comparison_key
from apps.web import limits
from apps.web.limits import Limit

ASKED_BY_ONE = Limit("codes-of-a-client", 30, 3600)
ASKED_IN_REALM = Limit("codes-of-a-realm", 3000, 3600)
WRONG_BY_ONE = Limit("wrong-codes-of-a-client", 30, 3600)
WRONG_IN_REALM = Limit("wrong-codes-of-a-realm", 1000, 3600)
RECOVERIES = Limit("recoveries-of-an-address", 5, 3600)


def spend_recovery(ip: str, realm_id: str, address: str) -> None:
    """Before a link is mailed to who lost a passkey: a mail like a code, and few to one address. Raises RateLimited."""
    spend(ip, realm_id)
    read = comparison_key(address.strip())  # as the domain reads it: blanks make no other address
    limits.spend(RECOVERIES, f"{realm_id}:{read}")


def spend(ip: str, realm_id: str) -> None:
    """Before a code is asked for. Raises RateLimited."""
    limits.spend(ASKED_BY_ONE, ip)
    limits.spend(ASKED_IN_REALM, realm_id)


def require_left(ip: str, realm_id: str) -> None:
    """Before a code is tried: one guess at each of many people's codes is a guess all the same. Raises RateLimited."""
    limits.require_left(WRONG_BY_ONE, ip)
    limits.require_left(WRONG_IN_REALM, realm_id)


def note_wrong(ip: str, realm_id: str) -> None:
    limits.count(WRONG_BY_ONE, ip)
    limits.count(WRONG_IN_REALM, realm_id)
