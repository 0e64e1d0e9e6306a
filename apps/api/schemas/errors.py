"""The body of every refusal (contract/wire.md §1.1 "Errors"), and what each status means whatever was asked."""

from typing import Any

from apps.api.schemas.kinds import Component, Schema, listing, one_of, said, text, thing
from apps.web.errors import CODES

_VIOLATION = thing(
    {
        "field": said(text(), "Dotted from the body's root, or the parameter's name.", "group.display_name"),
        "description": said(text(), example="missing"),
    }
)
_ABOUT_FIELDS = thing({"type": one_of("FieldViolations"), "field_violations": listing(_VIOLATION, shortest=1)})
_ABOUT_A_THING = thing(
    {
        "type": one_of("ResourceInfo"),
        "resource_type": said(text(), example="Group"),
        "id": said(text(), example="3f1c0a9b52d7e846"),
        "description": said(text(), example="group not found"),
    }
)
_ABOUT_LOCKING_OUT = thing({"type": one_of("WouldLockOut"), "identity_ids": listing(text())})
_ABOUT_TESTS = thing(
    {
        "type": one_of("PolicyTestsFailed"),
        "failed": listing(thing({"name": text(), "expected": {"type": "object"}, "actual": {"type": "object"}})),
    }
)
_ABOUT_MANY = thing(
    {
        "type": one_of("BatchOperationErrors"),
        "description": said(text(), example="nothing was done"),
        "errors": listing(
            thing({"Description": text(), "IDs": listing(text()), "ResourceType": said(text(), example="Identity")}),
            shortest=1,
        ),
    }
)
_ABOUT_SCOPES = thing({"type": one_of("BeyondOwnScopes"), "description": text(), "scopes": listing(text(), shortest=1)})
_DETAIL: Schema = {
    "oneOf": [
        Component("FieldViolations", _ABOUT_FIELDS),
        Component("ResourceInfo", _ABOUT_A_THING),
        Component("WouldLockOut", _ABOUT_LOCKING_OUT),
        Component("PolicyTestsFailed", _ABOUT_TESTS),
        Component("BatchOperationErrors", _ABOUT_MANY),
        Component("BeyondOwnScopes", _ABOUT_SCOPES),
    ]
}
ERROR = Component(
    "Error",
    thing(
        {"code": text(), "message": text(), "details": listing(_DETAIL, shortest=1)},
        sometimes=["details"],
    ),
)

# Where one word is enough; what an operation itself refuses is said beside it (`refuses`).
MEANINGS = {
    400: "Something in the request is malformed, unknown or missing; FieldViolations name it.",
    401: "No access token, or one that is not valid for this API.",
    403: "Another tenant, a scope that the token lacks or may not hand on, or something that nobody may change.",
    404: "The realm, or what is asked for in it, is not there.",
    406: "Only application/json is answered.",
    409: "It does not go together with what exists, or somebody else was quicker.",
    412: "Changed since the version that If-Match names.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not JSON in UTF-8, or it is compressed.",
    422: "This Idempotency-Key was used for another request.",
    429: "Too many requests; Retry-After says for how long.",
    500: "A fault of ours.",
    503: "Something that is needed is busy or down; try again in a moment.",
}


def example(status: int) -> dict[str, Any]:
    code, message = CODES[status]
    if status == 400:
        violation = {"field": "page_token", "description": "invalid page token"}
        return {
            "code": code,
            "message": "invalid parameters",
            "details": [{"type": "FieldViolations", "field_violations": [violation]}],
        }
    if status == 404:
        words = "realm not found"
        info = {"type": "ResourceInfo", "resource_type": "Realm", "id": "caf2ff640497591a", "description": words}
        return {"code": code, "message": words, "details": [info]}
    return {"code": code, "message": message}
