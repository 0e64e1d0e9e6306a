"""The SCIM filter grammar (RFC 7644 §3.4.2.2): text → tree. Pure, and bounded before it recurses.

Written here because the published parser reads no escapes in strings, no number beyond one digit, and gives `and` no
precedence over `or`; and because it recurses as deep as it is told to. Knows no attribute: `filtering` does.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

LENGTH_LIMIT = 2048
TERM_LIMIT = 50
DEPTH_LIMIT = 20
OPERATORS = frozenset({"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"})

Value = str | int | float | bool | None


class BadFilter(ValueError):
    """Says what is wrong and where, in words fit for an error body."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`attribute` as it was written; `operator` in lower case, `pr` with no value."""

    attribute: str
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`emails[type eq "work"]`: some one value of the attribute fits the whole condition."""

    attribute: str
    condition: "Node"


Node = Comparison | Not | And | Or | ValuePath

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
      | (?P<bracket>[()\[\]])
      | (?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")
      | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.:-]))
      | (?P<word>(?:urn:[A-Za-z0-9:._-]+:)?[A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)*)
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """Raises BadFilter."""
    if len(text) > LENGTH_LIMIT:
        raise BadFilter(f"longer than {LENGTH_LIMIT} characters")
    reader = _Reader([*_tokens(text), _Token("end", "", len(text))])
    tree = reader.either(0)
    if reader.next.kind != "end":
        raise reader.unexpected("'and' or 'or'")
    return tree


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadFilter(f"cannot be read from character {at + 1} on")
        if found.lastgroup != "space":
            yield _Token(str(found.lastgroup), found[0], at)
        at = found.end()


class _Reader:
    """Recursive descent: or → and → not → one comparison. `depth` counts open brackets."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.terms = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += token.kind != "end"
        return token

    def took_word(self, word: str) -> bool:
        found = self.next.kind == "word" and self.next.text.lower() == word
        self.at += found
        return found

    def expect(self, bracket: str) -> None:
        if self.next.text != bracket or self.next.kind != "bracket":
            raise self.unexpected(f"'{bracket}'")
        self.at += 1

    def unexpected(self, wanted: str) -> BadFilter:
        where = "at the end" if self.next.kind == "end" else f"at character {self.next.at + 1}"
        return BadFilter(f"{wanted} expected {where}")

    def either(self, depth: int) -> Node:
        operands = [self.both(depth)]
        while self.took_word("or"):
            operands.append(self.both(depth))
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def both(self, depth: int) -> Node:
        operands = [self.one(depth)]
        while self.took_word("and"):
            operands.append(self.one(depth))
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def one(self, depth: int) -> Node:
        if depth > DEPTH_LIMIT:
            raise BadFilter(f"nested deeper than {DEPTH_LIMIT}")
        following = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.next.text.lower() == "not" and following.text == "(":
            self.take()
            return Not(self.bracketed("(", ")", depth))
        if self.next.text == "(":
            return self.bracketed("(", ")", depth)
        return self.comparison(depth)

    def bracketed(self, opening: str, closing: str, depth: int) -> Node:
        self.expect(opening)
        tree = self.either(depth + 1)
        self.expect(closing)
        return tree

    def comparison(self, depth: int) -> Node:
        self.terms += 1
        if self.terms > TERM_LIMIT:
            raise BadFilter(f"more than {TERM_LIMIT} comparisons")
        if self.next.kind != "word":
            raise self.unexpected("an attribute")
        attribute = self.take().text
        if self.next.text == "[":
            return ValuePath(attribute, self.bracketed("[", "]", depth))
        operator = self.next.text.lower()
        if self.next.kind != "word" or operator not in OPERATORS | {"pr"}:
            raise self.unexpected("an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr)")
        self.take()
        return Comparison(attribute, operator, None if operator == "pr" else self.value())

    def value(self) -> Value:
        token = self.next
        literals: dict[str, Value] = {"true": True, "false": False, "null": None}
        if token.kind == "word" and token.text in literals:
            self.take()
            return literals[token.text]
        if token.kind not in ("string", "number"):
            raise self.unexpected("a value (a string in double quotes, a number, true, false or null)")
        self.take()
        return _literal(token)


def _literal(token: _Token) -> Value:
    """JSON's own rules for strings and numbers (RFC 7159), less what no database stores."""
    try:
        value: Value = json.loads(token.text)
    except ValueError:
        raise BadFilter(f"the value at character {token.at + 1} is not JSON") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise BadFilter(f"the number at character {token.at + 1} is too large")
    if isinstance(value, str) and any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value):
        raise BadFilter(f"the string at character {token.at + 1} holds a NUL or half a surrogate pair")
    return value
