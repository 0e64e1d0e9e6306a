from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow


class LogoutNotice(RealmRow):
    """An outbox row: one application to be told that one person signed out (OpenID Connect Back-Channel Logout §2.5).

    Its logout token is made when it is sent. `lease_until` keeps two workers from sending it at once.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    application = models.ForeignKey("applications.Application", on_delete=models.CASCADE, related_name="+")
    session_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=255)
    correlation_id = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(delivered_at=None, failed_at=None),
                name="logout_notice_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
