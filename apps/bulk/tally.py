"""What came of a slice."""

from dataclasses import dataclass, field

from apps.bulk.models import BulkFailure, BulkJob


@dataclass(slots=True)
class Tally:
    created: int = 0
    changed: int = 0
    skipped: int = 0
    changed_ids: list[str] = field(default_factory=list)
    failures: list[BulkFailure] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """One more that was `created`, `changed` or `skipped`."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def fail(self, job: BulkJob, code: str, message: str, **about: object) -> None:
        """`about`: the further columns of a BulkFailure."""
        whose = {"tenant_id": job.tenant_id, "realm_id": job.realm_id, "job_id": job.pk}
        self.failures.append(BulkFailure(code=code[:64], message=message[:300], **about, **whose))
