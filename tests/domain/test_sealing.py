"""Every committed event gets one place in its realm's log, whenever and by whomever it was committed."""

import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.core import ids, secrets
from apps.core.statements import insert
from apps.events import checkpoints, coverage, keys, merkle, sealed, sealing
from apps.events.canonical import canonical
from apps.events.contract import event_json
from apps.events.models import Checkpoint, CheckpointKey, Event, Position, Seal
from apps.events.records import digest_of
from tests.racing import race


def event(realm_id="realm-of-nobody", **values):
    now = timezone.now()
    base = {"tenant_id": "0001", "realm_id": realm_id, "type": "TOKEN_REQUEST", "outcome": "SUCCESS"}
    times = {"occurred_at": now, "recorded_at": now, "correlation_id": str(ids.uuid7())}
    actor = {"actor_type": "identity", "actor_id": "b0b", "actor_display_name": "Bob Baker", "client_ip": "203.0.113.7"}
    return Event(**{**base, **times, **actor, "data": {"personal": {"recipient": "bob@acme.test"}}, **values})


def sequences(realm_id="realm-of-nobody"):
    return sorted(Seal.objects.filter(realm_id=realm_id).values_list("sequence", flat=True))


@pytest.mark.django_db
def test_each_realm_has_a_gapless_sequence_from_nought_and_a_checkpoint_that_says_so(world):
    sealing.run()
    for realm_id in Event.objects.values_list("realm_id", flat=True).distinct():
        own = set(Event.objects.filter(realm_id=realm_id).values_list("id", flat=True))
        walked = list(sealed.walk(realm_id))
        assert [sequence for sequence, _ in walked] == list(range(len(own)))
        assert {each.pk for _, each in walked} == own
        checkpoint = checkpoints.latest(realm_id)
        assert checkpoint.tree_size == len(own)
        assert (checkpoint.previous_tree_size, checkpoint.previous_root_hash) == (0, None)
    assert sealing.run() == 0


@pytest.mark.django_db
def test_a_checkpoint_is_signed_by_a_key_of_its_tenant_and_stands_on_the_one_before(world):
    realm = world.acme.customers.realm
    first = sealing.up_to_now(realm.pk)
    insert(event(realm.pk, tenant_id=realm.tenant_id))
    second = sealing.up_to_now(realm.pk)
    assert second.tree_size == first.tree_size + 1
    assert (second.previous_tree_size, second.previous_root_hash) == (first.tree_size, first.root_hash)
    path = checkpoints.consistency(realm, first.tree_size, second.tree_size)
    assert merkle.is_consistent(
        first.tree_size, second.tree_size, bytes(first.root_hash), bytes(second.root_hash), path
    )
    said = checkpoints.checkpoint_json(second)
    signature = secrets.from_base64url(said.pop("signature"))
    assert keys.verifies(keys.jwks(realm.tenant_id), said["kid"], signature, canonical(said))
    assert not keys.verifies(keys.jwks(world.evil.tenant.pk), said["kid"], signature, canonical(said))
    assert not keys.verifies(keys.jwks(realm.tenant_id), said["kid"], signature, canonical(said | {"tree_size": 1}))


@pytest.mark.django_db
def test_every_event_is_proven_and_its_record_shows_nobody(world):
    realm = world.acme.customers.realm
    checkpoint = sealing.up_to_now(realm.pk)
    for _, each in sealed.walk(realm.pk):
        proof = checkpoints.proof_of(each)
        assert proof.leaf == merkle.leaf_hash(canonical(proof.record))
        reached = merkle.root_of_inclusion(proof.sequence, checkpoint.tree_size, proof.leaf, proof.path)
        assert reached == bytes(checkpoint.root_hash)
        shown = canonical(proof.record).decode()
        assert all(digest_of(disclosure) in shown for disclosure in proof.disclosures)
        for person in ("Bob Baker", "bob@", "Carol Contractor", "Ada", "203.0.113.7", "Macintosh"):
            assert person not in shown, (person, each)


@pytest.mark.django_db
def test_what_a_policy_is_told_of_a_person_is_digested_and_its_face_stays_as_it_is():
    told = {"identity.email": "bob@acme.test", "request.ip": "203.0.113.7", "credential.method": "webauthn"}
    decision = {"input": {"type": "authentication", "attributes": told}, "policy_version": 3}
    insert(event(type="POLICY_EVALUATION", data=decision))
    sealing.up_to_now("realm-of-nobody")
    ((sequence, found),) = sealed.walk("realm-of-nobody")
    assert event_json(found)["data"] == decision
    line = sealed.exported(found, sequence)
    attributes = line["record"]["data"]["input"]["attributes"]
    assert attributes.keys() == {"credential.method", "_sd"}
    assert len(attributes["_sd"]) == 2


@pytest.mark.django_db
def test_an_event_whose_id_is_older_than_what_is_sealed_is_not_lost():
    late, early = event(), event()
    insert(early)
    sealing.up_to_now("realm-of-nobody")
    insert(late)
    assert late.pk < early.pk
    sealing.up_to_now("realm-of-nobody")
    assert [each.pk for _, each in sealed.walk("realm-of-nobody")] == [early.pk, late.pk]


@pytest.mark.django_db
def test_a_sealer_that_dies_leaves_nothing_half_done():
    insert(event(), event())

    def die():
        with transaction.atomic():
            assert sealing.seal_round() == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert sequences() == []
    assert sealing.up_to_now("realm-of-nobody").tree_size == 2
    assert sequences() == [0, 1]


@pytest.mark.django_db
def test_a_log_longer_than_a_tile_is_proven_from_end_to_end():
    for _ in range(3):
        insert(*(event() for _ in range(250)))
        sealing.up_to_now("realm-of-nobody")
    checkpoint = checkpoints.latest("realm-of-nobody")
    assert checkpoint.tree_size == 750
    entries = [canonical(sealed.exported(each, number)["record"]) for number, each in sealed.walk("realm-of-nobody")]
    whole = merkle.Frontier()
    for entry in entries:
        whole.append(merkle.leaf_hash(entry))
    assert whole.root() == bytes(checkpoint.root_hash)
    for number in (0, 255, 256, 511, 512, 749):
        proof = checkpoints.proof_of(sealed.events_after("realm-of-nobody", number - 1, 1)[0][1])
        assert merkle.root_of_inclusion(number, 750, proof.leaf, proof.path) == bytes(checkpoint.root_hash)


@pytest.mark.django_db(transaction=True)
def test_two_sealers_and_many_writers_seal_everything_once():
    def write():
        for _ in range(10):
            insert(event())

    race(write, write, write, sealing.run, sealing.run, lambda: sealing.up_to_now("realm-of-nobody"))
    sealing.up_to_now("realm-of-nobody")
    assert sequences() == list(range(30))
    assert Seal.objects.count() == 30
    assert Checkpoint.objects.order_by("-id").first().tree_size == 30


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_stays_open_neither_stops_the_sealer_nor_is_forgotten():
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        first, second, third = event(), event(), event()
        with slow.cursor() as cursor:
            columns = Event._meta.concrete_fields
            names = ", ".join(f'"{field.column}"' for field in columns)
            values = [field.get_db_prep_save(field.pre_save(first, True), slow) for field in columns]
            places = ", ".join(["%s"] * len(columns))
            cursor.execute(f"INSERT INTO events_event ({names}) VALUES ({places})", values)  # noqa: S608
        for each in (second, third):
            insert(each)
            sealing.up_to_now("realm-of-nobody")
        assert [each.pk for _, each in sealed.walk("realm-of-nobody")] == [second.pk, third.pk]
        slow.commit()
        sealing.up_to_now("realm-of-nobody")
        assert [each.pk for _, each in sealed.walk("realm-of-nobody")] == [second.pk, third.pk, first.pk]
    finally:
        slow.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="numbers of transactions are PostgreSQL's")
@pytest.mark.parametrize(
    "left_off",
    [{}, {"doing": "1:9000000000000:", "last_txid": 8_000_000_000_000, "last_id": uuid.UUID(int=2**128 - 1)}],
    ids=["between batches", "in a batch"],
)
@pytest.mark.django_db(transaction=True)
def test_in_another_cluster_the_rows_are_gone_through_anew_and_none_is_sealed_twice(left_off):
    insert(event())
    sealing.run()
    insert(event())
    Position.objects.update(cluster="where the dump was made", done="1:9000000000000:", **left_off)
    sealing.run()
    insert(event())
    sealing.run()
    assert sequences() == [0, 1, 2]


@pytest.mark.django_db
def test_a_private_key_is_sealed_at_rest(world):
    sealing.run()
    for key in CheckpointKey.objects.all():
        private = secrets.unseal(key.sealed_private_key, f"checkpoint_key.private_key:{key.kid}")
        assert private not in bytes(key.sealed_private_key)
    assert CheckpointKey.objects.filter(tenant_id=world.acme.tenant.pk).count() == 1


@pytest.mark.django_db
def test_an_export_of_nothing_has_no_lines():
    assert list(coverage.whole_log("realm-of-nobody")) == []
