"""Identities and their traits (contract/wire.md §1.4). Which traits there are, the directory says."""

from apps.api.schemas.kinds import (
    IN_NAMES,
    IN_REALM,
    NAME,
    SHORT_ID,
    TIMES,
    Component,
    Schema,
    given,
    listing,
    one_of,
    or_null,
    page_of,
    said,
    text,
    thing,
    wrapped,
)
from apps.directory import traits

_TYPE = said(one_of(traits.TYPE), "Which set of traits this is; said on every write.")
_USERNAME = said(text(64, shortest=1), "Unique in the realm, whatever its case.", "ada")
_LOOKED_UP: dict[str, Schema] = {
    "username": _USERNAME,
    "primary_email_address": said(text(254), 'Where links and codes are mailed to; "" for none.', "ada@acme.test"),
    "external_id": said(text(256), "The person's id in a system of yours; unique in the realm.", "HR-1815"),
    "family_name": said(text(128), example="Lovelace"),
    "given_name": said(text(128), example="Ada"),
}
_FURTHER: dict[str, Schema] = {name: text(512) for name in sorted(traits.FURTHER)}
_OPTIONAL = {name: schema for name, schema in {**_LOOKED_UP, **_FURTHER}.items() if name != "username"}
_GIVEN_TRAITS = {
    "type": _TYPE,
    "username": _USERNAME,
    **{name: or_null(schema) for name, schema in _OPTIONAL.items()},
}

_NAME = said(NAME, "What people read. The username stands in where none is given.", "Ada Lovelace")
_STATUS = said(one_of("active", "suspended"), "Who is suspended signs in nowhere, whatever the policy says.")

_ENROLLMENT = said(
    one_of("ENROLLED", "PENDING", "INVITE_FAILED", "UNENROLLED"),
    "ENROLLED: has a passkey that works. PENDING: is invited to make one. INVITE_FAILED: the last invitation could not be "
    "mailed. UNENROLLED: none of these.",
)

TRAITS = Component("Traits", thing({"type": _TYPE, **_LOOKED_UP, **_FURTHER}, sometimes=_OPTIONAL))
IDENTITY = Component(
    "Identity",
    thing(
        {
            "id": SHORT_ID,
            **IN_REALM,
            "display_name": _NAME,
            "status": _STATUS,
            "enrollment_status": _ENROLLMENT,
            **TIMES,
            "traits": TRAITS,
        }
    ),
)
NEW_IDENTITY = wrapped(
    "identity",
    Component(
        "NewIdentity",
        given(
            {
                "display_name": _NAME,
                "status": _STATUS,
                "traits": Component(
                    "NewTraits",
                    given(
                        {**_GIVEN_TRAITS, "username": {**_USERNAME, "pattern": IN_NAMES}}, required=["type", "username"]
                    ),
                ),
            },
            required=["traits"],
        ),
    ),
)
IDENTITY_CHANGES = wrapped(
    "identity",
    Component(
        "IdentityChanges",
        given(
            {
                "display_name": _NAME,
                "status": _STATUS,
                "traits": Component("TraitChanges", given(_GIVEN_TRAITS, required=["type"])),
            }
        ),
    ),
)
IDENTITIES = page_of("identities", IDENTITY)
IDS = given({"ids": listing(said(text(), example="3f1c0a9b52d7e846"), 1000, shortest=1)}, required=["ids"])
