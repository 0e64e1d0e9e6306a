"""What of the event catalogue a view can come to, read off the source: from function to function by the names they use.

No call is made, so what is looked up at run time (a registry, a method of an object) is not seen. It need not be: verbs are
functions of modules, and views name them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from inspect import unwrap
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
CHANGING = ("post", "put", "patch", "delete")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SAFE_ALONE = frozenset({"require_safe", "require_GET"})
METHODS = SAFE | {method.upper() for method in CHANGING}
WRITERS = frozenset({"attempt", "record", "note", "follow"})
WORKED_OUT = "…"  # an action that is no constant
Place = tuple[str, str]  # (module, name), a method's as Class.method


@dataclass(frozen=True)
class Door:
    """`method` is "" for a view that looks at it itself."""

    route: str
    method: str
    place: Place

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.route}".strip()


@cache
def modules() -> dict[str, ast.Module]:
    paths = (path for path in (ROOT / "apps").rglob("*.py") if "migrations" not in path.parts)
    return {_name(path): ast.parse(path.read_text()) for path in paths}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def definitions() -> dict[Place, ast.AST]:
    found: dict[Place, ast.AST] = {}
    for module, tree in modules().items():
        for node in tree.body:
            for name in _names(node):
                found[module, name] = node
            if isinstance(node, ast.ClassDef):
                methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
                found |= {(module, f"{node.name}.{each.name}"): each for each in methods}
    return found


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [each.id for each in targets if isinstance(each, ast.Name)]


@cache
def imports(module: str) -> dict[str, Place]:
    nodes = (node for node in ast.walk(modules()[module]) if isinstance(node, ast.ImportFrom))
    return {
        each.asname or each.name: (node.module, each.name)
        for node in nodes
        if node.module and node.module.startswith("apps")
        for each in node.names
    }


def _meant(module: str, name: str, attribute: str = "") -> Place | None:
    """Whom `name`, or `name.attribute`, is in that module."""
    if attribute:
        home = ".".join(imports(module).get(name, ("", "")))
        return _meant(home, attribute) if home in modules() else None
    if (module, name) in definitions():
        return module, name
    home, there = imports(module).get(name, ("", ""))
    return _meant(home, there) if home in modules() and (home, there) != (module, name) else None


@cache
def _named_by(place: Place) -> frozenset[Place]:
    module, found = place[0], set[Place | None]()
    for node in ast.walk(definitions()[place]):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(_meant(module, node.value.id, node.attr))
        elif isinstance(node, ast.Name):
            found.add(_meant(module, node.id))
    return frozenset(each for each in found if each is not None) - {place}


@cache
def written_by(place: Place) -> frozenset[str]:
    """`TYPE ACTION`, or the type alone, of every event that stands in this one function."""
    calls = (node for node in ast.walk(definitions()[place]) if isinstance(node, ast.Call))
    return frozenset(told for call in calls if _called(call) in WRITERS for told in _told(call))


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "id", "") or getattr(call.func, "attr", ""))


def _told(call: ast.Call) -> Iterator[str]:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    for part in call.args:
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "EventType":
            for action in _actions(given["action"]) if "action" in given else [""]:
                yield f"{part.attr} {action}".strip()


def _actions(value: ast.expr) -> list[str]:
    if isinstance(value, ast.IfExp):
        return [*_actions(value.body), *_actions(value.orelse)]
    if isinstance(value, ast.Constant):
        return [str(value.value)]
    return [value.attr if isinstance(value, ast.Attribute) else WORKED_OUT]


def places_from(start: Place) -> set[Place]:
    seen, waiting = {start}, [start]
    while waiting:
        new = _named_by(waiting.pop()) - seen
        seen |= new
        waiting += new
    return seen


def events_from(start: Place) -> set[str]:
    return {told for place in places_from(start) for told in written_by(place)}


def doors(*faces: str) -> Iterator[Door]:
    """Whatever may be asked to change something."""
    for route, view in _views(get_resolver()):
        kind: Any = getattr(view, "cls", None) or getattr(view, "view_class", None)
        if view.__module__.split(".")[1:2] not in [[face] for face in faces]:
            continue
        if kind is not None and not (methods := _changing(kind)):
            places = [(kind.__module__, kind.__name__)] if "dispatch" in vars(kind) else []
            yield from (Door(route, "", each) for each in places)
        elif kind is not None:
            yield from (Door(route, each, (kind.__module__, f"{kind.__name__}.{each}")) for each in methods)
        elif not _is_safe(place := (view.__module__, unwrap(view).__name__)):
            yield Door(route, "", place)


def _changing(kind: Any) -> list[str]:
    return [each for each in CHANGING if (kind.__module__, f"{kind.__name__}.{each}") in definitions()]


def _is_safe(place: Place) -> bool:
    """By the methods that its decorators name; one that names none takes all."""
    decorators = getattr(definitions()[place], "decorator_list", [])
    named = {each.value for one in decorators for each in ast.walk(one) if isinstance(each, ast.Constant)} & METHODS
    return any(getattr(each, "id", "") in SAFE_ALONE for each in decorators) or bool(named and named <= SAFE)


def _views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        template = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern, template)
        elif isinstance(pattern, URLPattern):
            yield template, pattern.callback
