"""Ids: their shape, their order, and that none comes twice (contract/extensions.md §3)."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import time_machine

from apps.core import ids

SHORT = re.compile(r"[0-9a-f]{16}")


def test_a_short_id_is_sixteen_lower_hex():
    assert all(SHORT.fullmatch(ids.short_id()) for _ in range(1000))


def test_short_ids_made_together_keep_their_order_and_never_repeat():
    made = [ids.short_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_short_ids_made_by_threads_never_repeat():
    with ThreadPoolExecutor(8) as pool:
        made = [one for many in pool.map(lambda _: [ids.short_id() for _ in range(2000)], range(8)) for one in many]
    assert len(set(made)) == len(made)


def test_short_ids_are_ordered_by_time_over_processes(monkeypatch):
    monkeypatch.setattr(ids, "_last", 0)
    earlier = ids.short_id()
    with time_machine.travel(time.time() + 1):
        monkeypatch.setattr(ids, "_last", 0)
        assert ids.short_id() > earlier


def test_a_clock_that_steps_back_does_not_bring_an_id_again():
    later = ids.short_id()
    with time_machine.travel(time.time() - 3600):
        assert ids.short_id() > later


def test_twenty_bits_of_a_short_id_cannot_be_guessed(monkeypatch):
    with time_machine.travel(0, tick=False):
        tails = []
        for _ in range(200):
            monkeypatch.setattr(ids, "_last", 0)
            tails.append(int(ids.short_id(), 16) & 0xFFFFF)
    assert len(set(tails)) > 190


def test_tenant_ids_begin_0001_and_follow_time():
    now = ids.tenant_id()
    assert SHORT.fullmatch(now)
    assert now.startswith("0001")
    with time_machine.travel(time.time() + 120):
        assert ids.tenant_id() > now


def test_tenant_ids_of_one_minute_differ():
    with time_machine.travel(time.time(), tick=False):
        assert len({ids.tenant_id() for _ in range(100)}) == 100


def test_uuids_are_version_7_and_in_order():
    made = [ids.uuid7() for _ in range(5000)]
    assert {one.version for one in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == len(made)
