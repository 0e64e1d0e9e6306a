from django.db import models

from apps.core.rows import RealmRow, ShortIdField

QUERY_LENGTH = 8000
NAME_LENGTH = 64


class SavedView(RealmRow):
    """A search of a realm's events that an administrator keeps under a name: `query` as it stands in the page's address.
    `owner` is of the tenant's admin realm, and it goes with them; shared, every administrator of the realm sees it."""

    id = ShortIdField()
    owner = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.CharField(max_length=QUERY_LENGTH, blank=True)
    is_shared = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "owner", "name"], name="view_name_of_owner")]
        indexes = [models.Index(fields=["realm", "is_shared", "name"], name="saved_view_shared")]

    def __str__(self) -> str:
        return self.name


class ExportState(models.TextChoices):
    """Asked for, being read, and how it ended."""

    READY = "READY"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    BROKEN = "BROKEN"


class EventExport(RealmRow):
    """A file of events on its way to the administrator who asked for it, and how far it is: `written` events, `size` in
    bytes. `total` is how many there may be, `is_estimated` when nobody counted them. The file itself is nowhere here."""

    id = ShortIdField()
    owner = models.ForeignKey("directory.Identity", on_delete=models.CASCADE, related_name="+")
    format = models.CharField(max_length=8)
    query = models.CharField(max_length=QUERY_LENGTH, blank=True)
    state = models.CharField(max_length=9, choices=ExportState.choices, default=ExportState.READY)
    total = models.PositiveBigIntegerField(default=0)
    is_estimated = models.BooleanField(default=False)
    written = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["realm", "owner", "created_at"], name="event_export_owner")]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"
