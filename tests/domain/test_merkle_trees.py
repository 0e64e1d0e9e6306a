"""RFC 9162 §2.1, against the recursion as the RFC writes it down."""

import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from apps.events import merkle
from apps.events.canonical import canonical

leaves = st.lists(st.binary(max_size=4), min_size=1, max_size=80)


def mth(entries: list[bytes]) -> bytes:
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, entries: list[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], whole: bool) -> list[bytes]:
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def grown(entries: list[bytes]) -> tuple[merkle.Frontier, dict[tuple[int, int], bytes]]:
    frontier, nodes = merkle.Frontier(), {}
    for entry in entries:
        nodes |= {(level, number): made for level, number, made in frontier.append(merkle.leaf_hash(entry))}
    return frontier, nodes


def test_the_tree_of_nothing_has_the_hash_of_nothing():
    assert merkle.Frontier().root() == mth([])


@given(leaves)
def test_a_tree_grown_leaf_by_leaf_has_the_rfcs_root(entries):
    frontier, nodes = grown(entries)
    assert frontier.root() == mth(entries)
    assert merkle.root(lambda level, number: nodes[level, number], len(entries)) == mth(entries)


@given(leaves, st.data())
def test_inclusion_is_proven_by_the_rfcs_path_and_by_no_other(entries, data):
    _, nodes = grown(entries)
    m = data.draw(st.integers(0, len(entries) - 1))
    found = merkle.inclusion_path(lambda level, number: nodes[level, number], m, len(entries))
    assert found == path(m, entries)
    leaf = merkle.leaf_hash(entries[m])
    assert merkle.root_of_inclusion(m, len(entries), leaf, found) == mth(entries)
    with pytest.raises(ValueError, match="path"):
        merkle.root_of_inclusion(m, len(entries), leaf, [*found, leaf])
    if found:
        changed = data.draw(st.integers(0, len(found) - 1))
        found[changed] = bytes(32)
        assert merkle.root_of_inclusion(m, len(entries), leaf, found) != mth(entries)
        with pytest.raises(ValueError, match="path"):
            merkle.root_of_inclusion(m, len(entries), leaf, found[:-1])


@given(leaves, st.data())
def test_consistency_is_proven_by_the_rfcs_path_and_by_no_other(entries, data):
    _, nodes = grown(entries)
    old, new = data.draw(st.integers(1, len(entries))), len(entries)
    found = merkle.consistency_path(lambda level, number: nodes[level, number], old, new)
    assert found == subproof(old, entries, True)
    roots = mth(entries[:old]), mth(entries)
    assert merkle.is_consistent(old, new, *roots, found)
    assert not merkle.is_consistent(old, new, *roots, [*found, bytes(32)])
    assert not merkle.is_consistent(old, new, bytes(32), roots[1], found)
    if found:
        assert not merkle.is_consistent(old, new, *roots, found[:-1])
        assert not merkle.is_consistent(old, new, *roots, [bytes(32), *found[1:]])


@given(leaves, st.sets(st.integers(0, 79)))
def test_a_tree_is_put_together_from_any_leaves_and_the_hashes_of_the_rest(entries, shown):
    _, nodes = grown(entries)
    parts, end = [], 0
    for m in [*sorted(m for m in shown if m < len(entries)), len(entries)]:
        parts += [(n << level, level, nodes[level, n]) for level, n in merkle.subtrees(end, m)]
        if m < len(entries):
            parts.append((m, 0, merkle.leaf_hash(entries[m])))
        end = m + 1
    assert merkle.root_from_parts(parts) == (len(entries), mth(entries))
    for left_out in range(len(parts) - 1):
        with pytest.raises(ValueError, match="nothing fits"):
            merkle.root_from_parts(parts[:left_out] + parts[left_out + 1 :])


@pytest.mark.parametrize(("number", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(number, size):
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_path(lambda *_: bytes(32), number, size)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_the_quick_way_to_canonical_json_is_the_librarys(value):
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical(json.loads(canonical(value))) == canonical(value)


@pytest.mark.parametrize("value", [2**53, -(2**64), 10**400, "\ud800", {"\udfff": ["\ud800"]}, 1e300, -0.0])
def test_whatever_the_record_holds_has_a_canonical_form(value):
    assert canonical(json.loads(json.dumps({"a": value}))) == canonical({"a": value})
