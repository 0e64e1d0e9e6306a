"""SCIM's chapter of the API's description: every path of apps/scim/urls.py, what each method takes, answers and refuses."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.scim import schemas
from apps.scim.resources import MOST_RESULTS
from apps.scim.schemas import Schema, named
from apps.scim.service import ALL
from apps.web.chapters import Chapter

NAME = "SCIM"
ROOT = "/v1/tenants/{tenant_id}/realms/{realm_id}/scim/v2"
MEDIA_TYPE = "application/scim+json"
_ABOUT = """\
The people and groups of a realm for a directory kept elsewhere (RFC 7643, RFC 7644). Bodies and errors are SCIM's, in \
application/scim+json; application/json is read as well. Attributes that are not kept are passed over. One of the scopes \
that an operation names is enough."""
_IDS = {"tenant_id": "The token's own tenant.", "realm_id": "A realm of the tenant."}
_THINGS = {
    "identity_id": "A user's `id`.",
    "group_id": "A group's `id`.",
    "kind": "`User` or `Group`.",
    "schema": "A URN.",
}
_TEXT, _INTEGER = {"type": "string"}, {"type": "integer"}
_SHOWN = {
    "attributes": ("Only these, and `id`; separated by commas.", _TEXT),
    "excludedAttributes": ("All but these.", _TEXT),
}
_SEARCHED = {
    "filter": (
        "RFC 7644 §3.4.2.2, whole: at most 2,048 characters, 50 comparisons and 20 levels.",
        {**_TEXT, "examples": ['userName eq "ada@example.com"']},
    ),
    "sortBy": ("An attribute that a filter may name.", _TEXT),
    "sortOrder": ("Ascending without one.", {"type": "string", "enum": ["ascending", "descending"]}),
    "startIndex": ("From 1; less is taken as 1.", _INTEGER),
    "count": (f"100 without one, at most {MOST_RESULTS:,}; less than 0 is taken as 0.", _INTEGER),
    **_SHOWN,
}
_MEANINGS = {
    304: "Still the version that If-None-Match names.",
    400: "A filter, a path, a body or a value that cannot be; `scimType` says of which kind, `detail` which.",
    401: "No access token, or one that is not valid for this API.",
    403: "Another tenant, a scope that the token lacks, or something that nobody may change.",
    404: "The realm, or what is asked for in it, is not there.",
    405: "Not by this method.",
    409: "Somebody has this name already (`uniqueness`), or was quicker, or still runs under this key.",
    412: "Changed since the version that If-Match names.",
    413: "More than 1,000 operations, or 1 MiB.",
    415: "The body is not JSON, or it is compressed.",
    422: "This Idempotency-Key was used for another request.",
    429: "Too many requests; Retry-After says for how long.",
    500: "A fault of ours.",
    501: "Not served: `/Me`, for a token is an application's, and pages by cursor.",
    503: "Something that is needed is busy or down; try again in a moment.",
}
_WRITING = (409, 412, 413, 415, 503)


def chapter() -> Chapter:
    paths = {
        "": {"get": _search("SCIMSearchAll", "ScimFound")},
        "/.search": {"post": _searching("SCIMSearchAllByBody", "ScimFound")},
        "/Users": _collection("User", "users"),
        "/Users/.search": {"post": _searching("SCIMSearchUsers", "ScimUsers", "users")},
        "/Users/{identity_id}": _thing("User", "users"),
        "/Groups": _collection("Group", "groups"),
        "/Groups/.search": {"post": _searching("SCIMSearchGroups", "ScimGroups", "groups")},
        "/Groups/{group_id}": _thing("Group", "groups"),
        "/Bulk": {"post": _bulk()},
        "/Me": {"get": _me()},
        "/ServiceProviderConfig": {"get": _discovery("SCIMGetServiceProviderConfig", "what this server can do")},
        "/ResourceTypes": {"get": _discovery("SCIMListResourceTypes", "kinds of resources")},
        "/ResourceTypes/{kind}": {"get": _discovery("SCIMGetResourceType", "a kind of resource")},
        "/Schemas": {"get": _discovery("SCIMListSchemas", "schemas")},
        "/Schemas/{schema}": {"get": _discovery("SCIMGetSchema", "a schema")},
    }
    found = {
        f"{ROOT}{below}": {verb: _placed(below, said) for verb, said in each.items()} for below, each in paths.items()
    }
    return Chapter(NAME, _ABOUT, found, {"schemas": schemas.components()})


def _placed(below: str, said: dict[str, Any]) -> dict[str, Any]:
    known = {**_IDS, **{name: about for name, about in _THINGS.items() if f"{{{name}}}" in below}}
    in_path = [
        {"name": name, "in": "path", "required": True, "description": about, "schema": _TEXT}
        for name, about in known.items()
    ]
    return {**said, "parameters": [*in_path, *said["parameters"]]}


def _operation(
    name: str, summary: str, scopes: Iterable[str], *, takes: str = "", query: Mapping[str, Any] | None = None,
    answers: str = "", status: int = 200, refuses: Iterable[int] = (), details: str = "", versioned: bool = False,
) -> dict[str, Any]:  # fmt: skip
    body = {"requestBody": {"required": True, "content": _content(named(takes))}} if takes else {}
    done = {
        "description": "Done." if answers else "Done. The body is empty.",
        **({"content": _content(named(answers))} if answers else {}),
    }
    refused = sorted({400, 401, 403, 404, 429, 500, *refuses})
    return {
        "operationId": name,
        "summary": summary,
        **({"description": details} if details else {}),
        "tags": [NAME],
        "security": [{"accessToken": [scope]} for scope in scopes],
        "parameters": [*_in_query(query or {}), *(_CONDITIONS if versioned else ())],
        **body,
        "responses": {str(status): done, **{str(each): _refusal(each) for each in refused}},
    }


def _repeatable(*about: Any, refuses: Iterable[int], **more: Any) -> dict[str, Any]:
    """A POST, which may be sent again with the key of the first."""
    said = _operation(*about, refuses={409, 422, *refuses}, **more)
    return {**said, "parameters": [*said["parameters"], _KEY]}


def _content(schema: Schema) -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": schema}}


def _in_query(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "description": about, "schema": of} for name, (about, of) in query.items()]


_CONDITIONS = (
    {
        "name": "If-Match",
        "in": "header",
        "schema": _TEXT,
        "description": "`meta.version` of what was seen; 412 otherwise.",
    },
)

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "Sent again with the same request within 24 h, it gets the same answer and nothing is done twice.",
}


def _refusal(status: int) -> dict[str, Any]:
    said: dict[str, Any] = {"description": _MEANINGS[status]}
    return said if status == 304 else {**said, "content": _content(named("ScimError"))}


def _scopes(noun: str, verb: str) -> tuple[str, ...]:
    return (f"scim:{noun}:{verb}", ALL)


def _collection(kind: str, noun: str) -> dict[str, Any]:
    word, scopes = kind.lower(), _scopes(noun, "create")
    return {
        "post": _repeatable(
            f"SCIMCreate{kind}", f"SCIM: create a {word}", scopes, takes=f"ScimGiven{kind}", answers=f"Scim{kind}",
            status=201, refuses=set(_WRITING) - {412}, details=_MADE[kind], query=_SHOWN,
        ),
        "get": _search(f"SCIMList{kind}s", f"Scim{kind}s", noun),
    }  # fmt: skip


_MADE = {
    "User": "Somebody who is there already, active or suspended, is in the way: 409 `uniqueness`.",
    "Group": "Members are users of the same realm, by `value`.",
}


def _thing(kind: str, noun: str) -> dict[str, Any]:
    word, update = kind.lower(), _scopes(noun, "update")
    writing: dict[str, Any] = {"refuses": _WRITING, "versioned": True}
    shown: dict[str, Any] = {"query": _SHOWN, "answers": f"Scim{kind}"}
    crowd = "" if kind == "User" else _CROWD
    patched = _operation(
        f"SCIMUpdate{kind}", f"SCIM: change a {word}", update, takes="ScimPatch", details=crowd, **shown, **writing
    )
    if crowd:
        patched["responses"]["204"] = {"description": _CROWD}
    replaced = _operation(
        f"SCIMReplace{kind}", f"SCIM: replace a {word}", update, takes=f"ScimGiven{kind}", **shown, **writing
    )
    got = _operation(f"SCIMGet{kind}", f"SCIM: get a {word}", _scopes(noun, "read"), refuses=(304,), **shown)
    deleted = _operation(f"SCIMDelete{kind}", f"SCIM: delete a {word}", _scopes(noun, "delete"), status=204, **writing)
    return {"get": got, "put": replaced, "patch": patched, "delete": deleted}


_CROWD = (
    "Of a group of more than 1,000, if only who joins or leaves was said and no attributes were asked for: no body."
)


def _search(name: str, answers: str, noun: str = "") -> dict[str, Any]:
    words = f"SCIM: list {noun or 'users and groups'}"
    return _operation(name, words, _reading(noun), query=_SEARCHED, answers=answers, refuses=(501,))


def _searching(name: str, answers: str, noun: str = "") -> dict[str, Any]:
    words = f"SCIM: search {noun or 'users and groups'}"
    return _repeatable(name, words, _reading(noun), takes="ScimSearch", answers=answers, refuses=(413, 415, 501))


def _reading(noun: str) -> tuple[str, ...]:
    return _scopes(noun, "read") if noun else ("scim:users:read", "scim:groups:read", ALL)


def _bulk() -> dict[str, Any]:
    scopes = (*(f"scim:{noun}:{verb}" for noun in ("users", "groups") for verb in ("create", "update", "delete")), ALL)
    details = "Each step needs its own scope, and has its own status."
    return _repeatable(
        "SCIMBulk", "SCIM: many changes at once", scopes, takes="ScimBulkRequest", answers="ScimBulkResponse",
        refuses=(413, 415, 503), details=details,
    )  # fmt: skip


def _me() -> dict[str, Any]:
    said = _operation("SCIMGetMe", "SCIM: who asks", (ALL,), answers="ScimUser")
    responses = {status: each for status, each in said["responses"].items() if status not in ("200", "400", "404")}
    return {
        **said,
        "responses": {**responses, "501": _refusal(501)},
    }


def _discovery(name: str, about: str) -> dict[str, Any]:
    said = _operation(name, f"SCIM: {about}", (), answers="ScimDiscovery", details="Needs no token.")
    kept = {status: each for status, each in said["responses"].items() if status not in ("401", "429")}
    return {**said, "responses": kept}
