"""The record, inserted into and read, never changed (triggers refuse the rest), and beside it the log that proves it."""

import secrets

from django.db import models

from apps.core import ids
from apps.events.types import CONFIGURATION

_SALT_BYTES = 16


def new_salt() -> bytes:
    return secrets.token_bytes(_SALT_BYTES)


class Event(models.Model):
    """`targets`: [{"type","id","display_name"}]. `data`: see contract/extensions.md §7; personal values only under
    `data.personal`. No foreign keys: what an event names may be gone.

    `salt` and `redaction`: see records. On PostgreSQL the table is partitioned by weeks of the id, and a column `txid` of
    the database's own says which transaction wrote the row (see unsealed)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    tenant_id = models.CharField(max_length=16)
    realm_id = models.CharField(max_length=16)
    type = models.CharField(max_length=48)
    version = models.PositiveSmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=64)
    outcome = models.CharField(max_length=64)
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_display_name = models.CharField(max_length=256, blank=True)
    targets = models.JSONField(default=list)
    client_ip = models.CharField(max_length=45, blank=True)
    client_user_agent = models.CharField(max_length=512, blank=True)
    client_country = models.CharField(max_length=2, blank=True)
    data = models.JSONField(default=dict)
    salt = models.BinaryField(default=new_salt)
    redaction = models.JSONField(null=True)

    class Meta:
        indexes = [
            # The id is time-ordered, so every list is a keyset walk down one of these. What stands behind the id is asked
            # on the way, of the index itself.
            models.Index(fields=["realm_id", "id"], name="events_realm"),
            models.Index(fields=["realm_id", "type", "id", "outcome"], name="events_realm_type"),
            models.Index(fields=["realm_id", "correlation_id", "id"], name="events_realm_flow"),
            models.Index(fields=["realm_id", "actor_id", "id", "type", "outcome"], name="events_realm_actor"),
            models.Index(fields=["realm_id", "outcome", "id", "type"], name="events_realm_outcome"),
            models.Index(fields=["realm_id", "client_ip", "id"], name="events_realm_ip"),
            models.Index(
                fields=["id"],
                condition=models.Q(type__in=[type.value for type in CONFIGURATION]),
                name="events_configuration",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.outcome}"


class EventTarget(models.Model):
    """One for each thing that an event names as its target, so that a thing's events are a keyset walk, too."""

    pk = models.CompositePrimaryKey("realm_id", "target_id", "event_id")
    realm_id = models.CharField(max_length=16)
    target_id = models.CharField(max_length=64)
    event_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.event_id} {self.target_id}"


class Seal(models.Model):
    """An event's place in its realm's log."""

    event_id = models.UUIDField(primary_key=True)
    realm_id = models.CharField(max_length=16)
    sequence = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["realm_id", "sequence"], name="events_seal_sequence")]

    def __str__(self) -> str:
        return f"{self.realm_id} {self.sequence}"


class Log(models.Model):
    """A realm's log: its size, and the frontier that the next leaf is added to. Whoever adds holds this row.

    `tree_size` and `root_hash` are the last checkpoint's, `signed_at` when it was made."""

    realm_id = models.CharField(primary_key=True, max_length=16)
    tenant_id = models.CharField(max_length=16)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)
    tree_size = models.BigIntegerField(default=0)
    root_hash = models.BinaryField(null=True)
    signed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.realm_id} {self.size}"


class Tile(models.Model):
    """Up to 256 hashes of one level of a realm's tree, next to each other: level 0 holds leaves, level 1 the roots of whole
    tiles of level 0, and so on. The last one of a level grows; whole ones never change. They outlive the events."""

    realm_id = models.CharField(max_length=16)
    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm_id", "level", "number"], name="one_tile_at_a_place")]

    def __str__(self) -> str:
        return f"{self.realm_id} {self.level}/{self.number}"


class Checkpoint(models.Model):
    """A signed size and root of a realm's log. They outlive the events."""

    realm_id = models.CharField(max_length=16)
    tenant_id = models.CharField(max_length=16)
    tree_size = models.BigIntegerField()
    root_hash = models.BinaryField()
    previous_tree_size = models.BigIntegerField()
    previous_root_hash = models.BinaryField(null=True)
    time = models.DateTimeField()
    kid = models.CharField(max_length=64)
    signature = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm_id", "tree_size"], name="one_checkpoint_of_a_size")]
        indexes = [models.Index(fields=["realm_id", "id"], name="events_checkpoint_realm")]

    def __str__(self) -> str:
        return f"{self.realm_id} {self.tree_size}"


class CheckpointKey(models.Model):
    """Ed25519, of one tenant. The newest signs; all are published for ever. The private half is sealed (see keys)."""

    kid = models.CharField(primary_key=True, max_length=64)
    tenant_id = models.CharField(max_length=16)
    public_key = models.BinaryField()
    sealed_private_key = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "created_at"], name="events_key_tenant")]

    def __str__(self) -> str:
        return self.kid


class Position(models.Model):
    """How far the sealer came; one row, held while it works. What the fields mean: see unsealed."""

    cluster = models.CharField(max_length=32, blank=True)
    done = models.TextField(blank=True)
    doing = models.TextField(blank=True)
    last_txid = models.BigIntegerField(default=0)
    last_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return self.done
