"""What a parsed rule is made of. Pure: frozen values, the limits of the language, nothing that reads or decides.

Grammar and limits: contract/extensions.md §6 and §10.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DEPTH_LIMIT = 8
RULE_LIMIT = 200
LEAF_LIMIT = 50
NOTIFIED_LIMIT = 5
DEFAULT_RULE = "default"


class TransactionType(StrEnum):
    AUTHENTICATION = "authentication"
    CREDENTIAL_BINDING = "credential_binding"
    ADD_DEVICE = "add_device"


class Action(StrEnum):
    ALLOW = "allow"
    ALLOW_WITH_OS_VERIFICATION = "allow_with_os_verification"
    ALLOW_WITH_BIOMETRIC = "allow_with_biometric"
    MONITOR = "monitor"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Leaf:
    """`path` is where it stands in the body it came in. `prepared` is the value as it is compared: read once when the rule
    is parsed, not at every sign-in."""

    path: str
    attribute: str
    operator: str
    value: Any
    prepared: Any = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Every:
    """`all`; with nothing in it, `{}`: matches."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    part: "Condition"


Condition = Leaf | Every | Some | Negation
Matches = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """`matches` says whether the condition surely holds, of prepared facts (matching.Known). `notify`: addresses to tell
    when the rule matched; `alerts`: the event of the match is marked, for streams that take alerts alone."""

    id: str
    name: str
    enabled: bool
    transaction: str
    condition: Condition
    action: Action
    message: str = ""
    description: str = ""
    notify: tuple[str, ...] = ()
    alerts: bool = False
    matches: Matches = field(compare=False, repr=False, default=lambda known: False)

    @property
    def tells(self) -> bool:
        return self.alerts or bool(self.notify)
