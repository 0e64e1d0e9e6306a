"""Authorization codes: made here, redeemed by `exchange`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.applications import scopes, selectors
from apps.applications.models import Application, Grant
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Denied
from apps.directory.models import Identity
from apps.tokens import assurance
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.claims import ByName

CODE_SECONDS = 60


class NothingGranted(Denied):
    """Scopes were asked for and the person's roles leave none of them."""

    code = "invalid_scope"


@dataclass(frozen=True, slots=True)
class Proof:
    """How and when the person proved who they are."""

    identity: Identity
    authenticated_at: datetime
    acr: str
    amr: Sequence[str]
    session_id: UUID | None = None
    credential_id: str = ""


def scopes_for(application: Application, asked: AuthorizationRequest, identity: Identity) -> tuple[str, ...]:
    """What a code would grant this person's application now. Raises NothingGranted."""
    granted = scopes.granted(
        asked.scopes,
        allowed=application.allowed_scopes,
        of_roles=selectors.role_scopes(identity, application.resource_server),
        openid=application.protocol == "oidc",
    )
    if asked.asked_for_scopes and not granted:
        raise NothingGranted("none of the scopes asked for may be granted")
    return granted


def insert_code(ctx: Context, application: Application, asked: AuthorizationRequest, proof: Proof) -> str:
    """The code in clear, once; its digest in the database. Inside the attempt that decided. Raises NothingGranted."""
    granted = scopes_for(application, asked, proof.identity)
    code = secrets.new_token()
    Grant.objects.bulk_create(
        [
            Grant(
                tenant_id=application.tenant_id,
                realm_id=application.realm_id,
                application=application,
                user=proof.identity,
                code=secrets.digest(code),
                expires=ctx.now + timedelta(seconds=CODE_SECONDS),
                redirect_uri=asked.redirect_uri,
                scope=" ".join(granted),
                code_challenge=asked.code_challenge,
                code_challenge_method=asked.code_challenge_method,
                nonce=asked.nonce,
                session_id=proof.session_id,
                credential_id=proof.credential_id,
                authenticated_at=proof.authenticated_at,
                acr=assurance.to_say(proof.acr, asked.acr_values, essential=asked.acr_essential),
                amr=list(proof.amr),
                claims=ByName(asked.userinfo_claims, asked.id_token_claims).as_json(),
                resource=list(asked.resources),
                correlation_id=ctx.correlation_id,
            )
        ]
    )
    return code
