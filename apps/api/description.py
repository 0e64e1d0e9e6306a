"""This API's own description: an OpenAPI 3.1 document, put together from the URLconf and what each handler declares.

Nothing is listed here but the nouns and their order. What a handler says too little of, tests/faces/api/agreement.py
finds: it holds every answer of every test against this document.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLPattern, get_resolver
from django.utils.text import slugify

from apps.api.endpoint import Endpoint, IdentityEndpoint
from apps.api.links import links_of
from apps.api.operations import Operation
from apps.api.responses import responses_of
from apps.api.schemas import kinds, parameters
from apps.api.schemas.kinds import Component, Parameter, Schema
from apps.web import chapters

# Views' modules in the order of the document, with the word and the sentence for each.
NOUNS = {
    "tenants": ("Tenant", "The organisation itself. Tenants are opened by signing up, not over this API."),
    "realms": ("Realms", "Worlds of their own inside a tenant: people, applications, keys, policy and events."),
    "identities": (
        "Identities",
        "The people of a realm. Deleting one ends its passkeys, sessions, tokens, memberships.",
    ),
    "groups": ("Groups", "People put together, at most 1,000 in a request, all or none of them."),
    "credentials": ("Passkeys", "What people prove themselves with. We hold the public half alone."),
    "binding_jobs": ("Credential binding jobs", "Invitations: a link that binds one passkey for one person, once."),
    "binding_batches": ("Batches of binding jobs", "Up to 1,000 invited by one request; made one after the other."),
    "applications": ("Applications", "OAuth 2 and OpenID Connect clients, each with an issuer of its own."),
    "authenticator_configs": ("Authenticator configs", "How people sign in to an application, and where."),
    "identity_providers": (
        "Identity providers",
        "OpenID providers that may vouch for a realm's people. Whether they get in, the realm's policy still says.",
    ),
    "resource_servers": ("Resource servers", "APIs of yours that tokens are for, and the scopes they know."),
    "roles": ("Roles", "Which scopes of a resource server people get, directly or through groups."),
    "policy": (
        "Policy",
        "Who may sign in, bind a passkey or add a device: rules with a draft, versions, tests and a replay of the past.",
    ),
    "tokens": ("Tokens", "Access tokens that still open something."),
    "sessions": ("Sessions", "Browsers in which somebody is signed in."),
    "signing_keys": ("Signing keys", "What a realm signs its tokens with: next, current and retired."),
    "event_streams": (
        "Event streams",
        "The record on its way to SIEMs: every event at least once, in order, and again while the target is down.",
    ),
    "events": (
        "Events",
        "The record of everything that happened, which nobody can change.",
    ),
    "event_log": (
        "Event log",
        "Proof of the record: signed checkpoints, that an event is in them, and that the log only grew.",
    ),
    "email_templates": (
        "E-mail templates",
        "How a realm words its mails: a subject and a body, in HTML and as text.",
    ),
    "themes": ("Themes", "How a realm's hosted pages and mails look."),
}


def slugs() -> list[str]:
    """In the addresses of the nouns' pages."""
    return [slugify(name) for name in (*(name for name, _ in NOUNS.values()), *chapters.names())]


_ABOUT = """\
Everything below takes an access token of your tenant: `Authorization: Bearer …`. The "Identity Cloud Management API"
application of the admin realm gets one by client credentials at its own token endpoint.

Ids never change and are never used again. Times are RFC 3339 in UTC. A request may hold at most 1 MiB of strict JSON: an
unknown field is refused, and fields that only we set (ids, times) are passed over. PATCH changes what is given and
nothing else. A delete answers 200 with an empty body."""
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Described:
    """One method of one path. `path` is written as OpenAPI does."""

    path: str
    method: str
    noun: str
    view: type[Endpoint]
    operation: Operation


@cache
def document() -> dict[str, Any]:
    """With what other faces tell of themselves at its end (apps/web/chapters.py)."""
    components: dict[str, dict[str, Any]] = {}
    paths: dict[str, Any] = {}
    tags: dict[str, tuple[str, str]] = {}
    every = sorted(operations(), key=_place)
    for each in every:
        tags[each.noun] = _tag(each.noun)
        paths.setdefault(each.path, {})[each.method] = _written(_operation(each, every), components)
    for chapter in chapters.told():
        tags[chapter.name] = (chapter.name, chapter.about)
        paths |= chapter.paths
        for section, named in chapter.components.items():
            components.setdefault(section, {}).update(named)
    return _around(tags, paths, components)


def _around(
    tags: Mapping[str, tuple[str, str]], paths: Mapping[str, Any], components: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.BRAND_NAME} Management API",
            "version": "1.0.0",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.IDENTITY_CLOUD_API_URL}],
        "security": [{"accessToken": []}],
        "tags": [{"name": name, "description": about} for name, about in tags.values()],
        "paths": paths,
        "components": {
            **{section: dict(sorted(named.items())) for section, named in sorted(components.items())},
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token with every scope that the operation names.",
                }
            },
        },
    }


@cache
def text() -> bytes:
    """The document as it is served and written to files: the same bytes from every process of one version."""
    return json.dumps(document(), ensure_ascii=False, indent=1).encode() + b"\n"


def operations() -> Iterator[Described]:
    """Every operation that the URLconf reaches, in its order."""
    for pattern in get_resolver("apps.api.urls").url_patterns:
        view = getattr(pattern.callback, "view_class", None) if isinstance(pattern, URLPattern) else None
        if view is None or not issubclass(view, Endpoint):
            continue  # the description itself, and its page
        path = "/" + _PARAMETER.sub(r"{\1}", str(pattern.pattern))
        for method in _METHODS:
            if declared := getattr(getattr(view, method, None), "operation", None):
                yield Described(path, method, view.__module__.rpartition(".")[2], view, declared)


def _place(each: Described) -> int:
    return list(NOUNS).index(each.noun) if each.noun in NOUNS else len(NOUNS)


def _tag(noun: str) -> tuple[str, str]:
    """A noun that is not listed yet is at least there; a test wants its sentence."""
    return NOUNS.get(noun, (noun.replace("_", " ").capitalize(), ""))


def _operation(each: Described, every: Sequence[Described]) -> dict[str, Any]:
    declared = each.operation
    details = {"description": declared.details} if declared.details else {}
    body = {"requestBody": _body(declared.takes)} if declared.takes is not None else {}
    return {
        "operationId": declared.id,
        "summary": kinds.title_of(declared.id),
        **details,
        "tags": [_tag(each.noun)[0]],
        "security": [{"accessToken": list(declared.scopes)}],
        "parameters": [*_in_path(each), *map(_in_query, declared.query), *_in_headers(each)],
        **body,
        "responses": responses_of(each.path, each.method, declared, links_of(each, every)),
    }


def _body(schema: Schema) -> dict[str, Any]:
    required = bool(schema.get("required") or "anyOf" in schema)
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _in_path(each: Described) -> list[dict[str, Any]]:
    found = []
    for name in re.findall(r"{(\w+)}", each.path):
        any_identity = name == "identity_id" and issubclass(each.view, IdentityEndpoint)
        schema = parameters.ANY_IDENTITY if any_identity else parameters.PATH.get(name, kinds.text())
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    return found


def _in_query(parameter: Parameter) -> dict[str, Any]:
    return {"name": parameter.name, "in": "query", "description": parameter.about, "schema": parameter.schema}


def _in_headers(each: Described) -> list[Component]:
    found = [parameters.CORRELATION_ID]
    if each.method == "post":
        found.append(parameters.IDEMPOTENCY_KEY)
    if each.operation.if_match:
        found.append(parameters.IF_MATCH)
    if each.method == "get" and isinstance(each.operation.answers, Component):
        found.append(parameters.IF_NONE_MATCH)
    return found


def _written(value: Any, components: dict[str, dict[str, Any]]) -> Any:
    """The value as JSON has it, references in place of components, which are written down on the way."""
    if isinstance(value, Component):
        named = components.setdefault(value.section, {})
        if value.name not in named:
            title = {"title": kinds.title_of(value.name)} if value.section == "schemas" else {}
            named[value.name] = {**title, **_written(value.schema, components)}
        return {"$ref": f"#/components/{value.section}/{value.name}"}
    if isinstance(value, Mapping):
        return {str(name): _written(each, components) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_written(each, components) for each in value]
    return value
