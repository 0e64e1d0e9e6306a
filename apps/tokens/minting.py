"""Making the tokens: claims, signatures and the rows that let them be listed and revoked.

Access tokens are JWS with `typ: at+jwt` (RFC 9068) and the claims of contract/wire.md §2, or references to a row that
keeps the claims; ID tokens follow OpenID Connect Core §2. Nothing here decides whether a token is due: `validator` has
done that.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.applications.models import AccessToken, Application, TokenFormat
from apps.applications.scopes import MANAGEMENT_IDENTIFIER
from apps.core import secrets
from apps.core.context import Context
from apps.core.new_rows import new_row
from apps.directory.models import Identity
from apps.tokens import claims as people
from apps.tokens import jose, keys, references, token_options
from apps.tokens.issuer import endpoints_of
from apps.tokens.token_options import TokenOptions

ID_TOKEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token speaks of, and how they proved it. `identity` None: the application itself (client_credentials).

    `dpop_jkt` is the thumbprint of the key that the token is bound to, "" for a bearer's (RFC 9449 §6.1).
    """

    identity: Identity | None = None
    authenticated_at: datetime | None = None
    session_id: UUID | None = None
    grant_id: UUID | None = None
    acr: str = ""
    amr: tuple[str, ...] = ()
    nonce: str = ""
    id_token_claims: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    dpop_jkt: str = ""


@dataclass(frozen=True, slots=True)
class MintedToken:
    token: str
    jti: str
    expires_at: datetime
    claims: dict[str, Any] = field(repr=False)
    token_format: str = TokenFormat.SELF_CONTAINED


def mint_access_token(
    ctx: Context,
    application: Application,
    subject: Subject,
    *,
    scope: str,
    grant_type: str,
    options: TokenOptions | None = None,
) -> MintedToken:
    """`options` None: as the application is configured. Which resources it is for, the subject knows."""
    options = options or token_options.standard(application)
    expires_at = ctx.now + timedelta(seconds=options.expires_after_seconds)
    claims = _access_claims(ctx, application, subject, scope, grant_type, expires_at)
    if options.custom_claims:
        claims["bi_custom"] = dict(options.custom_claims)
    if application.token_format == TokenFormat.REFERENTIAL:
        token = references.refer(application.realm_id, claims["jti"])
        return MintedToken(token, claims["jti"], expires_at, claims, TokenFormat.REFERENTIAL)
    signing_key = keys.current_key(application.realm_id, application.token_signing_algorithm)
    token = jose.sign(claims, signing_key, typ="at+jwt", jku=endpoints_of(application).jwks)
    return MintedToken(token, claims["jti"], expires_at, claims)


def access_token_row(
    ctx: Context, application: Application, subject: Subject, minted: MintedToken, display_name: str = ""
) -> AccessToken:
    """What makes the token listable, introspectable and revocable, not written yet; the token itself is not kept."""
    return new_row(
        AccessToken,
        tenant_id=application.tenant_id,
        realm_id=application.realm_id,
        application=application,
        user=subject.identity,
        jti=minted.jti,
        token_checksum=secrets.digest(minted.token),
        token_suffix=minted.token[-6:],
        token_format=minted.token_format,
        claims=minted.claims if minted.token_format == TokenFormat.REFERENTIAL else {},
        scope=minted.claims["scope"],
        expires=minted.expires_at,
        issued_at=ctx.now,
        session_id=subject.session_id,
        grant_id=subject.grant_id,
        display_name=display_name,
        dpop_jkt=subject.dpop_jkt,
    )


def mint_id_token(ctx: Context, application: Application, subject: Subject, access_token: str) -> str:
    identity = subject.identity
    if identity is None or subject.authenticated_at is None:
        raise ValueError("an ID token speaks of a person who signed in")
    issued = int(ctx.now.timestamp())
    claims = {
        "iss": endpoints_of(application).issuer,
        "sub": people.subject_identifier(application, identity),
        "aud": application.client_id,
        "azp": application.client_id,
        "iat": issued,
        "exp": issued + ID_TOKEN_SECONDS,
        "auth_time": int(subject.authenticated_at.timestamp()),
        "jti": secrets.new_token(24),
        "at_hash": _half_hash(access_token),
        "acr": subject.acr,
        "amr": list(subject.amr),
        **({"nonce": subject.nonce} if subject.nonce else {}),
        **({"sid": str(subject.session_id)} if subject.session_id else {}),
        **people.of_id_token(application, identity, subject.id_token_claims),
    }
    signing_key = keys.current_key(application.realm_id, application.token_signing_algorithm)
    return jose.sign(claims, signing_key, typ="JWT")


def _access_claims(
    ctx: Context, application: Application, subject: Subject, scope: str, grant_type: str, expires_at: datetime
) -> dict[str, Any]:
    issued = int(ctx.now.timestamp())
    principal = people.principal_of(application, subject.identity) if subject.identity else application.path
    return {
        "iss": endpoints_of(application).issuer,
        "sub": people.subject_identifier(application, subject.identity) if subject.identity else str(application.pk),
        "aud": list(subject.resources) or audience_of(application),
        "exp": int(expires_at.timestamp()),
        "nbf": issued,
        "iat": issued,
        "jti": secrets.new_token(24),
        "scope": scope,
        "client_id": application.client_id,
        "azp": application.path,
        "bi_p": principal,
        "bi_t": application.tenant_id,
        "bi_r": application.reaches or "*",
        "bi_ty": grant_type,
        "bi_s": "",
        **(_sign_in_claims(subject) if subject.identity else {}),
        **({"cnf": {"jkt": subject.dpop_jkt}} if subject.dpop_jkt else {}),
    }


def _sign_in_claims(subject: Subject) -> dict[str, Any]:
    """What an API needs to demand a better or newer proof (RFC 9068 §2.2.1, RFC 9470)."""
    when = {"auth_time": int(subject.authenticated_at.timestamp())} if subject.authenticated_at else {}
    return {**when, "acr": subject.acr, "amr": list(subject.amr)}


def audience_of(application: Application) -> list[str]:
    """`["identity-cloud"]` for the management API, else the client and its resource server (contract/wire.md §2)."""
    server = application.resource_server
    if server is not None and server.is_managed and server.identifier == MANAGEMENT_IDENTIFIER:
        return [MANAGEMENT_IDENTIFIER]
    return [application.client_id, *([server.identifier] if server else [])]


def _half_hash(token: str) -> str:
    """at_hash: the left half of SHA-256 of the token (OpenID Connect Core §3.1.3.6; every alg we sign with is a 256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()
