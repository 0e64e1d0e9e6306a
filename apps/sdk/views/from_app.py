"""What an SDK inside an app asks for: an answer to its proof, the request that a reference stands for, a link to bind with
(contract/wire.md §2, §3.3–§3.5)."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.applications import selectors as applications
from apps.authentication import embedded, embedded_codes, flows
from apps.authentication.embedded import AskedAgain
from apps.authentication.embedded_codes import Challenged, CodeGiven, CodeWanted
from apps.authentication.request_claims import POLICY_VERSION
from apps.authentication.services import Authenticated, binding_tokens
from apps.core.context import Context
from apps.core.errors import Denied, Gone
from apps.credentials.contract import job_json
from apps.sdk import bodies, cors, errors
from apps.web import bearer, code_limits, limits
from apps.web.context import context_of, subscriber_of


def answer(request: HttpRequest, application: Any) -> HttpResponse:
    """A form with one proof, or one message about a one-time code. A refusal is `deny`, whatever the reason."""
    body = bodies.read_form(request)
    claims, signals = body.text("claims"), body.signals()
    flow_id = body.text("transaction_id") if "transaction_id" in body.members else ""
    body.check()
    asked, ctx = embedded.read(claims), context_of(request)
    try:
        match asked:
            case CodeWanted():
                code_limits.spend(subscriber_of(request), application.realm_id)
                return _challenged(embedded_codes.issue(ctx, application, asked))
            case CodeGiven():
                return _of_code(ctx, application, asked, signals)
        done = embedded.answer(ctx, application, asked, signals=signals, flow_id=flow_id)
    except (Denied, Gone) as refusal:
        return JsonResponse({"type": "deny", "message": errors.message_to_sdk(refusal)})
    if isinstance(done, AskedAgain):
        challenge = {"transaction_id": done.transaction_id, "nonce": done.nonce, "bi_pol_ver": POLICY_VERSION}
        return JsonResponse({"type": "prove", **challenge})
    return JsonResponse(allowed(done))


def allowed(done: Authenticated) -> dict[str, Any]:
    return {"type": "allow", "code": done.code, "redirect_url": done.redirect_url}


@cors.readable_by_app(cors.of_application, "POST", headers=cors.PLAIN)
@errors.endpoint("POST")
def introspect(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """The whole request that a reference stands for. May be asked for as often as it is open."""
    limits.spend(limits.LINKS, subscriber_of(request))
    application = applications.get_application_at(tenant_id, realm_id, application_id)
    body = bodies.read_form(request)
    token = body.text("token")
    body.check()
    return JsonResponse(flows.read_reference(context_of(request), application, token))


@cors.readable_by_app(cors.of_application, "POST", headers=cors.WITH_TOKEN)
@errors.endpoint("POST")
def create_job(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
    """For the `passkey_binding_token` of a redeemed code: a job and its link. The body is empty, and not read."""
    limits.spend(limits.LINKS, subscriber_of(request))
    application = applications.get_application_at(tenant_id, realm_id, application_id)
    made = binding_tokens.create_job(context_of(request), application, bearer.token_of(request))
    return JsonResponse({"credential_binding_job": job_json(made.job), "credential_binding_link": made.link})


def _of_code(ctx: Context, application: Any, given: CodeGiven, signals: dict[str, Any]) -> HttpResponse:
    done = embedded_codes.redeem(ctx, application, given, signals=signals)
    if isinstance(done, Challenged):
        return _challenged(done)
    token = binding_tokens.token_of(ctx, application, done.identity)
    return JsonResponse({**allowed(done), "passkey_binding_token": token})


def _challenged(challenged: Challenged) -> HttpResponse:
    challenge = {"transaction_id": challenged.transaction_id, "nonce": challenged.nonce}
    return JsonResponse({"type": "continue", **challenge, "reason": {"type": "challenge_otp"}})
