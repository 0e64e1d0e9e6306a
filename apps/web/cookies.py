"""Our cookies: HttpOnly, SameSite=Lax, host-only, Secure with https (then with the __Host- prefix, RFC 6265bis §4.1.3)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def session_cookie(realm_id: str) -> str:
    return _name(f"session_{realm_id}")


def flow_cookie() -> str:
    """Ties login flows to the browser that began them."""
    return _name("flow")


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
