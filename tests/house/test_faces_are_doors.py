"""Faces translate and never decide: they know no tables, no other face, and no query (house.md)."""

import ast
from pathlib import Path

import pytest

APPS = Path(__file__).resolve().parents[2] / "apps"
FACES = ("console", "api", "scim", "oidc", "hosted", "sdk")
FILES = [path for face in FACES for path in sorted((APPS / face).rglob("*.py"))]
DOMAIN = [
    path for path in sorted(APPS.rglob("*.py"))
    if path.relative_to(APPS).parts[0] not in (*FACES, "web") and "migrations" not in path.parts
]  # fmt: skip


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names} | {node.module}
    return found


def attributes(path: Path) -> set[str]:
    return {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APPS)))
def test_a_face_knows_no_tables_and_no_other_face(path: Path) -> None:
    own = path.relative_to(APPS).parts[0]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "apps":
            assert "models" not in parts[2:3], name
            assert parts[1] == own or parts[1] not in FACES, name
    assert not attributes(path) & {"objects", "_meta", "raw", "extra"}


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: str(path.relative_to(APPS)))
def test_the_domain_does_not_know_how_it_is_shown(path: Path) -> None:
    for name in imports(path):
        assert not name.startswith(("django.http", "django.shortcuts", "django.forms", "rest_framework", "django_htmx"))
        assert not any(name.startswith(f"apps.{face}") for face in (*FACES, "web"))


@pytest.mark.parametrize("app", sorted(path.parent.name for path in APPS.glob("*/__init__.py")))
def test_an_app_says_what_it_owns_and_what_it_refuses(app: str) -> None:
    said = ast.get_docstring(ast.parse((APPS / app / "__init__.py").read_text())) or ""
    assert len(said) > 40, app
    assert "Refuses" in said or "refuses" in said, app


def test_no_code_is_ever_run_from_text() -> None:
    """M-6: the policy language is closed. M-8: templates are ours, never a tenant's."""
    for path in [*FILES, *DOMAIN]:
        calls = {
            node.func.id for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }  # fmt: skip
        assert not calls & {"eval", "exec", "compile", "__import__", "Template", "mark_safe"}, path
