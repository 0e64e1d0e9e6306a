"""A binding link is followed: by a browser, which is shown on; by an SDK, which is told; or by a mail scanner."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers

from apps.core.errors import RateLimited, Refusal
from apps.credentials import invoke
from apps.credentials.services import jobs
from apps.sdk import cors, errors, links
from apps.web import errors as web_errors
from apps.web import language, limits, realm_pages
from apps.web.context import context_of, subscriber_of


@cors.readable_by_app(cors.of_job, "GET", "HEAD", headers="x-correlation-id")
@errors.endpoint("GET", "HEAD")
def invoke_authenticator(request: HttpRequest, **path: str) -> HttpResponse:
    """Consumes nothing, however often it is fetched (contract/wire.md §3.2). 302, or 200 with the six fields."""
    wants_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    try:
        limits.spend(limits.LINKS, subscriber_of(request))
        response = _lead_on(request, path, wants_json=wants_json)
    except Refusal as refusal:
        response = errors.answer(refusal) if wants_json else _page(request, refusal, path)
    patch_vary_headers(response, ("Accept",))
    response["Referrer-Policy"] = "no-referrer"
    return response


def _lead_on(request: HttpRequest, path: dict[str, str], *, wants_json: bool) -> HttpResponse:
    ctx = context_of(request)
    token = request.GET.get("token", "")
    job = links.job_at(ctx, token, **path)
    if request.method == "GET":
        jobs.open_job(ctx, job)
    if wants_json:
        return JsonResponse(invoke.bind_parameters(job, token))
    # Not HttpResponseRedirect: an app's own scheme is a fine invoke URL, and it was checked when it was configured.
    response = HttpResponse(status=302)
    response["Location"] = invoke.bind_page(job, job.authenticator_config, token)
    return response


@language.spoken
def _page(request: HttpRequest, refusal: Refusal, path: dict[str, str]) -> HttpResponse:
    if isinstance(refusal, RateLimited):
        response = web_errors.page(request, 429)
        for name, value in refusal.headers.items():
            response[name] = value
        return response
    return realm_pages.dead_link(request, refusal, path["tenant_id"], path["realm_id"])
