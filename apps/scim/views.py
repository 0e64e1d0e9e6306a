"""Every door of the SCIM server: who asks, how often, may they, is the realm there; then the protocol engine.

In the order of the management API (contract/extensions.md §10). Discovery needs no token (RFC 7644 §4).
"""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django_scim.views import SCIMView
from scim2_models import SCIMException
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE
from scim2_server.routing import Target

from apps.applications.scopes import MANAGEMENT_IDENTIFIER
from apps.core.context import Context
from apps.core.errors import NotFound, RateLimited, Refusal, Unauthenticated
from apps.events.attempt import record
from apps.events.types import EventType
from apps.realms import selectors as realms
from apps.scim import bodies
from apps.scim.handler import Handler
from apps.scim.service import DISCOVERY, Service, scopes_for
from apps.scim.storage import DirectoryStorage
from apps.tokens.services.access import Bearer
from apps.web import bearer, idempotency, quotas, refusals
from apps.web.bearer import Forbidden
from apps.web.context import context_of

_SERVICE = Service()
_ROOT = "/scim/v2"
_BODIES = ("POST", "PUT", "PATCH")


class Scim(SCIMView):
    """One realm's server. Everything under its root comes here; the engine knows the paths."""

    @method_decorator(csrf_exempt)
    def dispatch(self, request: HttpRequest, *args: Any, **path: str) -> HttpResponse:
        self.headers: dict[str, str] = {}
        try:
            response = self._answer(request, path["tenant_id"], path["realm_id"])
        except (SCIMException, Refusal) as problem:
            response = self._refusal(request, problem)
        for name, value in self.headers.items():
            response[name] = value
        return response

    def _answer(self, request: HttpRequest, tenant_id: str, realm_id: str) -> HttpResponse:
        asked = _asked(request, tenant_id, realm_id)
        target = _target(asked)
        if target is not None and target.operation in DISCOVERY:
            return _response(
                Handler(_SERVICE, DirectoryStorage(context_of(request), None, conditional=False)).handle(asked)
            )
        ctx, caller = self._caller(request, target, tenant_id)
        realm = _realm(caller, tenant_id, realm_id)
        refusals.caller(request, ctx, realm)
        asked.subject = caller.scopes
        if asked.method in _BODIES:
            _SERVICE.match(asked)
            _SERVICE.ensure_json(request.headers.get("Content-Type"))
            asked.body = bodies.read(request.body)  # type: ignore[assignment]  # service.py reads it
        if "filter" in asked.query:
            bodies.check_filter(asked.query["filter"])
        handler = Handler(_SERVICE, DirectoryStorage(ctx, realm, conditional="If-Match" in request.headers))
        repeatable = idempotency.asked_by(caller, request)
        if repeatable is None:
            return _response(handler.handle(asked))
        kept = idempotency.once(ctx, repeatable, lambda: self._settle(request, handler, asked))
        return idempotency.response_of(kept)

    def _settle(self, request: HttpRequest, handler: Handler, asked: ScimRequest) -> idempotency.Answer:
        """A refusal is an answer too, so that it is kept and its event not undone."""
        try:
            response = _response(handler.handle(asked))
        except (SCIMException, Refusal) as problem:
            response = self._refusal(request, problem)
        return idempotency.answer_of(response)

    def _caller(self, request: HttpRequest, target: Target | None, tenant_id: str) -> tuple[Context, Bearer]:
        """Raises Unauthenticated, RateLimited, Forbidden. A refusal leaves an event where the caller lives."""
        ctx = context_of(request)
        caller = bearer.require(ctx, request, audience=MANAGEMENT_IDENTIFIER)
        ctx = ctx.acting_as(caller.actor).holding(caller.scopes)
        operation = f"scim.{target.operation.value}" if target is not None else "scim"
        refusals.caller(request, ctx, caller.application.realm, operation)
        quota = quotas.spend(caller)
        self.headers.update(quota.headers)
        quotas.require(ctx, caller, quota)
        wanted = scopes_for(target)
        outcome = "FOREIGN_TENANT" if tenant_id != caller.tenant_id else ""
        if not outcome and not wanted & caller.scopes:
            outcome = "INSUFFICIENT_SCOPE"
        if outcome:
            record(
                ctx,
                EventType.API_REQUEST_DENIED,
                caller.application.realm,
                outcome=outcome,
                operation=operation,
                method=request.method,
                path=request.path[:512],
                scopes=sorted(wanted),
            )
            raise Forbidden("forbidden")
        return ctx, caller

    def _refusal(self, request: HttpRequest, problem: SCIMException | Refusal) -> HttpResponse:
        if isinstance(problem, Refusal):
            refusals.note(request, problem)
        answer = _response(_SERVICE.error_response(problem))
        if isinstance(problem, RateLimited):
            answer["Retry-After"] = str(problem.retry_after_seconds)
        if isinstance(problem, Unauthenticated):
            for name, value in bearer.challenges(problem).items():
                answer[name] = value
        return answer


def _asked(request: HttpRequest, tenant_id: str, realm_id: str) -> ScimRequest:
    """By our own address, never by the one the request names (RFC 7644 §7.2)."""
    base = f"/v1/tenants/{tenant_id}/realms/{realm_id}{_ROOT}"
    return ScimRequest(
        method="GET" if request.method == "HEAD" else request.method or "",
        base_url=f"{settings.IDENTITY_CLOUD_API_URL}{base}",
        path=request.path.partition(_ROOT)[2].rstrip("/") or "/",
        query={name: request.GET[name] for name in request.GET},
        headers=dict(request.headers),
    )


def _target(asked: ScimRequest) -> Target | None:
    """What is asked for; None for a path or a method that there is not, which only a caller with a token is told."""
    try:
        return _SERVICE.match(asked)
    except SCIMException:
        return None


def _realm(caller: Bearer, tenant_id: str, realm_id: str) -> Any:
    if caller.realm_id is not None and realm_id != caller.realm_id:
        raise NotFound("Realm", realm_id)  # another realm's token learns no more than that
    own = caller.application.realm
    return own if own.pk == realm_id else realms.get_realm(tenant_id, realm_id)


def _response(answer: Any) -> HttpResponse:
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    response = HttpResponse(content, status=int(answer.status), content_type=SCIM_MEDIA_TYPE)
    for name, value in answer.headers.items():
        response[name] = value
    if answer.body is None:
        del response["Content-Type"]
    return response
