"""The page on which a person creates a passkey. The proof goes to the job's :bind, not here."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.authentication import arriving_devices
from apps.authentication.security_notices import my_page
from apps.authenticators.profile import profile_of
from apps.core.errors import NotFound
from apps.credentials.selectors import LinkUnknown
from apps.credentials.services import jobs
from apps.hosted import binding_data, collected, errors
from apps.realms import selectors as realms
from apps.web import cookies, limits, realm_pages
from apps.web.context import context_of, subscriber_of


@errors.page_view("GET", "HEAD")
def bind(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID) -> HttpResponse:
    """Consumes nothing: it may be loaded, fetched and reloaded until the passkey is made."""
    limits.spend(limits.LINKS, subscriber_of(request))
    token = request.GET.get("token", "")
    job = _job(request, tenant_id, realm_id, config_id, token)
    signals = collected.signals()
    context = {
        "person": job.identity,
        "tenant": job.realm.tenant,
        "redirect_uri": job.post_binding_redirect_uri,
        "my_page": my_page(job.identity) if job.reason == "recovery" else "",
        "signals": signals,
        "page_data": _page_data(job, token, signals),
    }
    return realm_pages.show(request, job.realm, "hosted/bind.html", context)


def _job(request: HttpRequest, tenant_id: str, realm_id: str, config_id: UUID, token: str) -> Any:
    """The open job of the query (contract/wire.md §3.1), if it is this authenticator's. `api_base_url` is never believed."""
    query = request.GET
    try:
        realm = realms.get_realm(tenant_id, realm_id)
    except NotFound:
        raise LinkUnknown("this link is not complete") from None
    job = jobs.read_link(
        context_of(request),
        realm,
        identity_id=query.get("identity_id", ""),
        job_id=query.get("job_id", ""),
        token=token,
    )
    arriving_devices.require_same_browser(job, cookies.read(request, cookies.arrival_cookie()))
    stated = (query.get("tenant_id"), query.get("realm_id"), job.authenticator_config_id)
    if stated != (tenant_id, realm_id, config_id) or not job.config.is_hosted:
        raise LinkUnknown("this link is not complete")
    return job


def _page_data(job: Any, token: str, signals: list[dict[str, Any]]) -> dict[str, Any]:
    """What bind.js works with."""
    kinds = profile_of(job.config.config).passkey_kinds
    return {**binding_data.shared(signals, kinds), **binding_data.of_job(job, token)}
