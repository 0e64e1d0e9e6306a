"""The event catalogue and the code agree: what is listed is written somewhere, and nothing else is."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from apps.events.types import EventType

APPS = Path(__file__).resolve().parents[2] / "apps"
BESIDE_SERVICES = ("services", "mail", "themes", "theme_drafts", "logos")
FACES = ("console", "api", "oidc", "hosted", "sdk", "web", "scim")


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    paths = (path for path in sorted(APPS.rglob("*.py")) if "migrations" not in path.parts)
    return [(path, ast.parse(path.read_text())) for path in paths if path != APPS / "events" / "types.py"]


def written() -> dict[str, set[Path]]:
    """Event type → files where it is handed to `attempt`, `record`, `note`, `follow`, or paired with what was made."""
    found: dict[str, set[Path]] = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            for part in parts:
                if (
                    isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and part.value.id == "EventType"
                ):
                    found.setdefault(part.attr, set()).add(path)
    return found


def test_every_type_is_written_by_some_verb() -> None:
    assert set(EventType.__members__) == set(written())


@pytest.mark.parametrize("type", EventType)
def test_a_type_is_called_what_it_is(type: EventType) -> None:
    assert type.name == type.value == type.value.upper()
    assert len(type.value) <= 48


def verbs() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Public functions of the domain's services that take the caller first."""
    for path, tree in sources():
        parts = path.relative_to(APPS).parts
        if parts[0] in FACES or not ("services" in parts or path.stem in BESIDE_SERVICES):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                first = node.args.args[0].arg if node.args.args else ""
                if first == "ctx":
                    yield f"{'.'.join(path.relative_to(APPS).with_suffix('').parts)}.{node.name}", node


# Not verbs though they take the caller: parts of somebody's attempt, or reads.
PARTS = ("insert_", "end_", "mark_", "drop_", "refuse_", "find_", "get_", "read_", "queue", "forget")
READS = ("_in", "_of")
READS_BUT_RECORDS = {"credentials.services.jobs.read_link", "tokens.services.access.read_userinfo"}


def tells(function: ast.FunctionDef, tree_names: set[str]) -> bool:
    """An attempt or record of its own, or a call of a private function that has one."""
    return not called_by(function).isdisjoint({"attempt", "record"} | tree_names)


@cache
def called_by(function: ast.FunctionDef) -> frozenset[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return frozenset(getattr(called, "id", "") or getattr(called, "attr", "") for called in calls)


@cache
def telling_names() -> set[str]:
    """Private functions, by name, that write an event themselves; found until no more are."""
    functions = [node for _, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    names: set[str] = set()
    while True:
        more = {node.name for node in functions if node.name.startswith("_") and tells(node, names)} - names
        if not more:
            return names
        names |= more


@pytest.mark.parametrize(("name", "function"), [pytest.param(n, f, id=n) for n, f in verbs()])
def test_a_verb_leaves_an_event(name: str, function: ast.FunctionDef) -> None:
    short = name.rpartition(".")[2]
    if short.startswith(PARTS) or short.endswith(READS):
        assert name not in READS_BUT_RECORDS or tells(function, telling_names()), name
        return
    assert tells(function, telling_names() | {"insert_first_version"}), name
