from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from apps.core.rows import RealmRow, ShortIdField


class IdentityStatus(models.TextChoices):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Identity(RealmRow):
    """A person in one realm's directory, and Django's user model. There is no password, here or anywhere.

    `username_key` and `email_key` are the compared forms (core.names.comparison_key); `search_key` is all a search looks
    at, name first, so that it also orders by name. `traits` holds the contract's further traits (contract/wire.md §1.4)
    that have no column of their own. `provisioned` is how a directory elsewhere speaks of the person (the kinds of their
    addresses, what it took back), which only SCIM shows.
    """

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: list[str] = []

    id = ShortIdField()
    display_name = models.CharField(max_length=64)
    username = models.CharField(max_length=64)
    username_key = models.CharField(max_length=128)
    primary_email_address = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    email_verified_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=256, blank=True)
    given_name = models.CharField(max_length=128, blank=True)
    family_name = models.CharField(max_length=128, blank=True)
    traits = models.JSONField(default=dict)
    provisioned = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    status = models.CharField(max_length=9, choices=IdentityStatus.choices, default=IdentityStatus.ACTIVE)
    last_authenticated_at = models.DateTimeField(null=True)
    search_key = models.CharField(max_length=540)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["realm", "username_key"], name="username_in_realm"),
            models.UniqueConstraint(
                fields=["realm", "external_id"], condition=~models.Q(external_id=""), name="external_id_in_realm"
            ),
        ]
        indexes = [
            models.Index(fields=["realm", "id"], name="identity_realm"),
            models.Index(fields=["realm", "email_key", "id"], name="identity_email"),
            models.Index(fields=["realm", "search_key"], name="identity_search"),
            models.Index(fields=["realm", "id"], condition=models.Q(status="suspended"), name="identity_suspended"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    is_anonymous = False
    is_authenticated = True

    @property
    def is_active(self) -> bool:
        return self.status == IdentityStatus.ACTIVE

    @property
    def path(self) -> str:
        """The contract's principal path: tenants/T/realms/R/identities/I"""
        return f"tenants/{self.tenant_id}/realms/{self.realm_id}/identities/{self.pk}"

    def get_username(self) -> str:
        return self.username

    def get_session_auth_hash(self) -> str:
        """Django asks users of its own sessions for this; ours end by row. Never empty: an empty one always matches."""
        return f"{settings.AUTH_USER_MODEL}:{self.pk}:{self.status}"


class Group(RealmRow):
    id = ShortIdField()
    display_name = models.CharField(max_length=64)
    description = models.CharField(max_length=300, blank=True)
    external_id = models.CharField(max_length=256, blank=True, default="")
    is_managed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["realm", "display_name"], name="group_name_in_realm"),
            models.UniqueConstraint(
                fields=["realm", "external_id"], condition=~models.Q(external_id=""), name="group_external_id_in_realm"
            ),
        ]
        indexes = [
            models.Index(fields=["realm", "id"], name="group_realm"),
            models.Index("realm", Lower("display_name"), "id", name="group_name"),
        ]

    def __str__(self) -> str:
        return self.display_name


class GroupMembership(models.Model):
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")
    realm = models.ForeignKey("realms.Realm", on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "identity"], name="member_once")]
        indexes = [models.Index(fields=["identity", "group"], name="membership_identity")]

    def __str__(self) -> str:
        return f"{self.identity_id} in {self.group_id}"


class PeopleCount(models.Model):
    """A realm has as many people as its rows add up to. The database writes one for every statement that adds or deletes
    people (PostgreSQL; migration 0005), so nobody waits for another's; `counting.add_up` makes one of many. No foreign key:
    a realm goes without them."""

    realm_id = models.CharField(max_length=16, db_index=True)
    change = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.change:+} in {self.realm_id}"
