"""Reading what authenticators post: strict JSON, every violation told at once."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest

from apps.core.errors import Invalid, Violation
from apps.credentials import signals as known
from apps.web import strict_json

SIGNALS_LENGTH = 8_192
FORM_FIELDS = 10


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
        return known.listed(told)

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


def read_form(request: HttpRequest) -> Body:
    """An urlencoded form, each field given once; `signals` is JSON in one of them (contract/extensions.md §10). Raises
    Invalid."""
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="strict")
    except ValueError as problem:  # not UTF-8, or too many fields
        raise Invalid(Violation("", "not a form"), message="invalid request") from problem
    members: dict[str, Any] = dict(pairs)
    if len(members) != len(pairs) or any("\x00" in text for pair in pairs for text in pair):
        raise Invalid(Violation("", "a field is given twice, or holds a NUL"), message="invalid request")
    body = Body(members)
    if "signals" in members:
        try:
            members["signals"] = strict_json.parse(members["signals"].encode())
        except strict_json.BadJSON as problem:
            members["signals"] = None
            body.violations.append(Violation("signals", str(problem)))
    return body
