"""One request to the token endpoint: read, its client authenticated, then run through oauthlib's grants."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types import ClientCredentialsGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant, RefreshTokenGrant

from apps.applications.models import Application, Grant
from apps.applications.protocol import DEVICE_CODE
from apps.core.context import Context
from apps.tokens import client_authentication, client_keys, parameters, possession, token_options
from apps.tokens.client_authentication import ClientProof, ClientRefused
from apps.tokens.device_grant import DeviceCodeGrant
from apps.tokens.dpop import Proof
from apps.tokens.issuer import endpoints_of
from apps.tokens.parameters import Form, NotAForm
from apps.tokens.possession import PossessionRefused, Shown
from apps.tokens.token_options import OptionRefused
from apps.tokens.validator import TokenValidator

_GRANTS = {
    "authorization_code": AuthorizationCodeGrant,
    "client_credentials": ClientCredentialsGrant,
    "refresh_token": RefreshTokenGrant,
    DEVICE_CODE: DeviceCodeGrant,
}
GRANT_TYPES = tuple(_GRANTS)


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint says: RFC 6749 §5.1, or §5.2 with `error`. `headers` are beside the usual ones.

    `validator` knows what was found on the way; None when the request was refused before anything was looked up.
    """

    status: int
    body: str
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    validator: TokenValidator | None = None
    sign_in: Grant | None = None  # that was found without a validator

    @property
    def correlation_id(self) -> str:
        """Of the sign-in that the tokens come from; "" for a client on its own behalf."""
        grant = self.validator.grant if self.validator else self.sign_in
        return grant.correlation_id if grant else ""


def answer_token_request(
    ctx: Context, application: Application, *, form: Form | NotAForm, headers: Mapping[str, str]
) -> TokenAnswer:
    """Writes rows: call it in an attempt."""
    if isinstance(form, NotAForm):
        return refusal("invalid_request", str(form))
    if "grant_type" not in form:
        return refusal("invalid_request", "grant_type is missing")
    if form.get("grant_type") not in GRANT_TYPES:
        return refusal("unsupported_grant_type", f"must be one of {', '.join(GRANT_TYPES)}")
    try:
        held = _held_key(ctx, application, headers)
        proof = client_authentication.authenticate_client(ctx, application, form=form, headers=headers)
    except ClientRefused as refused:
        return refusal(refused.code, refused.message, refused.status)
    except PossessionRefused as refused:
        return _with_nonce(ctx, refusal(refused.code, refused.message))
    try:
        options = token_options.read(application, form)
    except OptionRefused as refused:
        spent = TokenValidator(ctx, application, proof)
        return replace(refusal(refused.error, refused.description), validator=spent)
    validator = TokenValidator(ctx, application, proof, options=options, dpop_jkt=held.jkt if held else "")
    if held is None:
        return _run(application, form, validator)
    return _with_nonce(ctx, _run_bound(application, form, validator, held))


def answer_rehearsal(ctx: Context, application: Application, *, body: str) -> TokenAnswer:
    """The same for a code whose client we are ourselves, in process: nothing to authenticate, and no key to bind what nobody
    gets. `body` is ours, not a client's."""
    validator = TokenValidator(ctx, application, ClientProof("rehearsal"))
    return _run(application, parameters.read_form(body), validator)


def _held_key(ctx: Context, application: Application, headers: Mapping[str, str]) -> Proof | None:
    """The key that the tokens are to be bound to (RFC 9449 §5). Who must bind them must use a nonce of ours too (§8). Asked
    before the client is, so that a client sent back for a nonce has spent nothing. Raises PossessionRefused."""
    if "HTTP_DPOP" not in headers:
        if application.requires_dpop:
            raise PossessionRefused("a DPoP proof is needed", nonce=possession.nonce(ctx))
        return None
    shown = Shown(headers["HTTP_DPOP"], "POST", endpoints_of(application).token)
    algorithms = client_keys.algorithms_of(application)
    return possession.check(ctx, shown, algorithms=algorithms, nonce_required=application.requires_dpop)


def _run_bound(application: Application, form: Form, validator: TokenValidator, held: Proof) -> TokenAnswer:
    try:
        validator.spent.append(possession.once(held))
        possession.spend(validator.ctx, held)
    except PossessionRefused as refused:
        return replace(refusal(refused.code, refused.message), validator=validator)
    return _run(application, form, validator)


def _with_nonce(ctx: Context, answer: TokenAnswer) -> TokenAnswer:
    return replace(answer, headers={**answer.headers, "DPoP-Nonce": possession.nonce(ctx)})


def refusal(error: str, description: str, status: int = 400) -> TokenAnswer:
    return TokenAnswer(status, json.dumps({"error": error, "error_description": description}), error)


def _run(application: Application, form: Form, validator: TokenValidator) -> TokenAnswer:
    try:
        headers, body, status = _endpoint(application, form.get("grant_type"), validator).create_token_response(
            f"https://token.invalid/{application.path}", "POST", dict(form.given), {}
        )
    except errors.OAuth2Error as refused:  # while minting: another request took the code since it was checked
        headers, body, status = refused.headers, refused.json, refused.status_code
    return TokenAnswer(status, body or "", _error_in(body, status), headers, validator)


def _endpoint(application: Application, grant_type: str, validator: TokenValidator) -> TokenEndpoint:
    grant = _GRANTS[grant_type](validator)
    if grant_type in ("authorization_code", DEVICE_CODE):
        grant.refresh_token = application.refresh_token_enabled
    return TokenEndpoint(
        default_grant_type=grant_type,
        default_token_type=BearerToken(
            validator,
            validator.generate_access_token,
            validator.options.expires_after_seconds,
            validator.generate_refresh_token,
        ),
        grant_types={grant_type: grant},
    )


def _error_in(body: str | None, status: int) -> str:
    if status < 400:
        return ""
    try:
        return str(json.loads(body or "{}").get("error", "invalid_request"))
    except ValueError:
        return "invalid_request"
