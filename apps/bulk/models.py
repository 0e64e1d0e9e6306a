from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow, ShortIdField


class BulkKind(models.TextChoices):
    IMPORT = "import"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    ADD_TO_GROUP = "group"
    TAKE_OUT_OF_GROUP = "ungroup"  # to undo what put them in
    SEND_LINKS = "links"
    DELETE = "delete"


class BulkState(models.TextChoices):
    """An import waits for its columns (DRAFT), is tried out (CHECKING, CHECKED) and done; an act begins RUNNING."""

    DRAFT = "DRAFT"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"


AT_WORK = (BulkState.CHECKING, BulkState.RUNNING)
OVER = (BulkState.DONE, BulkState.STOPPED)


class BulkJob(RealmRow):
    """Something done to many people of a realm (running.py). `actor_*` and `scopes` are of who asked, in whose name and by
    whose rights it is done; `asked_as` is the form's own id, so that a form sent twice is one job.

    `position` is the number of slices that are done and `after` the last id, of a job that walks a search; both move in the
    transaction of the slice. `next_attempt_at` is when a worker may take it up, as of a batch of binding jobs.
    """

    id = ShortIdField()
    kind = models.CharField(max_length=9, choices=BulkKind.choices)
    state = models.CharField(max_length=8, choices=BulkState.choices)
    asked_as = models.CharField(max_length=36)
    actor_id = models.CharField(max_length=64)
    actor_display_name = models.CharField(max_length=256, blank=True)
    scopes = models.JSONField(default=list)
    correlation_id = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    after = models.CharField(max_length=16, blank=True)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    stopped_because = models.CharField(max_length=32, blank=True)
    next_attempt_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "asked_as"], name="bulk_form_once")]
        indexes = [
            models.Index(fields=["realm", "id"], name="bulk_realm"),
            models.Index(fields=["next_attempt_at"], condition=models.Q(state__in=AT_WORK), name="bulk_waiting"),
            models.Index(fields=["updated_at"], name="bulk_age"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.state}"

    @property
    def done(self) -> int:
        return self.created + self.changed + self.skipped

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def is_over(self) -> bool:
        return self.state in OVER


class _OfJob(models.Model):
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    realm = models.ForeignKey("realms.Realm", on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class BulkSlice(_OfJob):
    """What is done in one transaction: of an import `[[line, [cell, …]], …]`, of an act on people their ids."""

    number = models.PositiveIntegerField()
    rows = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="slice_once_in_bulk_job")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.number}"


class BulkChange(_OfJob):
    """Whom a slice of an act changed, their ids: those whom undoing it is about."""

    number = models.PositiveIntegerField()
    ids = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="changes_once_of_bulk_slice")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.number}"


class BulkKey(_OfJob):
    """The compared form of a username that a file has had already, and in which line."""

    key = models.CharField(max_length=128)
    line = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="username_once_in_bulk_job")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.line}"


class BulkFailure(_OfJob):
    """Whom it was not done to and why. `line` 0: not of a file, and `subject` is an identity's id. `code` is a stable word,
    `field` the field of the person that it is about; `cells` the file's row."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    line = models.PositiveIntegerField(default=0)
    subject = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=32, blank=True)
    code = models.CharField(max_length=64)
    message = models.CharField(max_length=300)
    cells = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["job", "id"], name="bulk_failure_job")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.line} {self.code}"
