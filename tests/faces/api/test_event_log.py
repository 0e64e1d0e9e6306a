"""R/events/checkpoints, {id}:proof, :consistency and jwks.json, checked by who has nothing but the answers
(contract/extensions.md §7, §10)."""

import base64
import hashlib
import json
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import call_command
from django.test import Client

from apps.events import merkle, sealing
from apps.events import selectors as events
from apps.events.attempt import record
from apps.events.types import EventType
from tests.faces.api.caller import read, violations
from tests.world import World

pytestmark = pytest.mark.django_db


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_keys(world: World) -> dict[str, Any]:
    path = f"/v1/tenants/{world.acme.tenant.pk}/realms/{world.acme.customers.realm.pk}/events/jwks.json"
    response = Client().get(path)
    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    return response.json()


def require_signed(checkpoint: dict[str, Any], known: dict[str, Any]) -> None:
    (key,) = [key for key in known["keys"] if key["kid"] == checkpoint["kid"]]
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    signed = {name: value for name, value in checkpoint.items() if name != "signature"}
    Ed25519PublicKey.from_public_bytes(raw(key["x"])).verify(raw(checkpoint["signature"]), rfc8785.dumps(signed))


def test_an_event_of_this_moment_is_proven_to_who_has_only_the_answer(world, api):
    written = record(world.ctx, EventType.TOKEN_REQUEST, world.acme.customers.realm)
    assert written.outcome == "SUCCESS"
    event = read(api.get("/events?page_size=1"))["events"][0]
    proof = read(api.get(f"/events/{event['id']}:proof"))
    assert proof["record"]["id"] == event["id"]
    assert proof["record"]["sequence"] == proof["sequence"]
    leaf = hashlib.sha256(b"\x00" + rfc8785.dumps(proof["record"])).digest()
    assert raw(proof["leaf_hash"]) == leaf
    path = [raw(each) for each in proof["inclusion_path"]]
    reached = merkle.root_of_inclusion(proof["sequence"], proof["tree_size"], leaf, path)
    assert reached == raw(proof["checkpoint"]["root_hash"])
    assert proof["checkpoint"]["tree_size"] == proof["tree_size"]
    require_signed(proof["checkpoint"], public_keys(world))
    told = {name: value for _, name, value in (json.loads(raw(each)) for each in proof["disclosures"])}
    assert told["ip"] == event["client"]["ip"]
    text = json.dumps(proof["record"])
    assert all(
        base64.urlsafe_b64encode(hashlib.sha256(each.encode()).digest()).rstrip(b"=").decode() in text
        for each in proof["disclosures"]
    )


def test_checkpoints_come_newest_first_in_pages_and_stand_on_one_another(world, api):
    realm = world.acme.customers.realm
    for _ in range(5):
        record(world.ctx, EventType.TOKEN_REQUEST, realm)
        sealing.up_to_now(realm.pk)
    first = read(api.get("/events/checkpoints?page_size=3"))
    second = read(api.get(f"/events/checkpoints?page_token={first['next_page_token']}"))
    found = [*first["checkpoints"], *second["checkpoints"]]
    assert "next_page_token" not in second
    assert len(found) == 5
    known = public_keys(world)
    for newer, older in zip(found, [*found[1:], None], strict=True):
        require_signed(newer, known)
        assert newer["previous_tree_size"] == (older["tree_size"] if older else 0)
        assert newer["previous_root_hash"] == (older["root_hash"] if older else None)
    old, new = found[-1], found[0]
    said = read(api.get(f"/events:consistency?from={old['tree_size']}&to={new['tree_size']}"))
    path = [raw(each) for each in said["consistency_path"]]
    roots = raw(old["root_hash"]), raw(new["root_hash"])
    assert merkle.is_consistent(old["tree_size"], new["tree_size"], *roots, path)


@pytest.mark.parametrize(
    ("query", "fields"),
    [("", ["from", "to"]), ("from=0&to=1", ["from"]), ("from=2&to=1", ["to"]), ("from=1&to=99999", ["to"]),
     ("from=x&to=-1", ["from", "to"]), ("from=1&to=1&until=2", ["until"]),
     ("from=1&to=" + "9" * 40, ["to"]), ("from=%C2%B2&to=%EF%BC%91", ["from", "to"])],
)  # fmt: skip
def test_sizes_that_the_log_never_had_are_refused(world, api, query, fields):
    sealing.up_to_now(world.acme.customers.realm.pk)
    response = api.get(f"/events:consistency?{query}")
    assert [field for field, _ in violations(response)] == fields


def test_a_parameter_that_checkpoints_have_not_is_refused(api):
    assert violations(api.get("/events/checkpoints?since=5")) == [("since", "unknown parameter")]


@pytest.mark.parametrize("event_id", ["nonsense", "00000000-0000-7000-8000-000000000000", "checkpoints", "jwks.json"])
def test_there_is_no_proof_of_what_never_happened(world, api, event_id):
    assert api.get(f"/events/{event_id}:proof").status_code == 404


def test_keys_are_for_everybody_and_of_one_tenant(world):
    ours = public_keys(world)
    assert all("d" not in key for key in ours["keys"])
    theirs = f"/v1/tenants/{world.evil.tenant.pk}/realms/{world.evil.customers.realm.pk}/events/jwks.json"
    assert {key["kid"] for key in Client().get(theirs).json()["keys"]}.isdisjoint(key["kid"] for key in ours["keys"])
    mixed = f"/v1/tenants/{world.evil.tenant.pk}/realms/{world.acme.customers.realm.pk}/events/jwks.json"
    assert Client().get(mixed).status_code == 404
    assert Client().post(theirs).status_code == 405


@pytest.mark.parametrize(("query", "partial"), [("", False), ("&type=IDENTITY_CHANGE", True)])
def test_an_export_is_checked_with_the_published_keys(world, api, tmp_path, query, partial):
    export, known = tmp_path / "events.ndjson", tmp_path / "jwks.json"
    export.write_bytes(b"".join(api.get(f"/events:export?format=ndjson{query}").streaming_content))
    known.write_text(json.dumps(public_keys(world)))
    call_command("verify_events", str(export), jwks=known, partial=partial)


def test_a_proof_seals_no_further_than_its_event_and_a_backlog_is_the_sealers(world, api, monkeypatch):
    realm = world.acme.customers.realm
    sealing.seal_all()
    monkeypatch.setattr(sealing, "_ROUND", 2)
    for _ in range(40):
        record(world.ctx, EventType.TOKEN_REQUEST, realm)
    newest = [str(event.pk) for event in events.events_in(realm)[:40]]
    early, late = newest[-2], newest[0]
    proof = read(api.get(f"/events/{early}:proof"))
    assert proof["sequence"] == proof["tree_size"] - 1, "it is the last that was sealed"
    settings = {"url": "https://93.184.215.14/logs", "api_key": "k" * 32}
    stream = {"event_stream": {"display_name": "SIEM", "type": "datadog", "settings": settings}}
    for ask in (
        lambda: api.get(f"/events/{late}:proof"),
        lambda: api.get("/events:export?format=ndjson"),
        lambda: api.post("/event-streams", stream),
    ):
        refused = ask()
        assert (refused.status_code, refused["Retry-After"]) == (503, "60"), refused.content
        assert "try again in a minute" in refused.json()["message"]
    sealing.run()
    assert read(api.get(f"/events/{late}:proof"))["sequence"] == proof["sequence"] + 38
    assert api.get("/events:export?format=ndjson").status_code == 200
    assert api.post("/event-streams", stream).status_code == 200
