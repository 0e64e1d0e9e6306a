"""What oauthlib asks about a client and what it may ask for: django-oauth-toolkit's validator, made to know realms.

What the toolkit does wrongly for many realms is overridden here and in `validator`, each with its reason; the measured
list is in docs/decisions/0003-oauth-engine.md.
"""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from apps.applications import scopes
from apps.applications.models import Application
from apps.core.context import Context
from apps.tokens import redirects


class ClientValidator(OAuth2Validator):
    """One request to one application. Built per request: no global client, no context variable.

    `own_redirect_uri` is the one address that a rehearsal's request may be answered to, "" for every other request."""

    def __init__(self, ctx: Context, application: Application, *, own_redirect_uri: str = "") -> None:
        super().__init__()
        self.ctx = ctx
        self.application = application
        self.own_redirect_uri = own_redirect_uri

    # The toolkit looks up client_id in the whole installation; ours is the one in the path.
    def _load_application(self, client_id: str, request: Request) -> Application | None:
        if client_id != self.application.client_id or request.client_id not in (None, client_id):
            return None  # the header and the body name two clients: neither is believed
        request.client = self.application
        return self.application

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        if grant_type == "refresh_token":
            return self.application.refresh_token_enabled
        return grant_type in self.application.grant_types

    # --- authorization requests ------------------------------------------------------------------------------------------
    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        if self.own_redirect_uri:
            return redirect_uri == self.own_redirect_uri
        return any(redirects.is_same(registered, redirect_uri) for registered in self.application.redirect_uri_list)

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str | None:
        """OAuth alone lets the only registered one be left out; OpenID Connect Core §3.1.2.1 does not."""
        registered = self.application.redirect_uri_list
        return registered[0] if len(registered) == 1 and self.application.protocol == "oauth2" else None

    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        if response_type != "code":  # the toolkit would say that only this client may not have it
            raise errors.UnsupportedResponseTypeError(request=request)
        return "authorization_code" in self.application.grant_types

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return self.application.pkce != "disabled" or not self.application.is_confidential

    def validate_scopes(
        self, client_id: str, asked: list[str], client: Any, request: Request, *a: Any, **k: Any
    ) -> bool:
        """Narrows what was asked to what the application may have; refuses only when nothing of it is left."""
        request.scopes = list(
            scopes.granted(
                asked,
                allowed=self.application.allowed_scopes,
                of_roles=None,
                openid=self.application.protocol == "oidc",
            )
        )
        return bool(request.scopes) or not asked

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return list(self.application.allowed_scopes)

    # prompt=none needs the browser's session, which lives above us: authentication answers it.
    def validate_silent_login(self, request: Request) -> bool:
        return True

    def validate_silent_authorization(self, request: Request) -> bool:
        return True
