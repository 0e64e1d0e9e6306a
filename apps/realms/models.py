from django.db import models
from django.db.models.functions import Lower

from apps.core import ids
from apps.core.rows import RealmRow, ShortIdField, TimedRow
from apps.events import retention


class Classification(models.TextChoices):
    ADMIN = "ADMIN"
    SECURE_CUSTOMER = "SECURE_CUSTOMER"
    SECURE_WORKFORCE = "SECURE_WORKFORCE"


class Realm(TimedRow):
    id = ShortIdField()
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    display_name = models.CharField(max_length=64)
    classification = models.CharField(max_length=24, choices=Classification.choices)
    event_retention_days = models.PositiveSmallIntegerField(default=retention.DEFAULT_DAYS)

    class Meta:
        constraints = [
            models.UniqueConstraint("tenant", Lower("display_name"), name="realm_name_in_tenant"),
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(classification="ADMIN"), name="one_admin_realm_per_tenant"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_admin(self) -> bool:
        return self.classification == Classification.ADMIN

    @property
    def path(self) -> str:
        """The contract's path of a realm, without leading slash: tenants/T/realms/R"""
        return f"tenants/{self.tenant_id}/realms/{self.pk}"


LOOK = (
    "email_realm_name", "logo_url_light", "logo_url_dark", "support_url", "button_color", "button_text_color",
)  # fmt: skip


class LookRow(RealmRow):
    """What a look is made of: LOOK. A logo is the https URL of a picture, or the path of one kept here (logos.py)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    email_realm_name = models.CharField(max_length=64)
    logo_url_light = models.CharField(max_length=2048, blank=True)
    logo_url_dark = models.CharField(max_length=2048, blank=True)
    support_url = models.CharField(max_length=2048, blank=True)
    button_color = models.CharField(max_length=7, default="#4450C8")
    button_text_color = models.CharField(max_length=7, default="#FFFFFF")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.email_realm_name


class Theme(LookRow):
    """How the realm's hosted pages and mails look (contract/wire.md §1.9). No row: the defaults above."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm"], name="one_theme_per_realm")]


class ThemeDraft(LookRow):
    """A look that is being worked on, which administrators alone see. `based_on` is the version of the look that was live
    when it began (selectors.version_of); when that is live no more, somebody changed it past the draft."""

    based_on = models.DateTimeField()
    updated_by_name = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm"], name="one_theme_draft_per_realm")]


class Logo(RealmRow):
    """An uploaded picture as pictures.py wrote it anew, under the SHA-256 of its bytes, in hex. Never changed: what is kept
    of it elsewhere stays true. `used_at`: when a theme last took it."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=16)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    content = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "digest"], name="one_logo_of_a_content_in_realm")]

    def __str__(self) -> str:
        return self.digest[:12]


class MailState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"


class OutgoingMail(RealmRow):
    """The outbox. The row is written with the operation that wants the mail; what sends it comes later and may die.

    `sealed_content` is the rendered message, encrypted because it holds a link or code that is stored nowhere else in
    clear; it is emptied when the mail has left or is given up. `about_*` says what it is for.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    kind = models.CharField(max_length=32)
    recipient = models.CharField(max_length=254)
    sealed_content = models.BinaryField()
    about_type = models.CharField(max_length=48)
    about_id = models.CharField(max_length=64)
    correlation_id = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(state="waiting"), name="mail_waiting"),
            models.Index(fields=["about_type", "about_id"], name="mail_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class EmailTemplate(RealmRow):
    """How the realm words one kind of mail, in the language of mail_language.py. No row: the wording of mail_kinds.py."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=200)
    body_html = models.TextField()
    body_text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "kind"], name="one_email_template_per_kind")]

    def __str__(self) -> str:
        return self.kind
