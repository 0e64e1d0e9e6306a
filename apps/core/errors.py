"""Refusals: what a verb says no with. Each kind maps to one HTTP status in web/status.py; a refusal class stands beside
the verb that raises it and sets its own `code`. Anything that is not a Refusal is a bug and stays a 500.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Violation:
    """One refused field. `field` is dotted from the body's root: application.protocol_config.redirect_uris.0"""

    field: str
    description: str


class Told(str):
    """A sentence with values in it. It is the English that the API answers; a face that speaks other languages looks up
    `template` in them and fills `values` in again."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]


def told(template: str, **values: Any) -> Told:
    """`template` names its values as "%(name)s" does. It is listed in apps/console/refusal_words.py, to be translated."""
    sentence = Told(template % values)
    sentence.template, sentence.values = template, values
    return sentence


class Refusal(Exception):
    """The base of every refusal. `message` may be shown to the caller; `outcome` is what the event says.

    Of `facts` two have a meaning everywhere: `resource_type` and `resource_id`, the thing that stands in the way.
    """

    code = "refused"
    outcome = ""

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message or self.code)
        self.message = message or self.code.replace("_", " ")
        self.facts: Mapping[str, Any] = facts

    @property
    def event_outcome(self) -> str:
        return (self.outcome or self.code).upper()


class Unauthenticated(Refusal):
    """Nobody, or nobody we can believe."""

    code = "unauthorized"


class Denied(Refusal):
    """Somebody, but not for this."""

    code = "forbidden"


class NotFound(Refusal):
    """Not there, or not yours to know of: both look alike. `resource_type` is the contract's word, such as Group."""

    code = "not_found"

    def __init__(self, resource_type: str = "", resource_id: str = "", message: str = "") -> None:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", resource_type).lower() or "resource"
        super().__init__(message or f"{words} not found", resource_type=resource_type, resource_id=resource_id)
        self.resource_type = resource_type
        self.resource_id = resource_id


class Conflict(Refusal):
    """True of the request alone, false beside what exists already."""

    code = "conflict"


class Gone(Refusal):
    """Was good once: used, expired or revoked."""

    code = "gone"


class PreconditionFailed(Refusal):
    """If-Match lost the race."""

    code = "precondition_failed"


class Invalid(Refusal):
    """Badly formed; carries every violation found, not only the first."""

    code = "bad_request"

    def __init__(self, violations: Sequence[Violation] | Violation = (), message: str = "invalid parameters") -> None:
        super().__init__(message)
        self.violations = (violations,) if isinstance(violations, Violation) else tuple(violations)


def all_or_invalid(*checks: Callable[[], Any]) -> list[Any]:
    """What the checks return, in order. Runs every one of them, so that a form shows all that is wrong at once: raises one
    Invalid with the violations of all."""
    checked: list[Any] = []
    violations: list[Violation] = []
    for check in checks:
        try:
            checked.append(check())
        except Invalid as refusal:
            violations.extend(refusal.violations)
    if violations:
        raise Invalid(violations)
    return checked


Checks = Mapping[str, Callable[..., Any]]


def checked_fields(
    given: Mapping[str, Any],
    checks: Checks,
    *,
    root: str,
    required: Collection[str] = (),
    ignored: Collection[str] = (),
) -> dict[str, Any]:
    """What `given` says, each value as its check, called with the value and `field=<path>`, returns it; nothing that was not
    said. Fields in `ignored` are passed over, all others unknown (contract/extensions.md §3). Raises one Invalid."""
    checked: dict[str, Any] = {}
    violations: list[Violation] = []
    for name, check in checks.items():
        path = f"{root}.{name}"
        try:
            if name in given:
                checked[name] = check(given[name], field=path)
            elif name in required:
                violations.append(Violation(path, "missing"))
        except Invalid as refusal:
            violations.extend(refusal.violations)
    unknown = [name for name in given if name not in checks and name not in ignored]
    violations.extend(Violation(f"{root}.{name}", "unknown field") for name in unknown)
    if violations:
        raise Invalid(violations)
    return checked


class Unprocessable(Refusal):
    """Well formed, but it cannot be done to this thing."""

    code = "unprocessable_entity"


class RateLimited(Refusal):
    code = "too_many_requests"

    def __init__(self, retry_after_seconds: int, message: str = "too many requests", requests: int = 0) -> None:
        """`requests`: how many are allowed in a window, where it is a window that is used up."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.requests = requests

    @property
    def headers(self) -> dict[str, str]:
        """Of a 429 (contract/extensions.md §3)."""
        after = str(self.retry_after_seconds)
        spent = {"RateLimit-Limit": str(self.requests)} if self.requests else {}
        return {"Retry-After": after, **spent, "RateLimit-Remaining": "0", "RateLimit-Reset": after}


class Unavailable(Refusal):
    """Something we need is down; try again."""

    code = "unavailable"
    retry_after_seconds = 0  # nobody knows
