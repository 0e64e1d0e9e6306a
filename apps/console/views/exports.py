"""Lists of a realm taken away as files: what their search and filters leave, streamed."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from apps.applications.exporting import export_applications, export_resource_servers, export_roles
from apps.console.access import Desk, administrator
from apps.console.file_names import file_name
from apps.console.listing import TEXT_LENGTH
from apps.directory.exporting import export_groups, export_identities
from apps.onboarding.administrators import office_of
from apps.onboarding.exporting import export_administrators
from apps.web.held_threads import EXPORTS, Held

_BUSY_SECONDS = 10


@require_safe
@administrator("identities:read")
def identities(request: HttpRequest, desk: Desk) -> Any:
    status = request.GET.get("status", "")
    wanted = {"text": _text(request), "status": status if status in ("active", "suspended") else ""}
    return _file(desk, "identities", lambda: export_identities(desk.ctx, desk.realm, **wanted))


@require_safe
@administrator("groups:read")
def groups(request: HttpRequest, desk: Desk) -> Any:
    """Its members are people: seeing them takes that right too."""
    desk.require("identities:read")
    return _file(desk, "groups", lambda: export_groups(desk.ctx, desk.realm, text=_text(request)))


@require_safe
@administrator("applications:read")
def applications(request: HttpRequest, desk: Desk) -> Any:
    return _file(desk, "applications", lambda: export_applications(desk.ctx, desk.realm, text=_text(request)))


@require_safe
@administrator("resource-servers:read")
def resource_servers(request: HttpRequest, desk: Desk) -> Any:
    """The names of roles are among it."""
    desk.require("roles:read")
    return _file(desk, "resource-servers", lambda: export_resource_servers(desk.ctx, desk.realm, text=_text(request)))


@require_safe
@administrator("identities:read")
def administrators(request: HttpRequest, desk: Desk) -> Any:
    """Of the tenant, whatever realm was looked at before."""
    desk.require("roles:read")
    here = office_of(desk.admin_realm)
    return _file(desk, "administrators", lambda: export_administrators(desk.ctx, here, text=_text(request)))


@require_safe
@administrator("roles:read")
def roles(request: HttpRequest, desk: Desk) -> Any:
    """With who holds them: seeing people and groups takes those rights too."""
    desk.require("identities:read")
    desk.require("groups:read")
    return _file(desk, "roles", lambda: export_roles(desk.ctx, desk.realm, text=_text(request)))


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:TEXT_LENGTH].strip()


def _file(desk: Desk, noun: str, lines: Callable[[], Iterator[bytes]]) -> StreamingHttpResponse:
    """One at a time for a tenant: a slow reader holds a thread."""
    EXPORTS.require(desk.tenant.pk, _BUSY_SECONDS)
    leave = partial(EXPORTS.leave, desk.tenant.pk)
    try:
        held = Held(lines(), leave)
    except BaseException:
        leave()
        raise
    response = StreamingHttpResponse(held, content_type="text/csv; charset=utf-8")
    name = file_name(noun, desk.realm or desk.admin_realm, desk.ctx.now, "csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Accel-Buffering"] = "no"
    return response
