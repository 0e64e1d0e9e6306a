"""What an operation of this API says of itself: to `Endpoint`, which guards it, and to `description`, which tells the world.

All of it stands at the handler, in `@operation(…)`; nothing of it is written down a second time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from inspect import cleandoc
from typing import Any, TypeVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from apps.api.schemas.kinds import Component, Parameter, Schema

Handler = TypeVar("Handler", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Operation:
    """`id` is the reference's operationId; all of `scopes` are needed. `tenant_wide`: not for the token of one realm.

    `takes` is the body, None for a verb without one. `answers` is the 200, None for an empty one; a Component is one
    resource, and has an ETag. `refuses` says in words, by status, what no other operation refuses. `if_match`: the version
    that was seen is honoured. `answers_as`: what is no JSON,
    by media type. `details` is the handler's docstring: the reader of the API's page reads it.
    """

    id: str
    scopes: tuple[str, ...]
    tenant_wide: bool = False
    takes: Schema | None = None
    answers: Schema | Component | None = None
    query: tuple[Parameter, ...] = ()
    refuses: Mapping[int, str] = field(default_factory=dict)
    if_match: bool = False
    details: str = ""
    answers_as: Mapping[str, Schema] = field(default_factory=dict)


def operation(
    name: str,
    *scopes: str,
    tenant_wide: bool = False,
    takes: Schema | None = None,
    answers: Schema | Component | None = None,
    query: tuple[Parameter, ...] = (),
    refuses: Mapping[int, str] | None = None,
    if_match: bool | None = None,
    answers_as: Mapping[str, Schema] | None = None,
) -> Callable[[Handler], Handler]:
    """Declares a handler: what it is called, the scopes it needs (contract/wire.md §1.2), what it takes and answers.

    PATCH and DELETE honour If-Match unless told otherwise.
    """

    def declare(handler: Handler) -> Handler:
        @wraps(handler)
        def run(self: Any, request: Request, **path: str) -> HttpResponseBase:
            return self.run(handler, request, path)

        run.operation = Operation(  # type: ignore[attr-defined]
            name,
            scopes,
            tenant_wide,
            takes,
            answers,
            query,
            refuses or {},
            handler.__name__ in ("patch", "delete") if if_match is None else if_match,
            cleandoc(handler.__doc__ or ""),
            answers_as or {},
        )
        return run  # type: ignore[return-value]

    return declare
