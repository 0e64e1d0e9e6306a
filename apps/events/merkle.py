"""The Merkle tree of a log (RFC 9162 §2.1): roots, proofs and their verification. Pure; hashes are 32 bytes.

A tree of n leaves is kept as its complete subtrees: node (level, number) covers the 2^level leaves from number·2^level on.
Whoever needs a hash asks a `Nodes` for one of a complete subtree; the rest is worked out from O(log n) of those, so nothing
here ever reads all leaves.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Nodes = Callable[[int, int], bytes]  # (level, number) of a complete subtree → its hash


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """What is needed of a tree to add to it: the hashes of its largest complete subtrees, left to right, one for each 1
    in `size` written in binary."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Adds a leaf's hash. Returns the nodes that came to be: the leaf itself, and every subtree that it completed."""
        made = [(0, self.size, leaf)]
        number, level = self.size, 0
        while number & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            number, level = number >> 1, level + 1
            made.append((level, number, leaf))
        self.hashes.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        *others, root = self.hashes
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def subtrees(first: int, end: int) -> Iterator[tuple[int, int]]:
    """(level, number) of the fewest complete subtrees that cover the leaves from `first` to before `end`, in order."""
    while first < end:
        level = min((first & -first).bit_length() - 1 if first else 64, (end - first).bit_length() - 1)
        yield level, first >> level
        first += 1 << level


def range_hash(nodes: Nodes, first: int, end: int) -> bytes:
    """MTH of the leaves from `first` to before `end`, where the range is one that RFC 9162's recursion comes to."""
    if first == end:
        return EMPTY_ROOT
    *others, last = (nodes(level, number) for level, number in subtrees(first, end))
    for left in reversed(others):
        last = node_hash(left, last)
    return last


def root(nodes: Nodes, size: int) -> bytes:
    return range_hash(nodes, 0, size)


def inclusion_path(nodes: Nodes, number: int, size: int) -> list[bytes]:
    """RFC 9162 §2.1.3.1: from the leaf's sibling up. Raises ValueError unless 0 ≤ number < size."""
    if not 0 <= number < size:
        raise ValueError("no such leaf")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if number < middle:
            path.append(range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(range_hash(nodes, first, middle))
            first = middle
    return path[::-1]


def consistency_path(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """RFC 9162 §2.1.4.1. Raises ValueError unless 0 < old ≤ new."""
    if not 0 < old <= new:
        raise ValueError("no such trees")
    path: list[bytes] = []
    first, end, whole = 0, new, True  # whole: the old tree is a subtree of the new one so far, and its hash is known
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(range_hash(nodes, middle, end))
            end = middle
        else:
            path.append(range_hash(nodes, first, middle))
            first, whole = middle, False
    if not whole:
        path.append(range_hash(nodes, first, end))
    return path[::-1]


def root_of_inclusion(number: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that the path leads to (RFC 9162 §2.1.3.2). Raises ValueError for a path that fits no such leaf."""
    if not 0 <= number < size:
        raise ValueError("no such leaf")
    at, last, reached = number, size - 1, leaf
    for each in path:
        if last == 0:
            raise ValueError("the path is too long")
        if at & 1 or at == last:
            reached = node_hash(each, reached)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            reached = node_hash(reached, each)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return reached


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: the new tree holds the old one, unchanged, as its beginning."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    hashes = list(path)
    if old & (old - 1) == 0:  # a complete tree is a node of the new one, and so left out of the path
        hashes.insert(0, old_root)
    if not hashes:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    reached_old = reached_new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            reached_old, reached_new = node_hash(each, reached_old), node_hash(each, reached_new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            reached_new = node_hash(reached_new, each)
        at, last = at >> 1, last >> 1
    return last == 0 and reached_old == old_root and reached_new == new_root


def root_from_parts(parts: Iterable[tuple[int, int, bytes]]) -> tuple[int, bytes]:
    """Size and root of the tree whose complete subtrees (first leaf, level, hash) come in order and leave nothing out.
    Raises ValueError for a gap, an overlap, or a subtree at a place that has none of its size."""
    frontier = Frontier()
    for first, level, given in parts:
        if first != frontier.size or not 0 <= level < 64 or first & ((1 << level) - 1):
            raise ValueError(f"nothing fits at {frontier.size}")
        number, reached = first >> level, given
        while number & 1:
            reached, number = node_hash(frontier.hashes.pop(), reached), number >> 1
        frontier.hashes.append(reached)
        frontier.size += 1 << level
    return frontier.size, frontier.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
