"""How many one-time codes one client, and one realm, may ask for (contract/extensions.md §5). How many an address is sent,
and how often codes are guessed, the domain counts itself."""

from apps.web import limits
from apps.web.limits import Limit

ASKED_BY_ONE = Limit("codes-of-a-client", 30, 3600)
ASKED_IN_REALM = Limit("codes-of-a-realm", 3000, 3600)


def spend(client: str, realm_id: str) -> None:
    """Before a code is asked for, or a link that leads back in. Raises RateLimited."""
    limits.spend(ASKED_BY_ONE, client)
    limits.spend(ASKED_IN_REALM, realm_id)
