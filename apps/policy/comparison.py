"""What tells two lists of rules apart: for the administrator who is about to publish. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ids of rules of the later list that are new, changed or in another order; rules of the earlier one that are gone."""

    added: frozenset[str]
    changed: frozenset[str]
    moved: frozenset[str]
    removed: tuple[Any, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.moved or self.removed)

    def of(self, rule_id: str) -> str:
        """added, changed, moved or ""."""
        kinds = {"added": self.added, "changed": self.changed, "moved": self.moved}
        return next((name for name, held in kinds.items() if rule_id in held), "")


def compare(earlier: Sequence[Any], later: Sequence[Any]) -> Comparison:
    before, after = {rule["id"]: rule for rule in earlier}, {rule["id"]: rule for rule in later}
    kept = [pk for pk in after if pk in before]
    order = [pk for pk in before if pk in after]
    stayed: set[str] = set()
    for block in SequenceMatcher(None, order, kept, autojunk=False).get_matching_blocks():
        stayed.update(kept[block.b : block.b + block.size])
    return Comparison(
        added=frozenset(after) - frozenset(before),
        changed=frozenset(pk for pk in kept if _normal(before[pk]) != _normal(after[pk])),
        moved=frozenset(kept) - stayed,
        removed=tuple(rule for pk, rule in before.items() if pk not in after),
    )


def _normal(rule: Any) -> dict[str, Any]:
    """A rule with what may be left out filled in, so that saying a default is no change."""
    action = {"message": "", **rule["action"]}
    notify = {"emails": [], "alert": False, **rule.get("notify", {})}
    return {"name": "", "description": "", "enabled": True, "condition": {}, **rule, "action": action, "notify": notify}
