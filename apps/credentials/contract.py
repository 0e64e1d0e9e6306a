"""Passkeys and binding jobs as the contract writes them (contract/wire.md §1.5, §1.6; extensions.md §5).

The management API and the SDK's endpoints answer with the same objects, so their shape stands here, below both. Pure.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.core.errors import Invalid, Violation, all_or_invalid, told
from apps.core.times import rfc3339
from apps.credentials import selectors
from apps.credentials.models import (
    BatchCredentialBindingJob,
    BatchResult,
    Credential,
    CredentialBindingJob,
    ResultState,
)


def credential_json(credential: Credential) -> dict[str, Any]:
    """The bare Credential. `jwk_json` is a string that holds JSON, `jwk_thumbprint` base64url with its padding (contract/
    wire.md §1.5); the times of what never happened are null."""
    return {
        "id": credential.pk,
        "identity_id": credential.identity_id,
        "realm_id": credential.realm_id,
        "tenant_id": credential.tenant_id,
        "state": credential.state,
        "csr_type": credential.method.upper(),
        "jwk_json": json.dumps(credential.jwk, separators=(",", ":"), sort_keys=True),
        "jwk_thumbprint": f"{credential.jwk_thumbprint}=",
        "display_name": credential.display_name,
        "binding": credential.binding,
        "aaguid": credential.aaguid,
        "provider_name": credential.provider_name,
        "backup_eligible": credential.backup_eligible,
        "backed_up": credential.backed_up,
        "user_verified_at_bind": credential.user_verified_at_bind,
        "last_used_time": rfc3339(credential.last_used_at),
        "last_used_ip": credential.last_used_ip,
        "create_time": rfc3339(credential.created_at),
        "update_time": rfc3339(credential.updated_at),
    }


def job_json(job: CredentialBindingJob) -> dict[str, Any]:
    """The bare CredentialBindingJob, in today's state; `credential_id` and the redirect only when there are such."""
    return {
        "id": job.pk,
        "identity_id": job.identity_id,
        "realm_id": job.realm_id,
        "tenant_id": job.tenant_id,
        "authenticator_config_id": str(job.authenticator_config_id or job.former_config_id),
        "delivery_method": job.delivery_method,
        "state": selectors.state_of(job),
        **({"credential_id": job.credential_id} if job.credential_id else {}),
        **({"post_binding_redirect_uri": job.post_binding_redirect_uri} if job.post_binding_redirect_uri else {}),
        "expire_time": rfc3339(job.expires_at),
        "create_time": rfc3339(job.created_at),
        "update_time": rfc3339(job.updated_at),
    }


@dataclass(frozen=True, slots=True)
class GivenJob:
    """What a request said of a binding job; the verb judges it."""

    delivery_method: str
    authenticator_config_id: str
    post_binding_redirect_uri: str
    expires_after: timedelta | None


_JOB_READ_ONLY = frozenset(
    "id identity_id realm_id tenant_id credential_id state expire_time create_time update_time".split()
)
_JOB_TEXTS = ("delivery_method", "authenticator_config_id", "post_binding_redirect_uri")
_LONGEST_SECONDS = 2_592_000


def parse_job(given: Mapping[str, Any], *, root: str = "job") -> GivenJob:
    """Shape and presence only. Raises Invalid with every violation."""
    violations = [
        Violation(f"{root}.{name}", "unknown field")
        for name in given
        if name not in _JOB_READ_ONLY and name not in (*_JOB_TEXTS, "expires_after")
    ]
    for name in _JOB_TEXTS:
        if not isinstance(given.get(name, ""), str):
            violations.append(Violation(f"{root}.{name}", "not a string"))
        elif not given.get(name) and name != "post_binding_redirect_uri":
            violations.append(Violation(f"{root}.{name}", "empty string" if name in given else "missing"))
    seconds = given.get("expires_after")
    if seconds is not None and (type(seconds) is not int or not 0 <= seconds <= _LONGEST_SECONDS):
        violations.append(Violation(f"{root}.expires_after", "must be 300 to 2592000 seconds"))
    if violations:
        raise Invalid(violations)
    return GivenJob(
        delivery_method=given["delivery_method"],
        authenticator_config_id=given["authenticator_config_id"],
        post_binding_redirect_uri=given.get("post_binding_redirect_uri", ""),
        expires_after=None if seconds is None else timedelta(seconds=seconds),
    )


def batch_json(batch: BatchCredentialBindingJob) -> dict[str, Any]:
    """The bare batch and how far it is, as `selectors.batches_in` counts it. Shape of our own: docs/api.md."""
    redirect = batch.post_binding_redirect_uri
    counts = {name: getattr(batch, name) for name in ("total", "succeeded", "failed")}
    return {
        "id": batch.pk,
        "realm_id": batch.realm_id,
        "tenant_id": batch.tenant_id,
        "authenticator_config_id": str(batch.authenticator_config_id or batch.former_config_id),
        "delivery_method": batch.delivery_method,
        "state": batch.state,
        **({"post_binding_redirect_uri": redirect} if redirect else {}),
        "expires_after": batch.expires_after_seconds,
        "progress": {**counts, "pending": counts["total"] - counts["succeeded"] - counts["failed"]},
        **({"finish_time": rfc3339(batch.finished_at)} if batch.finished_at else {}),
        "create_time": rfc3339(batch.created_at),
        "update_time": rfc3339(batch.updated_at),
    }


def result_json(result: BatchResult, *, with_link: bool) -> dict[str, Any]:
    """What became of one identity. The link is a secret: only on request, and only while its job is open."""
    link = selectors.link_of(result) if with_link else ""
    failed = result.state == ResultState.FAILED
    return {
        "identity_id": result.wanted_id,
        "state": result.state,
        **({"credential_binding_job_id": result.job_id} if result.job_id else {}),
        **({"credential_binding_link": link} if link else {}),
        **({"error": {"code": result.code, "message": result.message}} if failed else {}),
    }


@dataclass(frozen=True, slots=True)
class GivenBatch:
    """What a request said of a batch: the job that each is to get, and who."""

    job: GivenJob
    identity_ids: tuple[str, ...]


_BATCH_LIMIT = 1000
_ID = re.compile(r"[0-9a-f]{16}")


def parse_batch(given: Mapping[str, Any], *, root: str = "job") -> GivenBatch:
    """Shape and presence only. Raises Invalid with every violation."""
    of_each = {name: value for name, value in given.items() if name not in ("identity_ids", "progress", "finish_time")}
    job, wanted = all_or_invalid(
        lambda: parse_job(of_each, root=root), lambda: _identity_ids(given, f"{root}.identity_ids")
    )
    return GivenBatch(job, wanted)


def _identity_ids(given: Mapping[str, Any], field: str) -> tuple[str, ...]:
    wanted = given.get("identity_ids")
    if not isinstance(wanted, list):
        raise Invalid(Violation(field, "not a list" if "identity_ids" in given else "missing"))
    if not wanted:
        raise Invalid(Violation(field, "empty array"))
    if len(wanted) > _BATCH_LIMIT:
        raise Invalid(Violation(field, told("array exceeds %(count)s elements", count=_BATCH_LIMIT)))
    wrong = [i for i, each in enumerate(wanted) if not isinstance(each, str) or not _ID.fullmatch(each)]
    if wrong:
        raise Invalid([Violation(f"{field}.{i}", "not an id") for i in wrong])
    return tuple(wanted)
