"""Realms (contract/wire.md §1.3)."""

from apps.api.schemas.kinds import (
    NAME,
    SHORT_ID,
    TENANT_ID,
    TIMES,
    Component,
    given,
    number,
    one_of,
    page_of,
    said,
    thing,
    wrapped,
)

_NAME = said(NAME, "Unique in the tenant.", "Staging")
_FOR = "Whom the realm is for; ADMIN is the tenant's own realm, made with it."
_DAYS = said(number(1, 3650), "So long events are kept.", 90)
_GIVEN = {
    "display_name": _NAME,
    "classification": one_of("SECURE_CUSTOMER", "SECURE_WORKFORCE"),
    "event_retention_days": _DAYS,
}

REALM = Component(
    "Realm",
    thing(
        {
            "id": SHORT_ID,
            "tenant_id": TENANT_ID,
            "display_name": _NAME,
            "classification": said(one_of("SECURE_CUSTOMER", "SECURE_WORKFORCE", "ADMIN"), _FOR),
            "event_retention_days": _DAYS,
            **TIMES,
        }
    ),
)
NEW_REALM = wrapped("realm", Component("NewRealm", given(_GIVEN, required=["display_name"])))
REALM_CHANGES = wrapped("realm", Component("RealmChanges", given(_GIVEN)))
REALMS = page_of("realms", REALM)
