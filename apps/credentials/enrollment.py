"""How far a person is with their first passkey: told from passkeys and jobs when it is asked, so it is never stale."""

from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.utils import timezone

from apps.core.errors import NotFound
from apps.credentials.models import OPEN_STATES, Credential, CredentialBindingJob, CredentialState, JobState
from apps.directory import selectors as directory
from apps.directory.contract import identity_json
from apps.directory.models import Identity
from apps.realms.models import Realm


class Enrollment(StrEnum):
    """contract/wire.md §1.4 "Newer"."""

    ENROLLED = "ENROLLED"
    PENDING = "PENDING"
    INVITE_FAILED = "INVITE_FAILED"
    UNENROLLED = "UNENROLLED"


def enrolled(rows: "QuerySet[Identity]") -> "QuerySet[Identity]":
    """Each with its `enrollment_status`, in the same statement: a passkey that works; else an invitation that is open; else,
    when the mail of the last one was given up, that; else nothing. Each is one step down an index."""
    passkeys = Credential.objects.filter(identity=OuterRef("pk"), state=CredentialState.ACTIVE)
    jobs = CredentialBindingJob.objects.filter(identity=OuterRef("pk"))
    still_open = jobs.filter(state__in=OPEN_STATES, expires_at__gt=timezone.now())
    last = Subquery(jobs.order_by("-pk").values("state")[:1])
    status = Case(
        When(Exists(passkeys), then=Value(Enrollment.ENROLLED.value)),
        When(Exists(still_open), then=Value(Enrollment.PENDING.value)),
        When(_last_state=JobState.FAILED_TO_SEND, then=Value(Enrollment.INVITE_FAILED.value)),
        default=Value(Enrollment.UNENROLLED.value),
        output_field=CharField(),
    )
    return rows.alias(_last_state=last).annotate(enrollment_status=status)


def get_identity(realm: Realm, identity_id: str) -> Any:
    """As the directory's, with its `enrollment_status`. Raises NotFound."""
    rows = enrolled(directory.identities_in(realm)).select_related("realm__tenant")
    identity = rows.filter(pk=identity_id).first()
    if identity is None:
        raise NotFound("Identity", identity_id)
    return identity


def enrolled_json(identity: Any) -> dict[str, Any]:
    """The bare Identity of the contract; `identity` is one of `enrolled`."""
    return {**identity_json(identity), "enrollment_status": identity.enrollment_status}


def newcomer_json(identity: Identity) -> dict[str, Any]:
    """The same of one that was made this very moment."""
    return {**identity_json(identity), "enrollment_status": Enrollment.UNENROLLED.value}
