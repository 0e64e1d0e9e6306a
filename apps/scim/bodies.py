"""Reading a request's body and filter before the protocol engine sees them: bounded, and in the RFC's spelling."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scim2_models import (
    InvalidFilterException,
    InvalidPathException,
    InvalidSyntaxException,
    PayloadTooLargeException,
)

from apps.directory.filter_grammar import DEPTH_LIMIT, LENGTH_LIMIT, BadFilter, parse
from apps.scim.resources import EnterpriseUser
from apps.web import strict_json

_ENTERPRISE = EnterpriseUser.__schema__.lower()
_MOST_OPERATIONS = 5_000  # of all PATCHes in a Bulk together: reading one takes the engine half a millisecond


@dataclass(frozen=True)
class Body:
    """An object that was sent: as it came, which is good for what is read without the engine, and bounded, for the engine.
    `size` is in bytes."""

    sent: dict[str, Any]
    size: int

    @cached_property
    def value(self) -> dict[str, Any]:
        """Raises InvalidPathException, InvalidFilterException, PayloadTooLargeException."""
        value = _bounded(self.sent)
        if _operations_in(value) > _MOST_OPERATIONS:
            raise PayloadTooLargeException(detail=f"More than {_MOST_OPERATIONS:,} operations")
        return value

    def __len__(self) -> int:
        return self.size


def read(body: bytes) -> Body:
    """Raises InvalidSyntaxException."""
    try:
        value = strict_json.parse(body)
    except strict_json.BadJSON as problem:
        raise InvalidSyntaxException(detail=f"The request body cannot be read: {problem}") from None
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
    spelt = {key: _spelt(key, _bounded(_parted(key, inner))) for key, inner in value.items()}
    path = spelt.get("path")
    if isinstance(path, str) and "value" in spelt:
        spelt["value"] = _spelt(path, spelt["value"])
    return spelt


def _parted(key: str, value: Any) -> Any:
    """Entra names paths as keys of a value without a path. The engine knows those of an attribute; of each that holds a
    filter it is told as an operation of its own."""
    if key.lower() != "operations" or not isinstance(value, list):
        return value
    return [part for each in value for part in _parts(each)]


def _parts(operation: Any) -> list[Any]:
    said = {key.lower(): inner for key, inner in operation.items()} if isinstance(operation, dict) else {}
    value = said.get("value")
    if not isinstance(value, dict) or "path" in said or str(said.get("op")).lower() == "remove":
        return [operation]
    filtered = [key for key in value if "[" in key]
    rest = {key: inner for key, inner in value.items() if key not in filtered}
    own = [{**said, "path": key, "value": value[key]} for key in filtered]
    return own if filtered and not rest else [{**said, "value": rest}, *own]


def _operations_in(value: Any) -> int:
    """Of a PATCH, or of all that a Bulk holds and its own steps."""
    named = {key.lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}
    operations = named.get("operations")
    if not isinstance(operations, list):
        return 0
    return sum(1 + _operations_in(each.get("data")) for each in operations if isinstance(each, dict))


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
