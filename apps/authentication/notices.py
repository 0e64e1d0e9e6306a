"""Delivering notices of sign-outs (OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8).

A notice is claimed by a lease, so a sender that dies gives it up by itself. Each application has a lane of its own for as
long as it has something due: one that does not answer keeps nobody else waiting, neither other applications nor mail.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, close_old_connections
from django.db.models import Q, QuerySet

from apps.authentication import backchannel
from apps.authentication.models import LogoutNotice
from apps.core import outgoing
from apps.core.context import Context, system_context
from apps.core.outgoing import Unreachable
from apps.events.attempt import attempt
from apps.events.types import EventType

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
BACK_OFF_SECONDS = (2, 10, 60, 300, 1800, 3600)
GIVE_UP_AFTER = timedelta(hours=24)
_REFUSALS_BELIEVED = 3  # a 400 may be a passing trouble there, such as keys that it could not fetch
_AT_ONCE = 100
_LANE_SECONDS = 5.0  # then the next sweep goes on: nobody who stops the worker waits for a slow application
_TAKEN = (200, 204)

_LANES = ThreadPoolExecutor(8, thread_name_prefix="logout")
_busy: set[UUID] = set()
_busy_lock = threading.Lock()


def drain(*, wait_seconds: float = 0.2) -> int:
    """Opens a lane for every application that has something due and none yet in this process. Returns how many; does not
    wait for the slow ones."""
    due = _due(system_context()).values_list("application_id", flat=True).distinct()[:_AT_ONCE]
    opened = [_LANES.submit(_serve, application_id) for application_id in list(due) if _enter(application_id)]
    wait(opened, wait_seconds)
    return len(opened)


def deliver_to(application_id: UUID) -> int:
    """What is due to one application, oldest first, for a while. When it cannot be reached the rest waits with the first."""
    delivered, until = 0, time.monotonic() + _LANE_SECONDS
    waiting = _due(system_context()).filter(application_id=application_id).order_by("next_try_at", "id")
    for notice_id in list(waiting.values_list("pk", flat=True)[:_AT_ONCE]):
        if time.monotonic() > until:
            break
        answered = deliver(notice_id)
        if answered is False:
            _postpone(application_id)
            break
        delivered += bool(answered)
    return delivered


def deliver(notice_id: UUID) -> bool | None:
    """Tries once. True: it was answered, if only with a refusal. False: it could not be reached. None: nothing to do."""
    ctx = system_context()
    notice = _claim(ctx, notice_id)
    if notice is None:
        return None
    ctx = ctx.in_flow(notice.correlation_id)
    notice.tries += 1
    try:
        form = {"logout_token": backchannel.logout_token(ctx, notice)}
        answer = outgoing.post_form(notice.application.backchannel_logout_uri, form)
    except Unreachable as problem:
        _failed(ctx, notice, str(problem))
        return False
    if answer.status in _TAKEN:
        _close(ctx, notice, problem="")
        return True
    _failed(ctx, notice, f"it answered {answer.status}", refused=answer.status == 400)
    return answer.status < 500


def _due(ctx: Context) -> "QuerySet[LogoutNotice]":
    free = Q(lease_until=None) | Q(lease_until__lte=ctx.now)
    return LogoutNotice.objects.filter(free, delivered_at=None, failed_at=None, next_try_at__lte=ctx.now)


def _claim(ctx: Context, notice_id: UUID) -> LogoutNotice | None:
    if _due(ctx).filter(pk=notice_id).update(lease_until=ctx.now + LEASE, updated_at=ctx.now) != 1:
        return None
    return LogoutNotice.objects.select_related("application", "realm").filter(pk=notice_id).first()


def _failed(ctx: Context, notice: LogoutNotice, problem: str, *, refused: bool = False) -> None:
    over = ctx.now - notice.created_at >= GIVE_UP_AFTER or (refused and notice.tries >= _REFUSALS_BELIEVED)
    if over:
        _close(ctx, notice, problem=problem)
        return
    pause = timedelta(seconds=BACK_OFF_SECONDS[min(notice.tries, len(BACK_OFF_SECONDS)) - 1])
    LogoutNotice.objects.filter(pk=notice.pk).update(
        tries=notice.tries, next_try_at=ctx.now + pause, lease_until=None, updated_at=ctx.now
    )


def _postpone(application_id: UUID) -> None:
    ctx = system_context()
    later = {"next_try_at": ctx.now + timedelta(seconds=BACK_OFF_SECONDS[1]), "updated_at": ctx.now}
    _due(ctx).filter(application_id=application_id).update(**later)


def _close(ctx: Context, notice: LogoutNotice, *, problem: str) -> None:
    with attempt(ctx, EventType.SESSION_CHANGE, notice.realm, action="NOTIFY") as event:
        event.target(notice.application)
        if notice.session_id:
            event.targets.append({"type": "session", "id": str(notice.session_id), "display_name": ""})
        event.data |= {"notice_id": str(notice.pk), "tries": notice.tries}
        event.data["personal"] = {"subject": notice.subject}
        if problem:
            event.outcome = "FAILED_TO_SEND"
            event.data["problem"] = problem
        ended: dict[str, Any] = {"failed_at": ctx.now} if problem else {"delivered_at": ctx.now}
        LogoutNotice.objects.filter(pk=notice.pk).update(tries=notice.tries, updated_at=ctx.now, **ended)


def _enter(application_id: UUID) -> bool:
    with _busy_lock:
        free = application_id not in _busy
        _busy.add(application_id)
        return free


def _serve(application_id: UUID) -> None:
    try:
        deliver_to(application_id)
    except DatabaseError:
        logger.warning("the database is not answering; sign-outs are told of later")
    except Exception:
        logger.exception("an application could not be told of a sign-out")
    finally:
        close_old_connections()
        with _busy_lock:
            _busy.discard(application_id)
