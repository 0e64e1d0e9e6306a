"""Nobody hands on more than they hold: the scopes of the management API are power over the tenant.

A client that may make applications could otherwise make one that may do anything, and act by it; one that may change them
could put its own key or address into one that may. The same goes for roles.
"""

from collections.abc import Iterable

from apps.applications.models import Application, ResourceServer
from apps.core.context import Context
from apps.core.errors import Denied, told


class BeyondOwnScopes(Denied):
    """The caller does not hold these scopes itself. `facts["missing_scopes"]` says which."""

    code = "beyond_own_scopes"


def refuse_beyond(ctx: Context, server: ResourceServer | None, scopes: Iterable[str]) -> None:
    """Raises BeyondOwnScopes for scopes of the management API that the caller lacks; another API's give no power here."""
    if ctx.held_scopes is None or server is None or not server.is_managed:
        return
    if missing := sorted(set(scopes) - ctx.held_scopes):
        words = told("your own scopes do not include %(names)s", names=", ".join(missing))
        raise BeyondOwnScopes(words, missing_scopes=tuple(missing))


def refuse_mightier(ctx: Context, application: Application) -> None:
    """Raises BeyondOwnScopes for an application that may do more than the caller."""
    refuse_beyond(ctx, application.resource_server, application.allowed_scopes)
