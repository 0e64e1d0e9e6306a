"""Groups (contract/wire.md §1.3)."""

from apps.api.schemas.kinds import (
    DESCRIPTION,
    IN_REALM,
    NAME,
    SHORT_ID,
    TIMES,
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

_NAME = said(NAME, "Unique in the realm.", "Night shift")
_DESCRIPTION = said(DESCRIPTION, "What the group is for.", "Who looks after it while others sleep")
_GIVEN = {"display_name": _NAME, "description": or_null(_DESCRIPTION)}

GROUP = Component(
    "Group", thing({"id": SHORT_ID, **IN_REALM, "display_name": _NAME, "description": _DESCRIPTION, **TIMES})
)
NEW_GROUP = wrapped("group", Component("NewGroup", given(_GIVEN, required=["display_name"])))
GROUP_CHANGES = wrapped("group", Component("GroupChanges", given(_GIVEN)))
GROUPS = page_of("groups", GROUP)

MEMBERS = given(
    {"identity_ids": listing(said(text(), example="5d6c0d5e8f7a4b21"), 1000, shortest=1)}, required=["identity_ids"]
)
