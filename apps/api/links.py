"""Where an answer leads (OpenAPI 3.1 §4.8.20): from what made a thing to everything that can be done with that thing."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apps.api.schemas.kinds import Component, Schema

if TYPE_CHECKING:
    from apps.api.description import Described


def links_of(maker: "Described", others: Iterable["Described"]) -> dict[str, Any]:
    """By operationId. Empty for what makes nothing that has an id and a path of its own."""
    pointer = _id_in(maker.operation.answers) if maker.method == "post" else ""
    if not pointer:
        return {}
    of_one = re.compile(re.escape(maker.path) + r"/{(\w+)}(:\w+)?")
    above = {name: f"$request.path.{name}" for name in re.findall(r"{(\w+)}", maker.path)}
    return {
        other.operation.id: {
            "operationId": other.operation.id,
            "parameters": {**above, found[1]: f"$response.body#/{pointer}"},
        }
        for other in others
        if (found := of_one.fullmatch(other.path))
    }


def _id_in(answer: "Schema | Component | None") -> str:
    """Where the new thing's id stands in the answer, as a JSON pointer without its first slash; "" for nowhere."""
    if not isinstance(answer, Component):
        return ""
    fields = answer.schema["properties"]
    if "id" in fields:
        return "id"
    return next((f"{name}/id" for name, field in fields.items() if _id_in(field) == "id"), "")
