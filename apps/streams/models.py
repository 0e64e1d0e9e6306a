from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


class StreamType(models.TextChoices):
    SPLUNK_HEC = "splunk_hec"
    DATADOG = "datadog"
    ELASTIC = "elastic"
    OTLP = "otlp"
    WEBHOOK = "webhook"
    SYSLOG = "syslog"


class EventStream(RealmRow):
    """Events of a realm on their way to one target (contract/extensions.md §7).

    `settings` is checked by the type's kind; `sealed_secrets` is its JSON object of secrets, whose names alone are told.
    Everything up to `position` has been put into batches; `lease_*` says who sends them just now. `failures` are those in
    a row, `failing_since` the first of them.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    display_name = models.CharField(max_length=64)
    type = models.CharField(max_length=16, choices=StreamType.choices)
    settings = models.JSONField()
    sealed_secrets = models.BinaryField()
    secret_names = models.JSONField(default=list)
    types = models.JSONField(default=list)
    outcomes = models.JSONField(default=list)
    alerts_only = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    position = models.BigIntegerField()
    lease_id = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    last_delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["realm", "id"], name="event_stream_realm"),
            models.Index(fields=["next_try_at"], condition=models.Q(enabled=True), name="event_stream_due"),
        ]

    def __str__(self) -> str:
        return self.display_name


class DeliveryState(models.TextChoices):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    DEAD = "DEAD"


OPEN = (DeliveryState.PENDING, DeliveryState.FAILED)


class Delivery(RealmRow):
    """One batch: the events from `first_position` to `last_position` that the stream chose when it was made.

    Its id is the same at every try. FAILED is tried again; DEAD only when somebody asks for it.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    stream = models.ForeignKey(EventStream, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    first_event_id = models.UUIDField()
    last_event_id = models.UUIDField()
    event_count = models.PositiveIntegerField()
    types = models.JSONField(default=list)
    outcomes = models.JSONField(default=list)
    alerts_only = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    first_tried_at = models.DateTimeField(null=True)
    last_tried_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "stream", "first_position"], name="delivery_once")]
        indexes = [
            models.Index(fields=["stream", "id"], name="delivery_stream"),
            models.Index(
                fields=["stream", "first_position"],
                condition=models.Q(state__in=["PENDING", "FAILED"]),
                name="delivery_open",
            ),
            models.Index(fields=["stream", "state", "id"], name="delivery_state"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.event_count}"
