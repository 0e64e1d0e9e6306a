"""An export is checked offline: whatever is done to it afterwards is found (contract/extensions.md §10)."""

import copy
import json
import random

import pytest
from django.core.management import CommandError, call_command

from apps.core.secrets import base64url
from apps.events import coverage, keys, merkle, sealed, sealing
from apps.events.attempt import record
from apps.events.canonical import canonical
from apps.events.types import EventType
from apps.events.verification import Verification

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(world):
    return [json.loads(json.dumps(line)) for line in coverage.whole_log(world.acme.customers.realm.pk)]


@pytest.fixture
def problems(world):
    def found(lines, *, partial=False):
        known = keys.jwks(world.acme.tenant.pk)
        verification = Verification(lambda *signed: keys.verifies(known, *signed), partial)
        verification.feed(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        return verification.problems()

    return found


def flip(lines, chance):
    """One character of one record, or of one thing that is disclosed of it, is another."""
    number = chance.randrange(len(lines) - 1)
    text = json.dumps(lines[number])
    while True:
        at = chance.randrange(len(text))
        changed = text[:at] + chance.choice("0123456789abcdefXYZ") + text[at + 1 :]
        try:
            if json.loads(changed) != lines[number]:
                return [*lines[:number], changed.encode(), *lines[number + 1 :]]
        except ValueError:
            continue


def delete(lines, chance):
    number = chance.randrange(len(lines) - 1)
    later = (
        [renumbered(line, -1) for line in lines[number + 1 : -1]] if chance.random() < 0.5 else lines[number + 1 : -1]
    )
    return [*lines[:number], *later, lines[-1]]


def insert(lines, chance):
    number = chance.randrange(len(lines) - 1)
    made = copy.deepcopy(lines[number])
    made["record"]["id"] = made["record"]["id"][:-4] + f"{chance.randrange(16**4):04x}"
    later = [renumbered(line, 1) for line in lines[number:-1]] if chance.random() < 0.5 else lines[number:-1]
    return [*lines[:number], made, *later, lines[-1]]


def swap(lines, chance):
    one, other = sorted(chance.sample(range(len(lines) - 1), 2))
    swapped = copy.deepcopy(lines)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    if chance.random() < 0.5:
        swapped[one]["record"]["sequence"], swapped[other]["record"]["sequence"] = one, other
    return swapped


def truncate(lines, chance):
    kept = lines[: chance.randrange(len(lines) - 1)]
    return [*kept, lines[-1]] if chance.random() < 0.5 else kept


def retime(lines, chance):
    changed = copy.deepcopy(lines)
    record = changed[chance.randrange(len(lines) - 1)]["record"]
    record[chance.choice(["occurred_at", "recorded_at"])] = f"2026-0{chance.randrange(1, 10)}-01T00:00:00.000000Z"
    return changed


def renumbered(line, by):
    return {**line, "record": {**line["record"], "sequence": line["record"]["sequence"] + by}}


TAMPERINGS = [flip, delete, insert, swap, truncate, retime]


def test_a_hundred_tamperings_are_a_hundred_findings(lines, problems):
    assert problems(lines) == []
    assert len(lines) > 8
    chance = random.Random(9162)  # noqa: S311 - so that a failure can be seen again
    undetected = []
    for number in range(100):
        tampering = TAMPERINGS[number % len(TAMPERINGS)]
        if not problems(tampering(lines, chance)):
            undetected.append((number, tampering.__name__))
    assert undetected == []


def test_an_event_cannot_be_cut_out_by_telling_its_hash_instead(lines, problems):
    cut = lines[3]
    leaf = base64url(merkle.leaf_hash(canonical(cut["record"])))
    last = {**lines[-1], "outside": [{"first": 3, "level": 0, "hash": leaf}]}
    cunning = [*lines[:3], *lines[4:-1], last]
    assert problems(cunning) == ["events from 3 on are left out, and no retention says why"]
    assert problems(cunning, partial=True) == []


def test_a_checkpoint_is_believed_from_its_own_tenant_only(lines, problems, world):
    sealing.run()
    others = list(coverage.whole_log(world.evil.customers.realm.pk))
    assert "signature" in problems([*lines[:-1], others[-1]])[0]
    changed = {"checkpoint": {**lines[-1]["checkpoint"], "time": "2026-01-01T00:00:00.000000Z"}}
    assert "signature" in problems([*lines[:-1], changed])[0]
    beside = list(coverage.whole_log(world.acme.opened.admin_realm.pk))
    assert "another realm" in problems([*lines[:-1], beside[-1]])[0]


def test_each_checkpoint_stands_on_the_one_before_it(world, problems):
    realm_id = world.acme.customers.realm.pk
    signed = []
    for _ in range(3):
        record(world.ctx, EventType.TOKEN_REQUEST, world.acme.customers.realm)
        sealing.up_to_now(realm_id)
        *events, last = coverage.whole_log(realm_id)
        signed.append(last)
    assert problems([*events, *signed]) == []
    assert problems([*events, signed[0], signed[2]])
    assert problems([*events, signed[2], signed[1]])
    assert problems([*events, *signed[:2]])


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b"null", b"{", b"\xff", b'{"record":{},"disclosures":[]}', b'{"record":[],"record":{},"disclosures":[]}',
     b'{"record":{"sequence":"0"},"disclosures":[]}', b'{"checkpoint":null}', b'{"checkpoint":{},"outside":7}',
     b'{"record":{"sequence":NaN},"disclosures":[]}', b"[" * 100_000, b'{"checkpoint":{"kid":1,"signature":"*"}}'],
    ids=lambda line: line[:40].decode(errors="replace"),
)  # fmt: skip
def test_what_is_no_line_of_an_export_is_said_to_be_none(line, lines, problems):
    assert problems([line, *lines])
    assert problems([*lines, line])
    assert problems([line])


def test_a_filtered_export_is_checked_for_what_it_shows(world, problems):
    realm_id = world.acme.customers.realm.pk
    checkpoint, shown = sealing.up_to_now(realm_id), coverage.Coverage()
    lines = []
    for sequence, event in sealed.walk(realm_id):
        if sequence % 3 == 1:
            shown.note(sequence)
            lines.append(sealed.exported(event, sequence))
    lines += shown.lines(checkpoint)
    assert problems(lines, partial=True) == []
    assert problems(lines)
    assert problems(retime(lines, random.Random(1)), partial=True)  # noqa: S311
    assert problems(lines[1:], partial=True)


def test_the_command_says_yes_only_when_all_holds(lines, world, tmp_path, capsys):
    export, known = tmp_path / "events.ndjson", tmp_path / "jwks.json"
    known.write_text(json.dumps(keys.jwks(world.acme.tenant.pk)))
    export.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    size = len(lines) - 1
    call_command("verify_events", str(export), jwks=known, at_least=size)
    assert f"{size} events hold" in capsys.readouterr().out
    with pytest.raises(CommandError, match="before"):
        call_command("verify_events", str(export), jwks=known, at_least=size + 1)
    export.write_text("".join(f"{json.dumps(line)}\n" for line in [*lines[:2], *lines[3:]]))
    with pytest.raises(CommandError, match="missing"):
        call_command("verify_events", str(export), jwks=known)
    known.write_text("[]")
    with pytest.raises(CommandError, match="keys"):
        call_command("verify_events", str(export), jwks=known)
