from django.db import models

from apps.core import ids
from apps.core.rows import RealmRow

RULE = "policy_rule"  # what a rule is called where events and mails are about one


class PolicyVersion(RealmRow):
    """A published version of a realm's rules; the highest one is in force. Never changed."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    version = models.PositiveIntegerField()
    rules = models.JSONField()
    comment = models.CharField(max_length=300, blank=True)
    published_by = models.CharField(max_length=64, blank=True)
    published_by_name = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "version"], name="policy_version_in_realm")]

    def __str__(self) -> str:
        return f"version {self.version}"


class PolicyDraft(RealmRow):
    """The rules being worked on; no row while nobody has edited since the last publish."""

    base_version = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1)
    rules = models.JSONField()
    updated_by = models.CharField(max_length=64, blank=True)
    updated_by_name = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm"], name="one_policy_draft_per_realm")]

    def __str__(self) -> str:
        return f"draft on version {self.base_version}"


class PolicyTests(RealmRow):
    """What the rules are expected to say (expectations.py); no row while nobody expects anything."""

    tests = models.JSONField(default=list)
    updated_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm"], name="one_set_of_policy_tests_per_realm")]

    def __str__(self) -> str:
        return f"{len(self.tests)} tests"


class PolicyNotice(RealmRow):
    """When it was last told that a rule matched, by mail or alert: `updated_at`. Keeps people from one of each a sign-in."""

    rule_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["realm", "rule_id"], name="one_notice_per_policy_rule")]

    def __str__(self) -> str:
        return self.rule_id
