"""What SCIM takes and answers, as JSON Schema: users and groups as the models of them are. Pure."""

from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_origin

from scim2_models import Mutability, Required, Resource

from apps.scim.examples import EXAMPLES
from apps.scim.resources import MOST_OPERATIONS, MOST_RESULTS, EnterpriseUser, Group, GroupDescription, User

Schema = Mapping[str, Any]

_MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_KEYWORDS = (
    "invalidFilter", "invalidPath", "invalidSyntax", "invalidValue", "mutability", "noTarget", "tooMany", "uniqueness",
    "unauthorized", "forbidden",
)  # fmt: skip


def named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def components() -> dict[str, Schema]:
    user, group = _of(User), _of(Group)
    user["properties"][str(EnterpriseUser.__schema__)] = _of(EnterpriseUser)
    group["properties"][str(GroupDescription.__schema__)] = _of(GroupDescription)
    # `attributes` may ask for an answer without what a request must have.
    in_answers = [{**each, "required": ["schemas"]} for each in (user, group)]
    return {
        "ScimUser": {"title": "SCIM user", **in_answers[0], "examples": [_kept("User")]},
        "ScimGroup": {"title": "SCIM group", **in_answers[1], "examples": [_kept("Group")]},
        "ScimGivenUser": {"title": "SCIM user, as sent", **user, "examples": [EXAMPLES["User"]]},
        "ScimGivenGroup": {"title": "SCIM group, as sent", **group, "examples": [EXAMPLES["Group"]]},
        "ScimUsers": {"title": "SCIM list of users", **_listing("ScimUser")},
        "ScimGroups": {"title": "SCIM list of groups", **_listing("ScimGroup")},
        "ScimFound": {"title": "SCIM list of users and groups", **_listing("ScimUser", "ScimGroup")},
        "ScimPatch": {"title": "SCIM patch", **_PATCH, "examples": [EXAMPLES["Patch"]]},
        "ScimSearch": {"title": "SCIM search", **_SEARCH},
        "ScimBulkRequest": {"title": "SCIM bulk request", **_BULK_REQUEST, "examples": [EXAMPLES["Bulk"]]},
        "ScimBulkResponse": {"title": "SCIM bulk response", **_BULK_RESPONSE},
        "ScimDiscovery": {"title": "SCIM discovery", **_object({"schemas": _urns()}, required=("schemas",))},
        "ScimError": {"title": "SCIM error", **_ERROR},
    }


def _object(properties: Mapping[str, Schema], *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), **({"required": list(required)} if required else {})}


def _urns(message: str = "") -> Schema:
    if not message:
        return {"type": "array", "items": _TEXT, "description": "Those of the attributes that are there."}
    urn = f"{_MESSAGE}{message}"
    return {"type": "array", "items": _TEXT, "description": urn, "examples": [[urn]]}


def _listed(items: Schema, **bounds: Any) -> Schema:
    return {"type": "array", "items": items, **bounds}


def _of(model: Any) -> dict[str, Any]:
    """An object, field by field; `schemas` stands in a resource alone."""
    of_resource = issubclass(model, Resource)
    properties: dict[str, Any] = {"schemas": _urns()} if of_resource else {}
    required = ["schemas"] if of_resource else []
    for name, field in model.model_fields.items():
        if name == "schemas":
            continue
        key = field.serialization_alias or name
        read_only = model.get_field_annotation(name, Mutability) == Mutability.read_only
        properties[key] = {**_kind(field.annotation), **({"readOnly": True} if read_only else {})}
        if model.get_field_annotation(name, Required) == Required.true:
            required.append(key)
    return _object(properties, required=tuple(required))


def _kind(annotation: Any) -> dict[str, Any]:
    (of,) = [each for each in get_args(annotation) if each is not NoneType] or [annotation]
    if get_origin(of) is list:
        return dict(_listed(_kind(get_args(of)[0])))
    if of is bool:
        return {"type": "boolean"}
    if getattr(of, "__name__", "") == "datetime":
        return {"type": "string", "format": "date-time"}
    return _of(of) if hasattr(of, "model_fields") else dict(_TEXT)


def _listing(*items: str) -> dict[str, Any]:
    of = named(items[0]) if len(items) == 1 else {"anyOf": [named(each) for each in items]}
    properties = {
        "schemas": _urns("ListResponse"),
        "totalResults": {**_NUMBER, "description": "How many fit, exactly."},
        "startIndex": {**_NUMBER, "description": "Of the first on this page, from 1."},
        "itemsPerPage": _NUMBER,
        "Resources": _listed(of, description="Left out when there are none."),
    }
    found = [_kept(each.removeprefix("Scim")) for each in items]
    count = len(found)
    example = {"totalResults": count, "startIndex": 1, "itemsPerPage": count, "Resources": found}
    listing = _object(properties, required=("schemas", "totalResults", "startIndex", "itemsPerPage"))
    return {**listing, "examples": [{"schemas": [f"{_MESSAGE}ListResponse"], **example}]}


def _kept(kind: str) -> dict[str, Any]:
    """What was sent, with what only we say of it."""
    times = {"created": "2026-11-02T09:30:00.000000Z", "lastModified": "2026-11-02T09:30:00.000000Z"}
    meta = {"resourceType": kind, **times, "version": 'W/"1793611800000000"'}
    return {**EXAMPLES[kind], "id": "9d2e4b6f8a1c3057", "meta": meta}


_PATCH = _object(
    {
        "schemas": _urns("PatchOp"),
        "Operations": _listed(
            _object(
                {
                    "op": {**_TEXT, "description": "add, remove or replace, in any case."},
                    "path": {**_TEXT, "description": '`active`, `emails[type eq "work"].value`, `members`, …'},
                    "value": {"description": "What the attribute becomes, or is added to it."},
                },
                required=("op",),
            ),
            minItems=1,
        ),
    },
    required=("schemas", "Operations"),
)
_SEARCH = _object(
    {
        "schemas": _urns("SearchRequest"),
        "filter": {**_TEXT, "examples": ['userName eq "ada"']},
        "sortBy": _TEXT,
        "sortOrder": {"type": "string", "enum": ["ascending", "descending"]},
        "startIndex": {"type": "integer"},
        "count": {"type": "integer", "description": f"100 without one, at most {MOST_RESULTS:,}."},
        "attributes": _listed(_TEXT),
        "excludedAttributes": _listed(_TEXT),
    },
    required=("schemas",),
)
_STEP = {
    "method": {"type": "string", "enum": ["POST", "PUT", "PATCH", "DELETE"]},
    "bulkId": {**_TEXT, "description": "Of a POST; `bulkId:…` stands for its id in other steps."},
    "version": _TEXT,
}
_BULK_REQUEST = _object(
    {
        "schemas": _urns("BulkRequest"),
        "failOnErrors": {**_NUMBER, "description": "Stop after so many."},
        "Operations": _listed(
            _object({**_STEP, "path": {**_TEXT, "examples": ["/Users"]}, "data": {"type": "object"}}),
            maxItems=MOST_OPERATIONS,
        ),
    },
    required=("schemas", "Operations"),
)
_BULK_RESPONSE = _object(
    {
        "schemas": _urns("BulkResponse"),
        "Operations": _listed(
            _object({**_STEP, "location": _TEXT, "status": _TEXT, "response": named("ScimError")}, required=("status",))
        ),
    },
    required=("schemas", "Operations"),
)
_ERROR = _object(
    {
        "schemas": _urns("Error"),
        "status": {**_TEXT, "description": "The same as the HTTP status."},
        "scimType": {"type": "string", "enum": list(_KEYWORDS)},
        "detail": {**_TEXT, "description": "In words."},
    },
    required=("schemas", "status"),
)
