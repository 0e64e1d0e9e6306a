"""Passkeys and binding jobs as the contract writes them (contract/wire.md §1.5, §1.6; extensions.md §5).

The management API and the SDK's endpoints answer with the same objects, so their shape stands here, below both. Pure.
"""

import json
from datetime import UTC, datetime
from typing import Any

from apps.credentials import selectors
from apps.credentials.models import Credential, CredentialBindingJob


def credential_json(credential: Credential) -> dict[str, Any]:
    """The bare Credential. `jwk_json` is a string that holds JSON; the times of what never happened are null."""
    return {
        "id": credential.pk,
        "identity_id": credential.identity_id,
        "realm_id": credential.realm_id,
        "tenant_id": credential.tenant_id,
        "state": credential.state,
        "csr_type": credential.method.upper(),
        "jwk_json": json.dumps(credential.jwk, separators=(",", ":"), sort_keys=True),
        "jwk_thumbprint": credential.jwk_thumbprint,
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
        "authenticator_config_id": str(job.authenticator_config_id),
        "delivery_method": job.delivery_method,
        "state": selectors.state_of(job),
        **({"credential_id": job.credential_id} if job.credential_id else {}),
        **({"post_binding_redirect_uri": job.post_binding_redirect_uri} if job.post_binding_redirect_uri else {}),
        "expire_time": rfc3339(job.expires_at),
        "create_time": rfc3339(job.created_at),
        "update_time": rfc3339(job.updated_at),
    }


def rfc3339(moment: datetime | None) -> str | None:
    """UTC with microseconds and a Z (contract/wire.md §1.1)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else None
