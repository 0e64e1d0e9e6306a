"""Pages and probes of no face: home, errors, health."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, is_valid_path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.tenants import selectors as tenants
from apps.web import errors, language


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The console; on an installation that nobody uses yet, the page that opens its first tenant."""
    return redirect("/console/" if tenants.is_any() else "/signup")


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
    page = _beside(request) if isinstance(exception, Resolver404) else ""
    return redirect(page) if page else errors.answer(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return errors.answer(request, 500)


def _beside(request: HttpRequest) -> str:
    """The page whose address a person typed with a slash too few or too many at its end; "" where there is none. Programs
    are told of their slip: they would lose a body, and their authorization with it."""
    path, query = request.path, request.META.get("QUERY_STRING", "")
    if request.method not in ("GET", "HEAD") or path.startswith(("/v1/", "//")) or errors.wants_json(request):
        return ""
    other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    return f"{quote(other)}{'?' if query else ''}{query}" if is_valid_path(other) else ""


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
