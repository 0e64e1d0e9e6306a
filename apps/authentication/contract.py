"""Sessions as our own API writes them (contract/extensions.md §4). Pure."""

from typing import Any

from apps.authentication.models import Session
from apps.core.times import rfc3339


def session_json(session: Session) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "identity_id": session.identity_id,
        "realm_id": session.realm_id,
        "tenant_id": session.tenant_id,
        **({"credential_id": session.credential_id} if session.credential_id else {}),
        "acr": session.acr,
        "amr": session.amr,
        "ip": session.client_ip,
        "user_agent": session.client_user_agent,
        "authenticated_time": rfc3339(session.authenticated_at),
        "last_seen_time": rfc3339(session.last_seen_at),
        "expire_time": rfc3339(session.expires_at),
        "create_time": rfc3339(session.created_at),
        "update_time": rfc3339(session.updated_at),
    }
