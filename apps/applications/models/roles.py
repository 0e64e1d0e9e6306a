from django.db import models

from apps.applications.models.of_realm import OfRealm
from apps.applications.models.resource_servers import ResourceServer
from apps.core.rows import RealmRow, ShortIdField


class Role(RealmRow):
    id = ShortIdField()
    resource_server = models.ForeignKey(ResourceServer, on_delete=models.PROTECT, related_name="roles")
    display_name = models.CharField(max_length=64)
    description = models.CharField(max_length=300, blank=True)
    scopes = models.JSONField(default=list)
    is_managed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["resource_server", "id"], name="role_resource_server")]

    def __str__(self) -> str:
        return self.display_name


class RoleMembership(OfRealm):
    """An identity or a group holds a role: exactly one of the two is set."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="memberships")
    identity = models.ForeignKey(
        "directory.Identity", null=True, on_delete=models.CASCADE, related_name="role_memberships"
    )
    group = models.ForeignKey("directory.Group", null=True, on_delete=models.CASCADE, related_name="role_memberships")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "identity"], name="role_identity_once"),
            models.UniqueConstraint(fields=["role", "group"], name="role_group_once"),
            models.CheckConstraint(
                condition=models.Q(identity__isnull=True) ^ models.Q(group__isnull=True),
                name="role_member_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identity_id or self.group_id} holds {self.role_id}"
