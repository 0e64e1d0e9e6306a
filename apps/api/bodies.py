"""Taking requests out of their wrappers (contract/wire.md §1.1 "request wrapper"); what is inside, the domain judges."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from apps.core.errors import Invalid, Violation


def wrapped(request: Request, name: str) -> Mapping[str, Any]:
    """The object under `name`, and nothing beside it. Raises Invalid."""
    body = request.data
    if not isinstance(body, dict):
        raise Invalid(Violation(name, "missing"))
    violations = [Violation(key, "unknown field") for key in body if key != name]
    if not isinstance(body.get(name), dict):
        violations.append(Violation(name, "not an object" if name in body else "missing"))
    if violations:
        raise Invalid(violations)
    return body[name]


def bare(request: Request) -> Mapping[str, Any]:
    """The object that a custom verb takes without a wrapper. Raises Invalid."""
    if not isinstance(request.data, dict):
        raise Invalid(message="invalid request")
    return request.data


def nothing(request: Request) -> None:
    """For verbs that take no body: none, or an empty object. Raises Invalid."""
    body = request.data
    if not isinstance(body, dict):
        raise Invalid(message="invalid request")
    if body:
        raise Invalid([Violation(str(key), "unknown field") for key in body])


def lists(request: Request, *allowed: str) -> dict[str, list[str]]:
    """The body of a custom verb: lists of texts under some of the `allowed` names, [] for one that is left out.

    What the texts mean and how many there may be, the domain judges. Raises Invalid.
    """
    body = request.data
    if not isinstance(body, dict):
        raise Invalid([Violation(name, "missing") for name in allowed])
    violations = [Violation(key, "unknown field") for key in body if key not in allowed]
    violations += [Violation(name, "not a list") for name in allowed if not isinstance(body.get(name, []), list)]
    if not violations and not any(body.get(name) for name in allowed):
        violations = [Violation(name, "empty array" if name in body else "missing") for name in allowed]
    if violations:
        raise Invalid(violations)
    return {name: body.get(name, []) for name in allowed}
