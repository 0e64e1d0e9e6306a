"""Roles, their members and their scopes (contract/wire.md §1.2, §1.9)."""

from apps.api.schemas.groups import GROUP
from apps.api.schemas.identities import IDENTITY
from apps.api.schemas.kinds import (
    COUNT,
    DESCRIPTION,
    IN_REALM,
    NAME,
    SCOPE,
    SHORT_ID,
    TIMES,
    UUID,
    Component,
    given,
    listing,
    or_null,
    page_of,
    said,
    text,
    thing,
    wrapped,
)

_NAME = said(NAME, "What people read.", "Clerk")
_DESCRIPTION = said(DESCRIPTION, "What the role is for.", "Reads the stock")
_GIVEN = {"display_name": _NAME, "description": or_null(_DESCRIPTION)}
_MEMBER_IDS = listing(said(text(), example="5d6c0d5e8f7a4b21"), 1000)

ROLE = Component(
    "Role",
    thing(
        {
            "id": SHORT_ID,
            "resource_server_id": UUID,
            **IN_REALM,
            "display_name": _NAME,
            "description": _DESCRIPTION,
            **TIMES,
        }
    ),
)
NEW_ROLE = wrapped("role", Component("NewRole", given(_GIVEN, required=["display_name"])))
ROLE_CHANGES = wrapped("role", Component("RoleChanges", given(_GIVEN)))
ROLES = page_of("roles", ROLE)

MEMBERS = {
    **given({"group_ids": _MEMBER_IDS, "identity_ids": _MEMBER_IDS}),
    "anyOf": [{"properties": {name: {"minItems": 1}}, "required": [name]} for name in ("group_ids", "identity_ids")],
}
MEMBER_LISTS = thing(
    {
        "groups": listing(GROUP),
        "total_groups_size": COUNT,
        "identities": listing(IDENTITY),
        "total_identities_size": COUNT,
        "next_page_token": said(text(), "Walks both lists; absent when both are at their end."),
    },
    sometimes=["next_page_token"],
)
SCOPES = given({"scopes": listing(SCOPE, 1000, shortest=1)}, required=["scopes"])
SCOPE_LIST = page_of("scopes", SCOPE)
