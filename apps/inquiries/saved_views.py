"""Verbs and reads of saved views. Whoever may read a realm's events may keep views of them."""

from django.db import IntegrityError, transaction
from django.db.models import Case, Q, QuerySet, When

from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Denied, Invalid, NotFound, Unprocessable, Violation, told
from apps.core.rows import Key, Page, hold, walk
from apps.directory.models import Identity
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.inquiries.models import NAME_LENGTH, QUERY_LENGTH, SavedView
from apps.realms.models import Realm

VIEWS_LIMIT = 50  # of one administrator in one realm
_CHANGING_OTHERS = "realms:update"
_BY_NAME = Key("name")


class TooManyViews(Unprocessable):
    code = "unprocessable_entity"


class ViewNameTaken(Conflict):
    code = "conflict"


class NotTheirView(Denied):
    """Somebody else's view is changed by who may change the realm."""

    code = "not_your_view"


def views_for(realm: Realm, person: Identity) -> "QuerySet[SavedView]":
    """Their own and what others share, by name."""
    seen = Q(owner=person) | Q(is_shared=True)
    return SavedView.objects.filter(seen, realm=realm).select_related("owner").order_by("name", "pk")


def offered_views(realm: Realm, person: Identity, count: int) -> list[SavedView]:
    """The first so many: their own, then what others share."""
    is_own = Case(When(owner=person, then=0), default=1)
    return list(views_for(realm, person).order_by(is_own, "name", "pk")[:count])


def page_of_views(
    realm: Realm, person: Identity, *, text: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """By name; `text` stands somewhere in it. A cursor is the id of a view that they may see."""
    every = views_for(realm, person)
    found = every.filter(name__icontains=text) if text else every
    return walk(every, found, _BY_NAME, before, after, size)


def get_view(realm: Realm, person: Identity, view_id: str) -> SavedView:
    """Raises NotFound, also for what somebody keeps to themselves."""
    found = views_for(realm, person).filter(pk=view_id[:16]).first()
    if found is None:
        raise NotFound("SavedView", view_id)
    return found


def save_view(
    ctx: Context, realm: Realm, owner: Identity, *, name: str, query: str, is_shared: bool = False
) -> SavedView:
    """Under a name that they have already it takes the place of what was there. `query` is without "?". Raises Invalid,
    TooManyViews."""
    with attempt(ctx, EventType.REALM_CHANGE, realm, action="SAVE_VIEW") as event:
        name = _named(name)
        if owner.tenant_id != realm.tenant_id:
            raise NotFound("Identity", owner.pk)
        if len(query) > QUERY_LENGTH or not query.isprintable():
            raise Invalid(Violation("query", "not a query of the events' page"))
        hold(owner)  # one at a time of each owner: two forms at once do not pass the limit together
        own = SavedView.objects.filter(realm=realm, owner=owner)
        view = own.filter(name=name).first()
        if view is None and own.count() >= VIEWS_LIMIT:
            raise TooManyViews(
                told("you have %(count)s views of this realm; delete one that you no longer need", count=VIEWS_LIMIT)
            )
        if view is None:
            view = SavedView(realm=realm, tenant_id=realm.tenant_id, owner=owner, name=name, created_at=ctx.now)
        view.query, view.is_shared, view.updated_at = query, is_shared, ctx.now
        view.save()
        event.target(view, name)
        event.data["is_shared"] = is_shared
    return view


def change_view(ctx: Context, view: SavedView, *, name: str, is_shared: bool) -> None:
    """Raises Invalid, NotTheirView, ViewNameTaken."""
    with attempt(ctx, EventType.REALM_CHANGE, view.realm, action="CHANGE_VIEW") as event:
        event.target(view, view.name)
        _refuse_others(ctx, view)
        hold(view.owner)  # who saves another under the new name waits, and is told that it is taken
        name = _named(name)
        event.changed("name", view.name, name)
        event.changed("is_shared", view.is_shared, is_shared)
        rows = SavedView.objects.filter(pk=view.pk)
        try:
            with transaction.atomic():
                done = rows.update(name=name, is_shared=is_shared, updated_at=ctx.now)
        except IntegrityError:
            raise ViewNameTaken("there is a view of this name already") from None
        if not done:
            raise NotFound("SavedView", view.pk)


def delete_view(ctx: Context, view: SavedView) -> None:
    """Raises NotTheirView, NotFound."""
    with attempt(ctx, EventType.REALM_CHANGE, view.realm, action="DELETE_VIEW") as event:
        event.target(view, view.name)
        _refuse_others(ctx, view)
        if not SavedView.objects.filter(pk=view.pk).delete()[0]:
            raise NotFound("SavedView", view.pk)


def may_change(ctx: Context, view: SavedView) -> bool:
    return view.owner_id == ctx.actor.id or _CHANGING_OTHERS in (ctx.held_scopes or ())


def remove_views(realm: Realm) -> None:
    """With the realm they are of. Registered with realms."""
    SavedView.objects.filter(realm=realm).delete()


def _named(name: str) -> str:
    if named := names.plain_text(name, field="name", length=NAME_LENGTH):
        return named
    raise Invalid(Violation("name", "missing"))


def _refuse_others(ctx: Context, view: SavedView) -> None:
    if not may_change(ctx, view):
        raise NotTheirView("only who shares this view, or may change the realm, changes it")
