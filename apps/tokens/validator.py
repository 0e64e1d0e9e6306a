"""What oauthlib asks about a token request: is this code, this refresh token good, and what comes of it.

The toolkit's own answers are overridden, each with its reason; the measured list is in docs/decisions/0003-oauth-engine.md.
"""

from typing import Any

from django.db.models import Model
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from apps.applications import selectors
from apps.applications.models import Application, Grant
from apps.applications.protocol import DEVICE_CODE
from apps.core.context import Context
from apps.tokens import claims, device_codes, grants, minting, refresh_tokens, token_options
from apps.tokens.client_authentication import ClientProof
from apps.tokens.client_validator import ClientValidator
from apps.tokens.device_codes import Poll
from apps.tokens.minting import MintedToken, Subject
from apps.tokens.refresh_tokens import Presented, Standing
from apps.tokens.token_options import OptionRefused, TokenOptions
from apps.tokens.used_once import Once


class TokenValidator(ClientValidator):
    """`proof` is how the client proved itself, before oauthlib was asked anything; `dpop_jkt` the thumbprint of the key that
    the request proved (RFC 9449 §6.1), "" for a bearer token. After a refusal `replayed_grant` and `presented` tell of a
    code or a refresh token that had been used before.
    """

    def __init__(
        self,
        ctx: Context,
        application: Application,
        proof: ClientProof | None = None,
        *,
        options: TokenOptions | None = None,
        dpop_jkt: str = "",
    ) -> None:
        super().__init__(ctx, application)
        self.proof = proof
        self.options = options or token_options.standard(application)
        self.dpop_jkt = dpop_jkt
        self.spent: list[Once] = [proof.once] if proof and proof.once else []
        self.grant: Grant | None = None
        self.minted: MintedToken | None = None
        self.replayed_grant: Grant | None = None
        self.presented: Presented | None = None
        self.new_rows: list[Model] = []
        self.polled: Poll | None = None

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return True  # in whichever way: see client_authentication

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        if self.proof is None:
            return False
        request.client, request.client_id = self.application, self.application.client_id
        return True

    # --- codes: stored hashed, read once, consumed by one conditional UPDATE -------------------------------------------
    def validate_code(
        self, client_id: str, code: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        found = grants.find(self.application, code)
        if found is None:
            return False
        self.grant = found
        if found.consumed_at is not None:
            self.replayed_grant = found
            return False
        if found.is_expired() or found.revoked_at is not None or not found.user.is_active:
            return False
        if bool(request.code_verifier) != bool(found.code_challenge):  # RFC 9700 §2.1.1, RFC 7636 §4.6
            return False
        if found.dpop_jkt and found.dpop_jkt != self.dpop_jkt:  # RFC 9449 §10
            return False
        request.user, request.scopes, request.nonce = found.user, found.scope.split(), found.nonce or None
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        return (self.grant and self.grant.code_challenge) or None

    def get_code_challenge_method(self, code: str, request: Request) -> str | None:
        return (self.grant and self.grant.code_challenge_method) or None

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, *args: Any, **kwargs: Any
    ) -> bool:
        if self.grant is None or redirect_uri != self.grant.redirect_uri:
            raise errors.InvalidGrantError("not the redirect_uri that the code went to")  # oauthlib: invalid_request
        return True

    def get_authorization_code_nonce(
        self, client_id: str, code: str, redirect_uri: str, request: Request
    ) -> str | None:
        return (self.grant and self.grant.nonce) or None

    def invalidate_authorization_code(self, client_id: str, code: str, request: Request, *a: Any, **k: Any) -> None:
        """Done already, before anything was minted: see `consume`."""

    def consume(self, request: Request) -> None:
        """Only the winner mints. The toolkit saves the token first, which leaves orphans behind.

        Refuses a code of another moment or use, by the database's clock. A public client's family is bound to the key that
        it came with, if it came with one (RFC 9449 §5).
        """
        grant = self.grant
        if grant is None:
            raise errors.InvalidGrantError(request=request)
        if grants.CONSUME(grant.pk, grant.dpop_jkt if self.application.is_confidential else self.dpop_jkt) != 1:
            if self.polled is None:  # a device that polls twice at once is no thief
                self.replayed_grant = grant
            raise errors.InvalidGrantError(request=request)
        if self.polled is not None:
            device_codes.take(grant)

    def validate_device_code(
        self, client_id: str, device_code: str, request: Request, *args: Any, **kwargs: Any
    ) -> str | None:
        """RFC 8628 §3.5, in oauthlib's words; None for a code that is not this client's."""
        self.polled = device_codes.poll(self.ctx, self.application, device_code)
        if (grant := self.polled.grant) is not None:
            self.grant, request.user, request.scopes = grant, grant.user, grant.scope.split()
        return self.polled.status

    # --- refresh tokens --------------------------------------------------------------------------------------------------
    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        self.presented = presented = refresh_tokens.find_presented(self.application, refresh_token)
        if presented is None:
            return False
        self.grant, request.user = presented.grant, presented.grant.user
        if not self.application.is_confidential and presented.grant.dpop_jkt not in ("", self.dpop_jkt):
            return False
        return presented.standing in (Standing.GOOD, Standing.RETRIED)

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return self.presented.row.scope.split() if self.presented else []

    def is_within_original_scope(
        self, request_scopes: list[str], refresh_token: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """offline_access is a wish and never granted; clients that wished for it say it again."""
        return set(request_scopes) <= {*self.get_original_scopes(refresh_token, request), "offline_access"}

    def rotate_refresh_token(self, request: Request) -> bool:
        return True  # or not: generate_refresh_token knows

    def generate_refresh_token(self, request: Request) -> str:
        if self.presented is not None:
            issued = refresh_tokens.renew(self.ctx, self.application, self.presented)
        elif self.grant is None:
            raise errors.ServerError(request=request)
        else:
            issued = refresh_tokens.first(self.ctx, self.application, self.grant, " ".join(request.scopes))
        self.new_rows.extend(issued.rows)
        return issued.token

    # --- tokens ----------------------------------------------------------------------------------------------------------
    def generate_access_token(self, request: Request) -> str:
        if request.grant_type in ("authorization_code", DEVICE_CODE):
            self.consume(request)
        request.scopes = self._scopes_today(request)
        self.minted = minting.mint_access_token(
            self.ctx,
            self.application,
            self.subject(),
            scope=" ".join(request.scopes),
            grant_type=request.grant_type,
            options=self.options,
        )
        if self.dpop_jkt:
            request.extra_credentials = {"token_type": "DPoP"}  # RFC 9449 §5
        return self.minted.token

    def _scopes_today(self, request: Request) -> list[str]:
        """Roles are asked again when a code is redeemed or a token refreshed: one taken away in between is gone."""
        if self.grant is None:
            return list(request.scopes)
        left = selectors.scopes_today(self.application, self.grant.user, request.scopes)
        if request.scopes and not left and self.presented is not None:
            raise errors.InvalidScopeError("none of the scopes is granted any more", request=request)
        return list(left)

    def _resources(self) -> tuple[str, ...]:
        """Of the application as it is now: its scopes are its resource server's, and good for no other."""
        try:
            chosen = token_options.within_grant(self.grant.resource if self.grant else (), self.options.resources)
            return token_options.known_resources(self.application, chosen)
        except OptionRefused as refused:
            raise errors.CustomOAuth2Error(refused.error, refused.description) from None

    def subject(self) -> Subject:
        grant = self.grant
        if grant is None:
            return Subject(resources=self._resources(), dpop_jkt=self.dpop_jkt)
        return Subject(
            identity=grant.user,
            authenticated_at=grant.authenticated_at,
            session_id=grant.session_id,
            grant_id=grant.pk,
            acr=grant.acr,
            amr=tuple(grant.amr),
            nonce="" if self.presented else grant.nonce,  # OpenID Connect Core §12.2
            id_token_claims=claims.by_name(grant.claims).id_token,
            resources=self._resources(),
            dpop_jkt=self.dpop_jkt,
        )

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        if self.minted is None:
            raise errors.ServerError(request=request)
        self.new_rows.append(minting.access_token_row(self.ctx, self.application, self.subject(), self.minted))

    def get_id_token(self, token: dict[str, Any], token_handler: Any, request: Request) -> str:
        """Signed by the realm's key and not stored; the toolkit would write a row for each."""
        return minting.mint_id_token(self.ctx, self.application, self.subject(), token["access_token"])
