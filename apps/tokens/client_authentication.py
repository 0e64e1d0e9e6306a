"""Who is this client: the one answer for every endpoint that a client calls itself (RFC 6749 §2.3, RFC 9700 §2.5).

An application with a secret sends it by Basic or in the body, whichever it likes (contract/wire.md §1.7); any other proves
itself in the one way it is registered for.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from apps.applications.hashers import SHA256SecretHasher
from apps.applications.models import Application
from apps.core.context import Context
from apps.core.errors import Unauthenticated
from apps.tokens import assertions, client_keys, signatures
from apps.tokens.issuer import endpoints_of
from apps.tokens.parameters import Form
from apps.tokens.signatures import SignatureRejected, Unverified
from apps.tokens.used_once import Once

_BASIC = re.compile(r"Basic ([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)
_SECRET_LENGTH = 1024


class ClientRefused(Unauthenticated):
    """Not that client, or not proven in its own way. `code` is OAuth's error: invalid_client, which is 401, or
    invalid_request, which is 400 (RFC 6749 §5.2)."""

    code = "invalid_client"

    def __init__(self, message: str = "", code: str = "invalid_client") -> None:
        super().__init__(message or code)
        self.code = code

    @property
    def status(self) -> int:
        return 401 if self.code == "invalid_client" else 400


@dataclass(frozen=True, slots=True)
class ClientProof:
    """How the client proved who it is, in the words of token_endpoint_auth_method; `none` is a public client's word.

    `once` is what it spent in doing so: an attempt that may be refused gives its `spend` to the event's `keep`.
    """

    method: str
    once: Once | None = None


def authenticate_client(
    ctx: Context, application: Application, *, form: Form, headers: Mapping[str, str]
) -> ClientProof:
    """Of `headers` only HTTP_AUTHORIZATION matters. Raises ClientRefused."""
    header = headers.get("HTTP_AUTHORIZATION", "")
    if sum((bool(header), "client_secret" in form, "client_assertion" in form)) > 1:
        raise ClientRefused("one way of client authentication only", "invalid_request")
    match application.token_endpoint_auth_method:
        case "none":
            return _public(application, form, header)
        case "private_key_jwt":
            return _private_key(ctx, application, form, header)
    return _secret(ctx, application, form, header)


def prepare(application: Application, form: Form | None) -> None:
    """Has the client's keys fetched if they must be, before a transaction is open. What is wrong is refused inside it;
    `form` None is one that cannot be read."""
    if form is None or application.token_endpoint_auth_method != "private_key_jwt" or not application.jwks_uri:
        return
    try:
        client_keys.prepare(application, _assertion(application, form))
    except SignatureRejected:
        return


def claimed_client_id(form: Form, headers: Mapping[str, str]) -> str:
    """Whom the request says it is from, where the path does not tell; "" when it says nobody. Not yet believed."""
    header = headers.get("HTTP_AUTHORIZATION", "")
    pair = _basic(header) if header else None
    if pair is None and "client_assertion" in form and "client_id" not in form:
        return _claimed_by(form.get("client_assertion"))
    return pair[0] if pair else form.get("client_id")


def _public(application: Application, form: Form, header: str) -> ClientProof:
    if (
        header
        or "client_secret" in form
        or "client_assertion" in form
        or form.get("client_id") != application.client_id
    ):
        raise ClientRefused
    return ClientProof("none")


def _private_key(ctx: Context, application: Application, form: Form, header: str) -> ClientProof:
    """RFC 7523 §2.2, §3: signed by the client, for us, briefly, and never seen before."""
    wrong_type = form.get("client_assertion_type") != assertions.ASSERTION_TYPE
    if header or "client_assertion" not in form or wrong_type:
        raise ClientRefused
    if form.get("client_id") not in ("", application.client_id):
        raise ClientRefused
    try:
        token = _assertion(application, form)
        client_keys.require_signed_by(application, token)
        said = assertions.check(
            token.claims,
            client_id=application.client_id,
            audiences=_audiences(application),
            now=ctx.now.timestamp(),
        )
    except SignatureRejected as problem:
        raise ClientRefused(f"client_assertion: {problem}") from None
    once = Once("client_assertion", application.client_id, said.jti, said.expires_at)
    if not once.spend():
        raise ClientRefused("client_assertion: it was used before")
    return ClientProof("private_key_jwt", once)


def _assertion(application: Application, form: Form) -> Unverified:
    """Raises SignatureRejected."""
    return signatures.read(
        form.get("client_assertion"), kinds=assertions.KINDS, algorithms=client_keys.algorithms_of(application)
    )


def _audiences(application: Application) -> tuple[str, ...]:
    """The issuer; for compatibility the token endpoint too, but not under FAPI 2.0 (contract/extensions.md §10)."""
    endpoints = endpoints_of(application)
    return (endpoints.issuer,) if application.is_fapi2 else (endpoints.issuer, endpoints.token)


def _claimed_by(assertion: str) -> str:
    try:
        claims = signatures.read(assertion, kinds=assertions.KINDS, algorithms=signatures.ALGORITHMS).claims
    except SignatureRejected:
        return ""
    claimed = claims.get("sub")
    return claimed if isinstance(claimed, str) else ""


def _secret(ctx: Context, application: Application, form: Form, header: str) -> ClientProof:
    if header:
        pair, method = _basic(header), "client_secret_basic"
    else:
        pair, method = (form.get("client_id"), form.get("client_secret")), "client_secret_post"
    if pair is None or pair[0] != application.client_id or form.get("client_id") not in ("", pair[0]):
        raise ClientRefused  # the header and the body name two clients: neither is believed
    if not pair[1] or not _is_secret_of(ctx, application, pair[1]):
        raise ClientRefused
    return ClientProof(method)


def _basic(header: str) -> tuple[str, str] | None:
    """(client_id, client_secret): both urlencoded before they were joined (RFC 6749 §2.3.1)."""
    found = _BASIC.fullmatch(header)
    try:
        pair = base64.b64decode(found[1], validate=True).decode() if found else ""
    except (binascii.Error, UnicodeDecodeError):
        return None
    client_id, colon, secret = pair.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if colon else None


def _is_secret_of(ctx: Context, application: Application, secret: str) -> bool:
    if len(secret) > _SECRET_LENGTH:
        return False
    if SHA256SecretHasher().verify(secret, application.client_secret):
        return True
    expires_at = application.previous_secret_expires_at
    within_grace = expires_at is not None and ctx.now < expires_at
    return within_grace and SHA256SecretHasher().verify(secret, application.previous_secret)
