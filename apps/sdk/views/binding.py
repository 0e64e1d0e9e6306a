"""What an authenticator does with an opened link: ask what it is to bind, then bind (contract/wire.md §3.2)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static

from apps.authentication import arriving_devices
from apps.core.errors import Conflict
from apps.credentials.contract import credential_json
from apps.credentials.selectors import LinkUsed
from apps.credentials.services import jobs, passkeys
from apps.credentials.services.passkeys import BindProof
from apps.directory.traits import TYPE
from apps.realms import logos
from apps.realms.selectors import theme_of
from apps.sdk import bodies, cors, errors, links
from apps.web import bearer, cookies, limits
from apps.web.context import context_of, subscriber_of


@cors.readable_by_app(cors.of_job, "POST", headers=cors.WITH_TOKEN)
@errors.endpoint("POST")
def get_info(request: HttpRequest, **path: str) -> HttpResponse:
    limits.spend(limits.LINKS, subscriber_of(request))
    ctx = context_of(request)
    job = links.job_at(ctx, bearer.token_of(request), **path)
    jobs.deliver_job(ctx, job)
    return JsonResponse(_info(job))


@cors.readable_by_app(cors.of_job, "POST", headers=cors.WITH_TOKEN)
@errors.endpoint("POST")
def bind(request: HttpRequest, **path: str) -> HttpResponse:
    """The bare Credential. 409 for the second of two; 403 for a refused proof, or with the policy's message."""
    limits.spend(limits.PROOFS, subscriber_of(request))
    ctx = context_of(request)
    token = bearer.token_of(request)
    try:
        job = links.job_at(ctx, token, **path)
    except LinkUsed as refusal:
        raise Conflict(refusal.message) from None
    arriving_devices.require_same_browser(job, cookies.read(request, cookies.arrival_cookie()))
    proof = _proof(request)
    return JsonResponse(credential_json(passkeys.bind_passkey(ctx, job, token, proof)))


def _proof(request: HttpRequest) -> BindProof:
    body = bodies.read(request)
    proof = BindProof(type=body.text("type"), raw=body.text("raw"), signals=body.signals())
    body.check()
    return proof


def _info(job: Any) -> dict[str, Any]:
    identity, config = job.identity, job.authenticator_config
    traits = {"username": identity.username, "primary_email_address": identity.primary_email_address}
    redirect = job.post_binding_redirect_uri
    return {
        "tenant": {"display_name": job.realm.tenant.display_name},
        "realm": {"display_name": job.realm.display_name},
        "identity": {"display_name": identity.display_name, "traits": {"type": TYPE, **traits}},
        "theme": _theme(job.realm),
        "authenticator_config": {
            "id": str(config.pk),
            "tenant_id": config.tenant_id,
            "realm_id": config.realm_id,
            "display_name": config.display_name,
            "config": config.config,
        },
        **({"post_binding_redirect_uri": redirect} if redirect else {}),
    }


def _theme(realm: Any) -> dict[str, str]:
    """All three URLs must be there and absolute: SDKs refuse the answer otherwise (contract/wire.md §3.2)."""
    theme = theme_of(realm)
    mark = f"{settings.IDENTITY_CLOUD_AUTH_URL}{static('brand/mark.svg')}"
    light, dark = logos.address_of(theme.logo_url_light), logos.address_of(theme.logo_url_dark)
    return {
        "logo_url_light": light or mark,
        "logo_url_dark": dark or light or mark,
        "support_url": theme.support_url or settings.IDENTITY_CLOUD_AUTH_URL,
    }
