"""Tokens as their owners see them: what was given out and still opens something, or renews what does."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.applications.models import AccessToken, Application, Grant, IssuedToken, RefreshToken
from apps.core import ids
from apps.core.context import Context
from apps.core.errors import Invalid, NotFound, Violation, told
from apps.core.rows import NEWEST, Key, Page, Sorts, walk, walk_near
from apps.core.unions import Question, answers, question, together
from apps.directory import words

TOKEN_SORTS = Sorts("-created", created=NEWEST)
GRANT_SORTS = Sorts("-signed_in", signed_in=Key("authenticated_at", descending=True))
PRINCIPAL_TYPES = ("application", "identity")
_NEAR = 1_000  # sign-ins, of which usually most are live
_FEW = 1_000


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
    text: str = "",
    sort: str = "",
    before: str = "",
    after: str = "",
    size: int = 20,
) -> Page:
    """Live tokens of the application itself; `named`: only those made by hand. `text` stands somewhere in the name, or is
    how the token ends, or its jti. A cursor is a row's id."""
    rows = _live(ctx, application).filter(user=None)
    if named:
        rows = rows.exclude(display_name="")
    if text:
        rows = rows.filter(Q(display_name__icontains=text) | Q(token_suffix=text.lstrip("…")) | Q(jti=text))
    return walk(AccessToken.objects.filter(application=application), rows, TOKEN_SORTS.key(sort), before, after, size)


def own_tokens_of(ctx: Context, application: Application) -> "QuerySet[AccessToken]":
    """Live tokens that are nobody's but the application's."""
    return _live(ctx, application).select_related("application__realm").filter(user=None)


def page_of_grants(
    ctx: Context,
    application: Application,
    *,
    text: str = "",
    sort: str = "",
    before: str = "",
    after: str = "",
    size: int = 20,
) -> Page:
    """What people granted the application and still works, of those people whom `text` fits as in the directory. A cursor is
    a row's id."""
    every = Grant.objects.filter(application=application)
    fitting = words.fitting(text, "user")
    rows = live_grants_of(ctx, application).filter(fitting)

    def of_few() -> "QuerySet[Grant]":
        few = _few_live_grants(ctx, application)
        return rows if few is None else _standing_grants_of(application).filter(fitting, pk__in=few)

    near = 0 if text else _NEAR  # who has a rare name is found by the name, and not among those who came last
    return walk_near(every, rows, GRANT_SORTS.key(sort), before, after, size, near=near, otherwise=of_few)


def live_grants_of(ctx: Context, application: Application) -> "QuerySet[Grant]":
    """Sign-ins of which a token still opens something, or renews what does.

    One such token is asked for, by its index, and not whether there is one (EXISTS): PostgreSQL would first gather every
    live token of every application, to know of twenty sign-ins."""
    opens = AccessToken.objects.filter(grant_id=OuterRef("pk"), revoked_at=None, expires__gt=ctx.now)
    renews = RefreshToken.objects.filter(grant_id=OuterRef("pk"), revoked=None, consumed_at=None, expires__gt=ctx.now)
    first = Coalesce(Subquery(opens.order_by().values("pk")[:1]), Subquery(renews.order_by().values("pk")[:1]))
    return _standing_grants_of(application).alias(live_token=first).filter(live_token__isnull=False)


def _standing_grants_of(application: Application) -> "QuerySet[Grant]":
    return Grant.objects.select_related("user", "application__realm").filter(application=application, revoked_at=None)


def _few_live_grants(ctx: Context, application: Application) -> set[UUID] | None:
    """The same by the application's live tokens, where these are few; None where they are many."""
    found = answers(_with_live_tokens(ctx, application))
    return None if len(found) > _FEW else {UUID(str(pk)) for (pk,) in found}


def _with_live_tokens(ctx: Context, application: Application) -> Question:
    """The newest. However many tokens are over, their index passes by them without a look."""
    live = {"application": application, "expires__gt": ctx.now, "grant__isnull": False}
    opens = AccessToken.objects.filter(**live, revoked_at=None)
    renews = RefreshToken.objects.filter(**live, revoked=None, consumed_at=None)
    each = [question(rows.order_by("-id").values("grant_id")[: _FEW + 1]) for rows in (opens, renews)]
    return together(each, most=_FEW + 1)


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
