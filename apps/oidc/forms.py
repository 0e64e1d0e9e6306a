"""Reading what a client posts: a urlencoded body, and the headers by which it proves something of itself."""

from django.http import HttpRequest

from apps.core.errors import Invalid
from apps.tokens import parameters
from apps.tokens.parameters import Form, NotAForm

_FORM = "application/x-www-form-urlencoded"


class UnreadableForm(Invalid):
    """RFC 6749 §3.2: parameters come urlencoded in the body, and nowhere else."""


def form_of(request: HttpRequest) -> Form:
    """Raises UnreadableForm."""
    try:
        return parameters.read_form(body_of(request))
    except NotAForm as problem:
        raise UnreadableForm(message=str(problem)) from None


def body_of(request: HttpRequest) -> str:
    """Raises UnreadableForm."""
    if request.content_type != _FORM:
        raise UnreadableForm(message=f"the body must be {_FORM}")
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableForm(message="the body is not UTF-8") from None


def headers_of(request: HttpRequest) -> dict[str, str]:
    return {name: request.META[name] for name in ("HTTP_AUTHORIZATION", "HTTP_DPOP") if request.META.get(name)}


def shows_access_token(request: HttpRequest) -> bool:
    """By which of its ways to be authorised a request comes: an access token, rather than a client's own proof."""
    return request.headers.get("Authorization", "").partition(" ")[0].lower() in ("bearer", "dpop")
