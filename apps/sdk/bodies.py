"""Reading what authenticators post: strict JSON, every violation told at once."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from apps.core.errors import Invalid, Violation
from apps.web import strict_json

SIGNALS_LENGTH = 8_192


@dataclass(slots=True)
class Body:
    """A JSON object being read. `text`, `mapping` and `signals` note what is wrong; `check` raises it all together."""

    members: dict[str, Any]
    violations: list[Violation] = field(default_factory=list)

    def text(self, name: str) -> str:
        value = self.members.get(name)
        if not isinstance(value, str) or not value:
            self._refuse(name, "not a string")
            return ""
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.members.get(name)
        if not isinstance(value, dict):
            self._refuse(name, "not an object")
            return {}
        return value

    def signals(self) -> dict[str, Any]:
        """What the browser told of itself; optional. It is kept with the event, so it is kept small."""
        if self.members.get("signals") is None:
            return {}
        told = self.mapping("signals")
        if len(json.dumps(told)) > SIGNALS_LENGTH:
            self._refuse("signals", f"longer than {SIGNALS_LENGTH} characters")
        return told

    def check(self) -> None:
        if self.violations:
            raise Invalid(self.violations)

    def _refuse(self, name: str, description: str) -> None:
        self.violations.append(Violation(name, description if name in self.members else "missing"))


def read(request: HttpRequest) -> Body:
    """Raises Invalid for anything but a JSON object."""
    try:
        members = strict_json.parse(request.body)
    except strict_json.BadJSON as problem:
        raise Invalid(Violation("", str(problem)), message="invalid request") from None
    if not isinstance(members, dict):
        raise Invalid(Violation("", "not an object"), message="invalid request")
    return Body(members)
