"""R/applications/{a}/tokens (contract/wire.md §1.2, §1.9); making one by POST is our own."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.bodies import wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed_as_one
from apps.api.schemas import tokens as schema
from apps.api.schemas.parameters import HUNDREDS, PRINCIPAL_ID, PRINCIPAL_TYPE
from apps.applications import selectors as applications
from apps.tokens import selectors as tokens
from apps.tokens.contract import made_token_json, parse_token, token_json
from apps.tokens.services import named_tokens, revocation


class ApplicationEndpoint(RealmEndpoint):
    """One path under an application."""

    terse = True

    def initial(self, request: Request, *args: Any, **path: str) -> None:
        super().initial(request, *args, **path)
        self.application = applications.get_application(self.realm, path["application_id"])


class Tokens(ApplicationEndpoint):
    @operation("ListTokens", "tokens:read", query=(PRINCIPAL_TYPE, PRINCIPAL_ID, *HUNDREDS), answers=schema.TOKENS)
    def get(self, request: Request, **path: str) -> Response:
        asked = {name: request.query_params.get(name, "") for name in ("principal_type", "principal_id")}
        return listed_as_one(request, "tokens", tokens.live_tokens_of(self.ctx, self.application, **asked), token_json)

    @operation(
        "CreateToken",
        "tokens:create",
        takes=schema.NEW_TOKEN,
        answers=schema.MADE_TOKEN,
        refuses={422: "It signs people in only, or its tokens are bound to its key."},
    )
    def post(self, request: Request, **path: str) -> Response:
        """For an application with client_credentials. Of the management API's scopes none that the caller's own token does
        not have."""
        given = parse_token(wrapped(request, "token"))
        made = named_tokens.create_token(self.ctx, self.application, **given)
        return Response(made_token_json(made))


class Token(ApplicationEndpoint):
    @operation("RevokeToken", "tokens:delete", if_match=False)
    def delete(self, request: Request, token_id: str, **path: str) -> Response:
        """At once: this API and introspection refuse it from the next request on."""
        revocation.end_token(self.ctx, tokens.get_token(self.ctx, self.application, token_id))
        return done()
