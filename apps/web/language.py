"""In which language a page speaks: the client's wish (`ui_locales`, OpenID Connect Core §3.1.2.1), then the browser's.

At the console it is what the administrator chose there, then the browser's. A page is in one language or in another, never
in two: where there is no whole catalogue it is in English. That holds for the documents, whose addresses are named here.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from apps.core.errors import Told
from apps.web import cookies

ENGLISH = "en"
_ENGLISH_ONLY = ("/docs", "/dev/")
_CHOSEN = "identity_cloud_language"
_CHOSEN_SECONDS = 365 * 86_400
_CONSOLE = "/console"
_TAGS_READ = 10
_FIELDS_READ = 100
_MAY_WISH = re.compile(r"(?:^|&)(?:ui_locales=|[^=&]*[%+])")  # by its name, or one that is to be decoded first
View = Callable[..., HttpResponse]


def words(text: str) -> str:
    """What a refusal says, in the language that is spoken; values in it are words of their own, if there are such."""
    if not isinstance(text, Told):
        return translation.gettext(text) if text else text
    return translation.gettext(text.template) % {name: _value(value) for name, value in text.values.items()}


def _value(value: object) -> object:
    return words(value) if isinstance(value, Told) else value


def wished(ui_locales: str) -> str:
    """The first of the tags, most wanted first, that there is a translation for; "" for none."""
    for tag in ui_locales.split()[:_TAGS_READ]:
        try:
            return translation.get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return ""


def of_request(request: HttpRequest) -> str:
    """What was settled for this request, else what its browser asks for."""
    if settled := getattr(request, "LANGUAGE_CODE", ""):
        return str(settled)
    if request.path.startswith(_ENGLISH_ONLY):
        return ENGLISH
    return chosen(request) or translation.get_language_from_request(request)


def chosen(request: HttpRequest) -> str:
    """What this browser's administrator chose at the console, and there alone; "" for nothing or no language of ours."""
    code = request.COOKIES.get(_CHOSEN, "") if request.path.startswith(_CONSOLE) else ""
    return code if code in dict(settings.LANGUAGES) else ""


def choose(response: HttpResponse, code: str) -> None:
    """An empty code goes back to the browser's."""
    if code not in dict(settings.LANGUAGES):
        response.delete_cookie(_CHOSEN, path=_CONSOLE)
        return
    response.set_cookie(
        _CHOSEN, code, max_age=_CHOSEN_SECONDS, path=_CONSOLE, secure=cookies.secure(), httponly=True, samesite="Lax"
    )


def follow(request: HttpRequest, ui_locales: str) -> None:
    """From here to the end of a page that is `spoken`; it began in the browser's language."""
    if language := wished(ui_locales):
        request.LANGUAGE_CODE = language
        translation.activate(language)


def follow_query(request: HttpRequest, encoded: str) -> None:
    """The same for a request whose query is read elsewhere, with all that may be wrong with it."""
    if not _MAY_WISH.search(encoded):
        return
    try:
        given = parse_qsl(encoded, max_num_fields=_FIELDS_READ, errors="replace")
    except ValueError:
        return
    follow(request, dict(given).get("ui_locales", ""))


@contextmanager
def spoken_to(request: HttpRequest) -> Iterator[None]:
    with translation.override(of_request(request)):
        yield


def spoken(view: View) -> View:
    """A page in the reader's language. What it says of that itself, an error page inside it, stands."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **path: Any) -> HttpResponse:
        with spoken_to(request):
            return told(view(request, *args, **path))

    return answered


def told(response: HttpResponse) -> HttpResponse:
    """Says in which language the page is, and that another reader may get another."""
    if response.get("Content-Type", "").startswith("text/html"):
        response.setdefault("Content-Language", translation.get_language() or ENGLISH)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response
