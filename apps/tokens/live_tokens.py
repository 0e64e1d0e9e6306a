"""From an access token to its row and its claims: self-contained ones bring theirs, referential ones find them here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from apps.applications import selectors
from apps.applications.models import AccessToken, Grant
from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.core.known_statements import KnownQuery
from apps.events.kept import kept
from apps.tokens import jose, references, verification
from apps.tokens.issuer import issuer_of

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LiveToken:
    """Neither expired nor revoked, and whom it speaks for is active. The row has its application, realm, resource server
    and person at hand."""

    row: AccessToken
    claims: Mapping[str, Any]

    @property
    def of_grant(self) -> tuple[str, str]:
        """The correlation id of the sign-in that it came of, and the claims asked for there by name; "" for none."""
        return getattr(self.row, "flow_id", "") or "", getattr(self.row, "asked_claims", "") or ""

    def scopes_today(self) -> tuple[str, ...]:
        """One query, if the person's roles matter."""
        return selectors.scopes_today(self.row.application, self.row.user, self.row.scope.split())


def find_live(ctx: Context, token: str) -> LiveToken | None:
    """Signature or seal, kind, time and issuer first, then the row, in one indexed query. Says nothing of audience, nor of
    who shows it."""
    try:
        if references.is_reference(token):
            realm_id, jti = references.follow(token)
            row = _row(token)
            found = row if row and (row.realm_id, row.jti) == (realm_id, jti) else None
            claims: Mapping[str, Any] = found.claims if found else {}
        else:
            claims = _signed(token)
            jose.check_times(claims, ctx.now.timestamp())
            found = _row(token)
    except jose.TokenRejected:
        return None
    if found is None or claims.get("iss") != issuer_of(found.application) or found.expires <= ctx.now:
        return None
    return None if found.user is not None and not found.user.is_active else LiveToken(found, claims)


@kept(entries=2048)
def _signed(token: str) -> Mapping[str, Any]:
    """Clients show a token again and again, and its signature stays good while its key is: no longer, for a key withdrawn
    is a change. Time and row are looked at anew with every use. Raises TokenRejected."""
    return jose.signed_claims(token, verification.find_key, typ="at+jwt")


def mark_used(ctx: Context, row: AccessToken) -> None:
    """Once a minute at most; whoever does it at the same moment need not do it again."""
    last = row.last_used_at
    if last is None or ctx.now - last > _SEEN_EVERY:
        AccessToken.objects.filter(pk=row.pk, last_used_at=last).update(last_used_at=ctx.now)


def _row(token: str) -> AccessToken | None:
    row = _BY_DIGEST.one(secrets.digest(token))
    if row is None:
        return None
    try:
        row.application = selectors.kept_application_at(row.tenant_id, row.realm_id, row.application_id)
    except NotFound:  # deleted in this moment
        return None
    return row


def _live(digest: str) -> "QuerySet[AccessToken]":
    """With what its grant knows, read in the same statement."""
    grant = Grant.objects.filter(pk=OuterRef("grant_id"))
    rows = AccessToken.objects.select_related("user")
    known = {"flow_id": Subquery(grant.values("correlation_id")), "asked_claims": Subquery(grant.values("claims"))}
    return rows.annotate(**known).filter(token_checksum=digest, revoked_at=None)


_BY_DIGEST = KnownQuery(_live, str)
