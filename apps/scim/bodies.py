"""Reading a request's body and filter before the protocol engine sees them: bounded, and in the RFC's spelling."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scim2_models import InvalidFilterException, InvalidPathException, InvalidSyntaxException

from apps.directory.filter_grammar import DEPTH_LIMIT, LENGTH_LIMIT, BadFilter, parse
from apps.scim.resources import EnterpriseUser
from apps.web import strict_json

_ENTERPRISE = EnterpriseUser.__schema__.lower()


@dataclass(frozen=True)
class Body:
    """An object that was sent: as it came, which is good for what is read without the engine, and bounded, for the engine.
    `size` is in bytes."""

    sent: dict[str, Any]
    size: int

    @cached_property
    def value(self) -> dict[str, Any]:
        """Raises InvalidPathException, InvalidFilterException."""
        return _bounded(self.sent)

    def __len__(self) -> int:
        return self.size


def read(body: bytes) -> Body:
    """Raises InvalidSyntaxException."""
    try:
        value = strict_json.parse(body)
    except strict_json.BadJSON as problem:
        raise InvalidSyntaxException(detail=f"The request body is {problem}") from None
    if not isinstance(value, dict):
        raise InvalidSyntaxException(detail="The request body is not an object")
    return Body(value, len(body))


def check_filter(text: str) -> None:
    """Raises InvalidFilterException."""
    try:
        parse(text)
    except BadFilter as problem:
        raise InvalidFilterException(detail=str(problem)) from None


def _bounded(value: Any) -> Any:
    """Recurses no deeper than the strict parser lets JSON grow."""
    if isinstance(value, list):
        return [_bounded(each) for each in value]
    if not isinstance(value, dict):
        return value
    for key, inner in value.items():
        _check_path(key)
        if key.lower() == "path" and isinstance(inner, str):
            _check_path(inner)
        if key.lower() == "filter" and isinstance(inner, str):
            check_filter(inner)
    spelt = {key: _spelt(key, _bounded(inner)) for key, inner in value.items()}
    path = spelt.get("path")
    if isinstance(path, str) and "value" in spelt:
        spelt["value"] = _spelt(path, spelt["value"])
    return spelt


def _check_path(text: str) -> None:
    """The path of a PATCH may hold a filter, which the engine reads by recursion."""
    if len(text) > LENGTH_LIMIT or text.count("(") + text.count("[") > DEPTH_LIMIT:
        raise InvalidPathException(detail="a path is too long or nested too deep")


def _spelt(key: str, value: Any) -> Any:
    """Entra sends a manager as the bare id, in the enterprise extension or at its path."""
    name = key.lower()
    if name == "manager" and isinstance(value, str):
        return {"value": value}
    if name == f"{_ENTERPRISE}:manager" and isinstance(value, str):
        return {"value": value}
    return value
