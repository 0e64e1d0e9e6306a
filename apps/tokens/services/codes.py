"""Authorization codes: made here, redeemed by `exchange`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models.functions import Now

from apps.applications import scopes, selectors
from apps.applications.models import Application, Grant
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Denied
from apps.core.new_rows import new_row
from apps.directory.models import Identity
from apps.events.attempt import Draft
from apps.tokens import assurance
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.claims import ByName
from apps.tokens.models import PushedRequest

CODE_SECONDS = 60


class NothingGranted(Denied):
    """Scopes were asked for and the person's roles leave none of them."""

    code = "invalid_scope"


class RequestUsedUp(NothingGranted):
    """The pushed request has given its one code already (RFC 9126 §7.3)."""

    code = "invalid_request"


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


def insert_code(event: Draft, ctx: Context, application: Application, asked: AuthorizationRequest, proof: Proof) -> str:
    """The code in clear, once; its digest in the database, written with the event of the attempt that decided. Raises
    NothingGranted."""
    granted = scopes_for(application, asked, proof.identity)
    if asked.pushed_id:
        _use_up(asked.pushed_id)
    code = secrets.new_token()
    event.write(
        new_row(
            Grant,
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
            dpop_jkt=asked.dpop_jkt,
            claims=ByName(asked.userinfo_claims, asked.id_token_claims).as_json(),
            resource=list(asked.resources),
            correlation_id=ctx.correlation_id,
        )
    )
    return code


def _use_up(pushed_id: str) -> None:
    unused = PushedRequest.objects.filter(pk=pushed_id, consumed_at=None)
    if unused.update(consumed_at=Now()) != 1:
        raise RequestUsedUp("this request was used before")
