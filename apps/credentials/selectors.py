"""Reading passkeys and binding jobs of a realm."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.core import secrets
from apps.core.errors import Gone, NotFound, Unauthenticated
from apps.core.unions import answers, question, select
from apps.credentials.models import (
    OPEN_STATES,
    BatchCredentialBindingJob,
    BatchResult,
    Credential,
    CredentialBindingJob,
    CredentialState,
    JobState,
    Method,
    ResultState,
)
from apps.directory.models import Identity
from apps.realms.models import Realm


class LinkUnknown(Unauthenticated):
    """The token does not fit the job: tampered, or never ours."""

    code = "link_unknown"


class LinkExpired(Gone):
    code = "link_expired"


class LinkUsed(Gone):
    code = "link_used"


class LinkRevoked(Gone):
    code = "link_revoked"


def credentials_in(realm: Realm) -> "QuerySet[Credential]":
    return Credential.objects.filter(realm=realm)


def credentials_of(identity: Identity) -> "QuerySet[Credential]":
    return Credential.objects.filter(realm_id=identity.realm_id, identity=identity)


def active_counts(realm: Realm, identity_ids: Iterable[str]) -> dict[str, int]:
    """Identity id → passkeys that work; who has none is not in it. One query for a page of a list."""
    rows = credentials_in(realm).filter(identity_id__in=list(identity_ids), state=CredentialState.ACTIVE)
    return dict(rows.values_list("identity_id").annotate(Count("id")))


def has_active(realm: Realm) -> bool:
    """Whether anybody of the realm has a passkey that works."""
    return credentials_in(realm).filter(state=CredentialState.ACTIVE).exists()


KINDS_COUNTED = 10_000


def active_credentials_in(realm: Realm) -> "QuerySet[Credential]":
    return credentials_in(realm).filter(state=CredentialState.ACTIVE)


def active_kinds(realm: Realm) -> dict[str, int]:
    """Binding → passkeys that work, of the newest KINDS_COUNTED: a realm may hold millions."""
    newest = question(active_credentials_in(realm).order_by("-id").values("binding")[:KINDS_COUNTED])
    return dict(answers(select("binding, count(*)", newest, "GROUP BY binding")))


_METHODS_OF_KIND = {"webauthn_passkey": (Method.WEBAUTHN,), "software_passkey": (Method.X509, Method.JWT)}


def people_without(realm: Realm, kind: str) -> int:
    """How many have passkeys that work and none of this kind (an `authentication_methods` type)."""
    of_kind = Count("pk", filter=Q(method__in=_METHODS_OF_KIND.get(kind, ())))
    rows = credentials_in(realm).filter(state=CredentialState.ACTIVE).values("identity_id")
    return rows.annotate(of_kind=of_kind).filter(of_kind=0).count()


def active_credentials_of(identity: Identity) -> "QuerySet[Credential]":
    return credentials_of(identity).filter(state=CredentialState.ACTIVE).order_by("id")


def get_credential(realm: Realm, credential_id: str, identity: Identity | None = None) -> Credential:
    rows = credentials_in(realm).select_related("identity", "realm").filter(pk=credential_id)
    credential = (rows if identity is None else rows.filter(identity=identity)).first()
    if credential is None:
        raise NotFound("Credential", credential_id)
    return credential


def credential_by_webauthn_id(webauthn_id: str) -> Credential | None:
    """Over all realms: they share one RP ID, and a passkey of another must be told from one that nobody knows."""
    if not webauthn_id or "\x00" in webauthn_id:
        return None
    return Credential.objects.select_related("identity", "realm").filter(webauthn_id=webauthn_id).first()


def credential_by_thumbprint(realm: Realm, jwk_thumbprint: str) -> Credential | None:
    """By the key itself (RFC 7638), which is in a realm once."""
    if not jwk_thumbprint:
        return None
    found = Credential.objects.select_related("identity", "realm").filter(realm=realm, jwk_thumbprint=jwk_thumbprint)
    return found.first()


def webauthn_ids_under(user_handle: str) -> list[str]:
    """Of every working passkey that browsers keep under this handle at our RP ID, whichever realm it is of."""
    rows = Credential.objects.filter(user_handle=user_handle, state=CredentialState.ACTIVE).exclude(webauthn_id="")
    return list(rows.order_by("id").values_list("webauthn_id", flat=True)) if user_handle else []


def jobs_in(realm: Realm) -> "QuerySet[CredentialBindingJob]":
    return CredentialBindingJob.objects.filter(realm=realm)


def jobs_of(identity: Identity) -> "QuerySet[CredentialBindingJob]":
    return CredentialBindingJob.objects.filter(realm_id=identity.realm_id, identity=identity)


def get_job(realm: Realm, job_id: str, identity: Identity | None = None) -> CredentialBindingJob:
    rows = jobs_in(realm).select_related("identity", "realm__tenant", "authenticator_config").filter(pk=job_id)
    job = (rows if identity is None else rows.filter(identity=identity)).first()
    if job is None:
        raise NotFound("CredentialBindingJob", job_id)
    return job


def trusted_origins_of_job(tenant_id: str, realm_id: str, identity_id: str, job_id: str) -> list[str]:
    """Of its authenticator config; none for a job that is none. Says nothing of whether it is open."""
    if "\x00" in f"{tenant_id}{realm_id}{identity_id}{job_id}":
        return []
    rows = CredentialBindingJob.objects.filter(
        pk=job_id, identity_id=identity_id, realm_id=realm_id, tenant_id=tenant_id
    ).exclude(authenticator_config=None)
    config = rows.values_list("authenticator_config__config", flat=True).first()
    return config.get("trusted_origins", []) if config else []


def batches_in(realm: Realm) -> "QuerySet[BatchCredentialBindingJob]":
    """Each with how far it is: `total`, `succeeded`, `failed`."""
    counted = {
        "total": _count_of_results(),
        "succeeded": _count_of_results(state=ResultState.SUCCEEDED),
        "failed": _count_of_results(state=ResultState.FAILED),
    }
    return BatchCredentialBindingJob.objects.filter(realm=realm).annotate(**counted)


def _count_of_results(**which: str) -> Coalesce:
    """By subquery: the page of a list is one statement, whatever it shows of each."""
    rows = BatchResult.objects.filter(batch=OuterRef("pk"), **which).order_by().values("batch")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def get_batch(realm: Realm, batch_id: str) -> BatchCredentialBindingJob:
    batch = batches_in(realm).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("BatchCredentialBindingJob", batch_id)
    return batch


def results_of(batch: BatchCredentialBindingJob) -> "QuerySet[BatchResult]":
    return BatchResult.objects.filter(realm_id=batch.realm_id, batch=batch).select_related("job")


def link_of(result: BatchResult) -> str:
    """In clear, while its job is open; "" otherwise, and for one that was mailed."""
    if result.job is None or not result.sealed_link or state_of(result.job) not in OPEN_STATES:
        return ""
    return secrets.unseal(result.sealed_link, link_purpose(result)).decode()


def link_purpose(result: BatchResult) -> str:
    return f"batch_result.link:{result.pk}"


def state_of(job: CredentialBindingJob) -> str:
    """Today's state: an open job past its time is EXPIRED, whatever the row says."""
    if job.state in OPEN_STATES and job.expires_at <= timezone.now():
        return JobState.EXPIRED
    return job.state


def is_open(job: CredentialBindingJob) -> bool:
    """Its link still makes a passkey."""
    return state_of(job) in OPEN_STATES


def job_for_link(realm: Realm, identity_id: str, job_id: str, token: str) -> CredentialBindingJob:
    """The job a link opens, still open. Raises LinkUnknown, LinkExpired, LinkUsed, LinkRevoked."""
    job = _job_with_token(realm, identity_id, job_id, token)
    match state_of(job):
        case JobState.COMPLETE:
            raise LinkUsed("this link was used before")
        case JobState.REVOKED | JobState.FAILED_TO_SEND:
            raise LinkRevoked("this link was withdrawn")
        case JobState.EXPIRED:
            raise LinkExpired("this link is too old")
    return job


def _job_with_token(realm: Realm, identity_id: str, job_id: str, token: str) -> CredentialBindingJob:
    try:
        job = get_job(realm, job_id)
    except NotFound:
        raise LinkUnknown("this link is not complete") from None
    if job.identity_id != identity_id or not secrets.matches(token, job.token_digest):
        raise LinkUnknown("this link is not complete")
    return job
