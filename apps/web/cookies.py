"""Our cookies: HttpOnly, SameSite=Lax, host-only, Secure with https (then with the __Host- prefix, RFC 6265bis §4.1.3)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def session_cookie(realm_id: str) -> str:
    return _name(f"session_{realm_id}")


def flow_cookie() -> str:
    """Ties login flows to the browser that began them."""
    return _name("flow")


def arrival_cookie() -> str:
    """Ties a device that is being added to the browser that was let in."""
    return _name("arrival")


def sessions_in(request: HttpRequest) -> list[tuple[str, str]]:
    """(realm id, token) of every session that the browser says it has."""
    prefix = session_cookie("")
    named = [name for name in request.COOKIES if name.startswith(prefix)]
    return [(name.removeprefix(prefix)[:16], read(request, name)) for name in sorted(named)]


def console_cookie() -> str:
    return _name("console")


def secure() -> bool:
    return settings.SECURE_COOKIES


def read(request: HttpRequest, name: str) -> str:
    value = request.COOKIES.get(name, "")
    return value if len(value) <= 128 and value.isascii() else ""


def write(response: HttpResponse, name: str, value: str, *, seconds: int | None = None) -> None:
    """`seconds` None: until the browser closes."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=settings.SECURE_COOKIES, httponly=True, samesite="Lax"
    )


def clear(response: HttpResponse, name: str) -> None:
    response.delete_cookie(name, path="/", samesite="Lax")


def _name(name: str) -> str:
    return f"__Host-{name}" if settings.SECURE_COOKIES else f"identity_cloud_{name}"
