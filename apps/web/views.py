"""Pages and probes of no face: home, errors, health."""

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.web import errors, language


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("/console/")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up. Touches nothing else."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Every dependency by name: {"status", "checks": {"database", "cache", "broker"}}; 503 when one is down."""
    checks = {"database": _database(), "cache": _cache(), "broker": _broker()}
    ready = all(state in ("ok", "not configured") for state in checks.values())
    return JsonResponse({"status": "ok" if ready else "down", "checks": checks}, status=200 if ready else 503)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    if errors.wants_json(request):
        return errors.answer(request, 403, "the form is too old; load the page again")
    with language.spoken_to(request):
        message = _("This form is too old, or your browser keeps no cookies from us. Load its page again.")
        return errors.page(request, 403, message=message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return errors.answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return errors.answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return errors.answer(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return errors.answer(request, 500)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except Exception:  # noqa: BLE001 - whatever is wrong, it is down
        return "down"


def _cache() -> str:
    try:
        cache.set("readyz", "ok", 5)
        return "ok" if cache.get("readyz") == "ok" else "down"
    except Exception:  # noqa: BLE001 - whatever is wrong, it is down
        return "down"


def _broker() -> str:
    if not settings.CELERY_BROKER_URL:
        return "not configured"
    from redis import Redis

    try:
        client: Any = Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
        return "ok" if client.ping() else "down"
    except Exception:  # noqa: BLE001 - whatever is wrong, it is down
        return "down"
