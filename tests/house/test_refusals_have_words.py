"""Whatever an administrator may be refused with is listed to be translated, and values stand apart from its words.

Read off the source: what is handed to a Violation, a refusal, or a function that says why, in the domain apps that forms of
the console reach. tests/faces/console/conftest.py listens for what else is shown there.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from apps.console.refusal_words import REFUSALS

APPS = Path(__file__).resolve().parents[2] / "apps"
DOMAIN = (
    "core", "realms", "directory", "authenticators", "streams", "applications", "policy", "tokens", "credentials",
    "authentication", "bulk", "onboarding", "federation", "inquiries",
)  # fmt: skip
# Spoken to programs and browsers at other faces alone: protocols, proofs, filters of lists.
ELSEWHERE = re.compile(
    r"credentials/(proofs|webauthn|ceremonies|attestation|kinds|services/passkeys)|tokens/(?!services/named_tokens)"
    r"|directory/filter|authentication/(?!trials|console_sessions)|core/(secrets|new_rows|statements)|federation/(asking|id_tokens|people)|migrations|management"
)
TAKES_WORDS_LAST = {"Violation": 2, "_refuse": 2, "refuse": 2, "add": 2, "misspelt": 2, "Misspelt": 3}
SAYS_WHY = re.compile(r"refuse|fault|check|why")
CODES = {"UnreadableFile", "Problem", "RehearsalRefused"}  # begin with a code, for which the console has words


@cache
def said() -> dict[str, set[str]]:
    """The words of a refusal → where they are said. An f-string is said as its source."""
    found: dict[str, set[str]] = {}
    for path in sorted(APPS.rglob("*.py")):
        short = path.relative_to(APPS).as_posix()
        if short.partition("/")[0] in DOMAIN and not ELSEWHERE.search(short):
            for node in handed(ast.parse(path.read_text())):
                for words in words_in(node):
                    found.setdefault(words, set()).add(short)
    return found


def handed(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = called(node)
            if TAKES_WORDS_LAST.get(name) == len(node.args):
                yield node.args[-1]
            elif name == "told":
                yield node
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            if called(node.exc) not in CODES:
                yield node.exc.args[0]
        elif isinstance(node, ast.FunctionDef) and SAYS_WHY.search(node.name):
            yield from (
                each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value is not None
            )


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def words_in(node: ast.expr) -> Iterator[str]:
    """More than one word, or "missing": codes and ids are single words."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if " " in node.value or node.value == "missing":
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        if " " in (text := ast.unparse(node)):
            yield text
    elif isinstance(node, ast.IfExp):
        yield from (*words_in(node.body), *words_in(node.orelse))
    elif isinstance(node, ast.Tuple) and node.elts:
        yield from words_in(node.elts[-1])
    elif isinstance(node, ast.Call) and called(node) == "told":
        yield from words_in(node.args[0])


@pytest.mark.parametrize("words", sorted(said()))
def test_words_of_a_refusal_are_listed_to_be_translated(words: str) -> None:
    assert words in REFUSALS, (
        f"{said()[words]}: list it in refusal_words.py; say values in it with `told`, not an f-string"
    )


def test_the_list_is_in_order_and_says_nothing_twice() -> None:
    assert list(REFUSALS) == sorted(set(REFUSALS))
