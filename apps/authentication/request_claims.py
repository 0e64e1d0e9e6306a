"""What the `request` JWT says to an authenticator (contract/wire.md §3.3): all of it, or where to fetch it."""

import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from apps.applications.models import Application
from apps.authentication.models import LoginFlow
from apps.core import secrets
from apps.core.context import Context
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.issuer import endpoints_of, issuer_of

# A device's clock may be an hour off and a little more, as the reference allows; how long a sign-in is open is the flow's.
CLOCK_SECONDS = 4200
POLICY_VERSION = "v3"
_PURPOSE = "login_flow.request"


def common(ctx: Context, application: Application) -> dict[str, Any]:
    now = int(ctx.now.timestamp())
    return {
        "iss": issuer_of(application),
        "sub": application.client_id,
        "aud": [application.client_id],
        "iat": now,
        "nbf": now - CLOCK_SECONDS,
        "exp": now + CLOCK_SECONDS,
        "jti": secrets.new_token(16),
        "verb": "authenticate",
    }


def full(ctx: Context, flow: LoginFlow, asked: AuthorizationRequest) -> dict[str, Any]:
    return {
        **common(ctx, flow.application),
        "cid": flow.correlation_id,
        "origin": {"ip": ctx.client.ip, "ua": ctx.client.user_agent[:256], "geo": ctx.client.country, "ref": ""},
        "indirect_uri": _indirect_uri(flow),
        "transaction_id": str(flow.pk),
        "authn": _authn(flow, asked),
    }


def reference(ctx: Context, flow: LoginFlow) -> dict[str, Any]:
    """The token is for reading this one request: sealed, so it says nothing, and good as long as the flow is open."""
    application = flow.application
    named = json.dumps([application.tenant_id, application.realm_id, str(application.pk), str(flow.pk)])
    return {
        **common(ctx, application),
        "token": secrets.base64url(secrets.seal(named.encode(), _PURPOSE)),
        "introspect_uri": f"{endpoints_of(application).authenticate}:introspect",
        "correlation_id": flow.correlation_id,
    }


def named_by(token: object) -> tuple[str, str, str, str]:
    """(tenant, realm, application, flow) that a reference's token stands for. Raises ValueError for one that is not ours."""
    if not isinstance(token, str) or len(token) > 1024:
        raise ValueError("not a token")
    tenant_id, realm_id, application_id, flow_id = json.loads(secrets.unseal(secrets.from_base64url(token), _PURPOSE))
    return tenant_id, realm_id, application_id, flow_id


def _indirect_uri(flow: LoginFlow) -> str:
    """The reference's SDK takes no request that has none, and never goes there."""
    realm = f"/v1/tenants/{flow.tenant_id}/realms/{flow.realm_id}"
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}{realm}/transactions/{flow.pk}/indirect"


def _authn(flow: LoginFlow, asked: AuthorizationRequest) -> dict[str, Any]:
    application = flow.application
    config = application.authenticator_config
    return {
        "base_url": issuer_of(application).partition("/v1/")[0],
        "tid": flow.tenant_id,
        "rid": flow.realm_id,
        "aid": str(application.pk),
        "redirect_uri": _with_issuer(application, asked.redirect_uri),
        "mode": "grant",
        **({"state": asked.state} if asked.state else {}),
        **({"login_hint": asked.login_hint} if asked.login_hint else {}),
        "application": {"display_name": application.display_name},
        "authenticator_config": {
            "id": str(config.pk) if config else "",
            "tenant_id": flow.tenant_id,
            "realm_id": flow.realm_id,
            "display_name": config.display_name if config else "",
            "config": config.config if config else {},
        },
        "action": {
            "prove": {"transaction_id": str(flow.pk), "nonce": flow.nonce, "bi_pol_ver": POLICY_VERSION},
        },
    }


def _with_issuer(application: Application, redirect_uri: str) -> str:
    """The reference's SDK puts code and state beside what is in the query already, so the answer says who gives it
    (RFC 9207 §2, contract/extensions.md §10)."""
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode({'iss': issuer_of(application)})}"
