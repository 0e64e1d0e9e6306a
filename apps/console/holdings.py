"""What a realm holds, as numbers on its home and as what keeps it from being deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.applications import selectors as applications
from apps.console.access import Desk
from apps.console.figures import up_to
from apps.console.render import realm_url
from apps.credentials import selectors as credentials
from apps.directory import selectors as directory

_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class _Kind:
    """`rows` of a realm, counted for who has the scope. None of those that `blocks` may be there when it is deleted."""

    scope: str
    label: Any
    icon: str
    path: str
    rows: Any
    blocks: bool = False


KINDS = {
    "identities": _Kind(
        "identities:read", _("Identities"), "users", "identities", directory.identities_in, blocks=True
    ),
    "passkeys": _Kind(
        "credentials:read", _("Active passkeys"), "key-round", "identities", credentials.active_credentials_in
    ),
    "applications": _Kind(
        "applications:read", _("Applications"), "app-window", "applications", applications.applications_in
    ),
    "groups": _Kind("groups:read", _("Groups"), "users-round", "groups", directory.groups_in, blocks=True),
}
ON_HOME = ("identities", "passkeys", "applications")


def asked(desk: Desk, names: tuple[str, ...] = tuple(KINDS)) -> dict[str, Any]:
    """What `realms.told_of` is to tell: how many there are of each kind that the administrator may see, no further than
    one more than is shown."""
    seen = {name: KINDS[name] for name in names if desk.may(KINDS[name].scope)}
    return {name: directory.counted_up_to(kind.rows(desk.realm), _COUNTED) for name, kind in seen.items()}


def lines(desk: Desk, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{label, count, url, icon, blocks} of each that was told of."""
    return [
        {
            "label": kind.label,
            "icon": kind.icon,
            "url": realm_url(desk.realm, kind.path),
            "count": up_to(told[name], _COUNTED),
            "blocks": kind.blocks and told[name],
        }
        for name, kind in KINDS.items()
        if name in told
    ]
