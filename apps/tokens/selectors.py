"""Tokens as their owners see them: what was given out and still opens something, or renews what does."""

from typing import TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.applications.models import AccessToken, Application, Grant, IssuedToken, RefreshToken
from apps.core import ids
from apps.core.context import Context
from apps.core.errors import Invalid, NotFound, Violation, told
from apps.core.rows import NEWEST, Page, Sorts, walk

TOKEN_SORTS = Sorts("-created", created=NEWEST)
PRINCIPAL_TYPES = ("application", "identity")


_Issued = TypeVar("_Issued", bound=IssuedToken)


def live_tokens_of(
    ctx: Context, application: Application, *, principal_type: str = "", principal_id: str = ""
) -> "tuple[QuerySet[AccessToken], QuerySet[RefreshToken]]":
    """Neither expired nor revoked; of one kind of principal or of one principal, if it is said which. Raises Invalid."""
    if principal_type and principal_type not in PRINCIPAL_TYPES:
        raise Invalid(Violation("principal_type", told("must be one of %(names)s", names=", ".join(PRINCIPAL_TYPES))))
    own = Q(user=None) if principal_id in ("", str(application.pk)) else Q(pk=None)
    of_people = Q(user_id=principal_id) if principal_id else ~Q(user=None)
    chosen = {"application": own, "identity": of_people, "": own | of_people}[principal_type]
    return _live(ctx, application).filter(chosen), live_refresh_tokens_of(ctx, application).filter(chosen)


def live_refresh_tokens_of(ctx: Context, application: Application) -> "QuerySet[RefreshToken]":
    """Of each family the last one, unless the whole family has ended."""
    alive = Grant.objects.filter(pk=OuterRef("grant_id"), revoked_at=None)
    rows = RefreshToken.objects.filter(Exists(alive), application=application)
    return rows.filter(revoked=None, consumed_at=None, expires__gt=ctx.now)


def page_of_tokens(
    ctx: Context,
    application: Application,
    *,
    named: bool,
    sort: str = "",
    before: str = "",
    after: str = "",
    size: int = 20,
) -> Page:
    """Live tokens of the application itself; `named`: only those made by hand. A cursor is a row's id."""
    rows = _live(ctx, application).filter(user=None)
    if named:
        rows = rows.exclude(display_name="")
    return walk(AccessToken.objects.filter(application=application), rows, TOKEN_SORTS.key(sort), before, after, size)


def page_of_grants(
    ctx: Context, application: Application, *, before: str = "", after: str = "", size: int = 20
) -> Page:
    """What people granted the application and still works, newest first. A cursor is a row's id."""
    every = Grant.objects.filter(application=application)
    return walk(every, live_grants_of(ctx, application), NEWEST, before, after, size)


def live_grants_of(ctx: Context, application: Application) -> "QuerySet[Grant]":
    """Sign-ins of which a token still opens something, or renews what does."""
    opens = AccessToken.objects.filter(grant_id=OuterRef("pk"), revoked_at=None, expires__gt=ctx.now)
    renews = RefreshToken.objects.filter(grant_id=OuterRef("pk"), revoked=None, consumed_at=None, expires__gt=ctx.now)
    rows = Grant.objects.select_related("user", "application__realm")
    return rows.filter(Exists(opens) | Exists(renews), application=application, revoked_at=None)


def get_grant(ctx: Context, application: Application, grant_id: str) -> Grant:
    """Raises NotFound, for one that is over too."""
    grant = live_grants_of(ctx, application).filter(pk=ids.parse_uuid(grant_id)).first()
    if grant is None:
        raise NotFound("Grant", grant_id)
    return grant


def get_token(ctx: Context, application: Application, token_id: str) -> AccessToken | RefreshToken:
    """By its `jti`. Raises NotFound, for one that is over too."""
    token = _by_jti(_live(ctx, application), token_id) or _by_jti(live_refresh_tokens_of(ctx, application), token_id)
    if token is None:
        raise NotFound("Token", token_id)
    return token


def _by_jti(rows: "QuerySet[_Issued]", jti: str) -> _Issued | None:
    return rows.select_related("application__realm").filter(jti=jti).first()


def _live(ctx: Context, application: Application) -> "QuerySet[AccessToken]":
    return AccessToken.objects.filter(application=application, revoked_at=None, expires__gt=ctx.now)
