"""What every endpoint of this API does before and around its own work.

In this order (contract/extensions.md §10): who calls, 401; whether too often, 429; whether it may, 403 (tenant, then scope);
whether the realm is there, 404. Only then the body is read. A handler says what it is with `@operation`; nothing undeclared
is reachable.
"""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.operations import Operation
from apps.applications.scopes import MANAGEMENT_IDENTIFIER
from apps.core.errors import NotFound
from apps.directory import selectors as directory
from apps.events.attempt import record
from apps.events.types import EventType
from apps.realms import selectors as realms
from apps.tokens.services.access import Bearer, InsufficientScope
from apps.web import bearer, idempotency, quotas, refusals
from apps.web.bearer import Forbidden
from apps.web.context import context_of

ANY_IDENTITY = "-"


class Endpoint(APIView):
    """One path of the API, under a tenant. `self.ctx` acts as the token's application or identity."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    terse = False  # a 404 here names neither the thing nor its realm (contract/wire.md §1.1 "Errors")

    bearer: Bearer

    def initial(self, request: Request, *args: Any, **path: str) -> None:
        self.ctx = context_of(request._request)
        self.bearer = bearer.require(self.ctx, request._request, audience=MANAGEMENT_IDENTIFIER)
        self.ctx = self.ctx.acting_as(self.bearer.actor).holding(self.bearer.scopes)
        refusals.caller(request._request, self.ctx, self.bearer.application.realm)
        quota = quotas.spend(self.bearer)
        self.headers.update(quota.headers)
        quotas.require(self.ctx, self.bearer, quota)
        wanted = self._operation(request)
        self._require_authority(request, wanted, path["tenant_id"])
        refusals.caller(request._request, self.ctx, self.bearer.application.realm, wanted.id)
        super().initial(request, *args, **path)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """None: the framework would tell every answer which methods there are."""
        return {}

    def run(self, handler: Callable[..., Any], request: Request, path: dict[str, str]) -> HttpResponseBase:
        asked = idempotency.asked_by(self.bearer, request._request)
        if asked is None:
            return handler(self, request, **path)
        kept = idempotency.once(self.ctx, asked, lambda: self._settle(handler, request, path))
        return idempotency.response_of(kept)

    def _settle(self, handler: Callable[..., Any], request: Request, path: dict[str, str]) -> idempotency.Answer:
        """The handler's answer as bytes, its refusals too, so that they are kept and not undone."""
        try:
            response = handler(self, request, **path)
        except Exception as exception:  # noqa: BLE001 - handle_exception raises again what is no refusal
            response = self.handle_exception(exception)
        return idempotency.answer_of(self.finalize_response(request, response, **path).render())

    def _operation(self, request: Request) -> Operation:
        method = (request.method or "").lower()
        declared = getattr(getattr(self, method, None), "operation", None) if method in self.http_method_names else None
        if declared is None:
            raise MethodNotAllowed(request.method or "")
        return declared

    def _require_authority(self, request: Request, wanted: Operation, tenant_id: str) -> None:
        """Raises Forbidden for another tenant or too narrow a token, InsufficientScope. Each leaves an event where the
        caller lives."""
        if not (outcome := self._denial(wanted, tenant_id)):
            return
        record(
            self.ctx,
            EventType.API_REQUEST_DENIED,
            self.bearer.application.realm,
            outcome=outcome,
            operation=wanted.id,
            method=request.method,
            path=request.path[:512],
            scopes=list(wanted.scopes),
        )
        if outcome == "INSUFFICIENT_SCOPE":
            raise InsufficientScope("forbidden", scope=" ".join(wanted.scopes))
        raise Forbidden("forbidden")

    def _denial(self, wanted: Operation, tenant_id: str) -> str:
        """Why the token does not do, or ""."""
        if tenant_id != self.bearer.tenant_id:
            return "FOREIGN_TENANT"
        if not self.bearer.scopes.issuperset(wanted.scopes):
            return "INSUFFICIENT_SCOPE"
        return "ONE_REALM_ONLY" if wanted.tenant_wide and self.bearer.realm_id is not None else ""


class RealmEndpoint(Endpoint):
    """One path under a realm: `self.realm` is there, and within the token's reach."""

    def initial(self, request: Request, *args: Any, **path: str) -> None:
        super().initial(request, *args, **path)
        own = self.bearer.application.realm
        if self.bearer.realm_id is not None and path["realm_id"] != self.bearer.realm_id:
            raise NotFound("Realm", path["realm_id"])  # another realm's token learns no more than that
        found = own if own.pk == path["realm_id"] else realms.get_realm(path["tenant_id"], path["realm_id"])
        self.realm = found
        refusals.caller(request._request, self.ctx, found)


class IdentityEndpoint(RealmEndpoint):
    """One path under an identity. `-` stands for any of the realm (contract/wire.md §1.2): then it is None."""

    def initial(self, request: Request, *args: Any, **path: str) -> None:
        super().initial(request, *args, **path)
        wanted = path["identity_id"]
        self.identity = None if wanted == ANY_IDENTITY else directory.get_identity(self.realm, wanted)


def done() -> Response:
    """200 with an empty body: how the contract answers a delete."""
    return Response(status=200)
