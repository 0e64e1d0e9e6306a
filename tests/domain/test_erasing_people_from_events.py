"""What happened stays in the record, who it was does not, and every proof is what it was."""

import json

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from apps.events import checkpoints, coverage, erasing, keys, permitted, retention, sealed, sealing
from apps.events.attempt import record as write
from apps.events.contract import event_json
from apps.events.models import Event
from apps.events.types import EventType
from apps.events.verification import Verification
from tests import ceremonies, record

pytestmark = pytest.mark.django_db
WAYS_OUT = ("events_keep_ahead", "events_purge", "events_drop_week", "events_blank")
_TOLD = ("Bob Baker", "bob@acme.test", '"bob"')


@pytest.fixture
def bob(world):
    """After a life in the realm: invited, a passkey, a sign-in, mail."""
    passkey = ceremonies.give_passkey(world, world.acme.customers.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    return world.acme.customers.bob


def faces(realm):
    return json.dumps([event_json(event) for _, event in sealed.walk(realm.pk)])


def test_nothing_in_the_realms_record_says_who_it_was_and_all_of_it_still_holds(world, bob):
    realm = world.acme.customers.realm
    checkpoint = sealing.up_to_now(realm.pk)
    before = {event.pk: checkpoints.proof_of(event) for _, event in sealed.walk(realm.pk)}
    assert all(told in faces(realm) for told in _TOLD)
    assert erasing.erase_person(world.ctx, realm, bob.pk) > 3
    assert not any(told in faces(realm) for told in _TOLD)
    assert "Carol Contractor" in faces(realm)
    for event_id, proof in before.items():
        after = checkpoints.proof_of(Event.objects.get(pk=event_id))
        assert (after.record, after.leaf, after.path) == (proof.record, proof.leaf, proof.path)
        assert set(after.disclosures) <= set(proof.disclosures)
    verification = Verification(lambda *signed: keys.verifies(keys.jwks(realm.tenant_id), *signed))
    verification.feed(json.dumps(line).encode() for line in coverage.whole_log(realm.pk))
    assert verification.problems() == []
    assert checkpoint.tree_size < verification.checkpoint["tree_size"]


def test_who_is_gone_takes_the_salt_along(world, bob):
    erasing.erase_person(world.ctx, world.acme.customers.realm, bob.pk)
    theirs = [event for event in record.events(world.acme.customers.realm) if event.actor_id == bob.pk]
    assert theirs
    for event in theirs:
        assert bytes(event.salt) == b""
        kept = set(event.redaction["salts"])
        assert all(path.startswith("targets.") for path in kept)
        assert (event.actor_display_name, event.client_ip, event.client_user_agent) == ("", "", "")


def test_somebody_else_who_did_it_stays_named(world, bob):
    erasing.erase_person(world.ctx, world.acme.customers.realm, bob.pk)
    made = record.events(world.acme.customers.realm, EventType.IDENTITY_CHANGE)
    (created,) = [e for e in made if e.data.get("action") == "CREATE" and e.targets[0]["id"] == bob.pk]
    assert created.targets[0]["display_name"] == ""
    assert created.data["personal"] == {}
    assert created.actor_display_name == world.ctx.actor.display_name
    line = sealed.exported(created, 1)
    assert len(line["disclosures"]) == 4  # who did it, and from where


def test_it_is_told_and_done_again_finds_what_came_since(world, bob):
    realm = world.acme.customers.realm
    first = erasing.erase_person(world.ctx, realm, bob.pk)
    told = record.last(realm, EventType.IDENTITY_CHANGE)
    assert (told.data["action"], told.data["count"]) == ("ERASE_EVENTS", first)
    assert told.targets == [{"type": "identity", "id": bob.pk, "display_name": ""}]
    assert erasing.erase_person(world.ctx, realm, bob.pk) in (0, 1)
    other = world.evil.customers
    assert "Evil Bob" in json.dumps([event_json(event) for event in record.events(other.realm)])


def test_the_command_erases_who_was_deleted_long_ago(world, bob, capsys):
    realm = world.acme.customers.realm
    call_command("erase_person", realm=realm.pk, identity=bob.pk)
    assert "events" in capsys.readouterr().out
    sealing.run()
    assert not any(told in faces(realm) for told in _TOLD)


@pytest.mark.parametrize(
    "change",
    [{"data": {"personal": {}, "count": 7}}, {"targets": []}, {"redaction": None},
     {"targets": [{"type": "identity", "id": "somebody else", "display_name": ""}]}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_the_way_that_blanks_changes_nothing_else(world, change):
    event = record.last(world.acme.customers.realm, EventType.IDENTITY_CHANGE)
    left = {"targets": event.targets, "data": event.data, "redaction": {"digests": {}, "salts": {}}, **change}
    with pytest.raises(DatabaseError), transaction.atomic():
        permitted.blank(event, permitted.Left(True, True, **left))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles")
class TestARoleOfItsOwn:
    """The role that the product connects as, with the grants of docs/events.md."""

    @pytest.fixture
    def role(self, world):
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE only_app NOLOGIN")
            cursor.execute("GRANT SELECT, INSERT ON events_event, events_eventtarget, events_seal TO only_app")
            cursor.execute("GRANT SELECT, INSERT ON events_checkpoint, events_checkpointkey TO only_app")
            cursor.execute("GRANT SELECT, INSERT, UPDATE ON events_log, events_tile, events_position TO only_app")
            cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO only_app")
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(WAYS_OUT)} TO only_app")
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_app")
            cursor.execute("GRANT only_app TO CURRENT_USER")
            cursor.execute("SET LOCAL ROLE only_app")
        yield
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")

    def test_it_can_do_all_that_the_product_does(self, world, role):
        realm = world.acme.customers.realm
        write(world.ctx, EventType.TOKEN_REQUEST, realm)
        assert sealing.up_to_now(realm.pk)
        assert erasing.erase_person(world.ctx, realm, world.acme.customers.bob.pk)
        assert permitted.purge(realm.pk, max(Event.objects.values_list("id", flat=True)))
        assert retention.keep_ahead(world.ctx) == 0

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE events_event SET outcome = outcome", "DELETE FROM events_event", "TRUNCATE events_event",
         "DROP TABLE events_event", "ALTER TABLE events_event DISABLE TRIGGER ALL", "DELETE FROM events_checkpoint",
         "UPDATE events_checkpoint SET tree_size = 1", "DELETE FROM events_tile", "UPDATE events_seal SET sequence = 1",
         "SET LOCAL identity_cloud.permits = 'purge'; DELETE FROM events_event",
         "SET LOCAL identity_cloud.permits = 'blank'; UPDATE events_event SET data = '{}'",
         "SET LOCAL session_replication_role = replica"],
    )  # fmt: skip
    def test_it_cannot_touch_the_record(self, world, role, statement):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
