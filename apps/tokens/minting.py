"""Making the tokens: claims, signatures and the rows that let them be listed and revoked.

Access tokens are JWS with `typ: at+jwt` (RFC 9068) and the claims of contract/wire.md §2; ID tokens follow OpenID
Connect Core §2. Nothing here decides whether a token is due: `provider` has done that.
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
from apps.directory.models import Identity
from apps.tokens import jose, keys
from apps.tokens.issuer import endpoints_of

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
    dpop_jkt: str = ""


@dataclass(frozen=True, slots=True)
class MintedToken:
    token: str
    jti: str
    expires_at: datetime
    claims: dict[str, Any] = field(repr=False)


def mint_access_token(
    ctx: Context, application: Application, subject: Subject, *, scope: str, grant_type: str
) -> MintedToken:
    expires_at = ctx.now + timedelta(seconds=application.token_expires_after_seconds)
    claims = _access_claims(ctx, application, subject, scope, grant_type, expires_at)
    signing_key = keys.current_key(application.realm_id, application.token_signing_algorithm)
    token = jose.sign(claims, signing_key, typ="at+jwt", jku=endpoints_of(application).jwks)
    return MintedToken(token, claims["jti"], expires_at, claims)


def insert_access_token(
    ctx: Context, application: Application, subject: Subject, minted: MintedToken, display_name: str = ""
) -> None:
    """The row that makes the token listable, introspectable and revocable; the token itself is not kept."""
    AccessToken.objects.bulk_create(  # one INSERT; the toolkit's save() would look for a row to update first
        [
            AccessToken(
                tenant_id=application.tenant_id,
                realm_id=application.realm_id,
                application=application,
                user=subject.identity,
                jti=minted.jti,
                token="",
                token_checksum=secrets.digest(minted.token),
                token_suffix=minted.token[-6:],
                token_format=TokenFormat.SELF_CONTAINED,
                scope=minted.claims["scope"],
                expires=minted.expires_at,
                issued_at=ctx.now,
                session_id=subject.session_id,
                grant_id=subject.grant_id,
                display_name=display_name,
                dpop_jkt=subject.dpop_jkt,
            )
        ]
    )


def mint_id_token(ctx: Context, application: Application, subject: Subject, access_token: str) -> str:
    identity = subject.identity
    if identity is None or subject.authenticated_at is None:
        raise ValueError("an ID token speaks of a person who signed in")
    issued = int(ctx.now.timestamp())
    claims = {
        "iss": endpoints_of(application).issuer,
        "sub": subject_identifier(application, identity),
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
        **profile_claims(identity),
    }
    signing_key = keys.current_key(application.realm_id, application.token_signing_algorithm)
    return jose.sign(claims, signing_key, typ="JWT")


def subject_identifier(application: Application, identity: Identity) -> str:
    match application.subject_field:
        case "email":
            return identity.primary_email_address or identity.pk
        case "username":
            return identity.username
    return identity.pk


def profile_claims(identity: Identity) -> dict[str, Any]:
    """name, preferred_username, email as the wire has them; email_verified is true only if we verified it ourselves."""
    claims: dict[str, Any] = {"name": identity.display_name, "preferred_username": identity.username}
    if identity.primary_email_address:
        claims["email"] = identity.primary_email_address
        claims["email_verified"] = identity.email_verified_at is not None
    if identity.given_name:
        claims["given_name"] = identity.given_name
    if identity.family_name:
        claims["family_name"] = identity.family_name
    return claims


def _access_claims(
    ctx: Context, application: Application, subject: Subject, scope: str, grant_type: str, expires_at: datetime
) -> dict[str, Any]:
    issued = int(ctx.now.timestamp())
    principal = subject.identity.path if subject.identity else application.path
    return {
        "iss": endpoints_of(application).issuer,
        "sub": subject_identifier(application, subject.identity) if subject.identity else str(application.pk),
        "aud": audience_of(application),
        "exp": int(expires_at.timestamp()),
        "nbf": issued,
        "iat": issued,
        "jti": secrets.new_token(24),
        "scope": scope,
        "client_id": application.client_id,
        "azp": application.path,
        "bi_p": principal,
        "bi_t": application.tenant_id,
        "bi_r": "*" if application.realm.is_admin else application.realm_id,
        "bi_ty": grant_type,
        "bi_s": "",
        **({"acr": subject.acr, "amr": list(subject.amr)} if subject.identity else {}),
        **({"cnf": {"jkt": subject.dpop_jkt}} if subject.dpop_jkt else {}),
    }


def audience_of(application: Application) -> list[str]:
    """`["identity-cloud"]` for the management API, else the client and its resource server (contract/wire.md §2)."""
    server = application.resource_server
    if server is not None and server.is_managed and server.identifier == MANAGEMENT_IDENTIFIER:
        return [MANAGEMENT_IDENTIFIER]
    return [application.client_id, *([server.identifier] if server else [])]


def _half_hash(token: str) -> str:
    """at_hash: the left half of SHA-256 of the token (OpenID Connect Core §3.1.3.6; every alg we sign with is a 256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()
