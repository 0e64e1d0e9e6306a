"""In which language a page speaks: the client's wish (`ui_locales`, OpenID Connect Core §3.1.2.1), then the browser's."""

from django.http import HttpRequest
from django.utils import translation


def wished(ui_locales: str) -> str:
    """The first of the tags, most wanted first, that there is a translation for; "" for none."""
    for tag in ui_locales.split()[:10]:
        try:
            return translation.get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return ""


def of_request(request: HttpRequest) -> str:
    return translation.get_language_from_request(request)


def follow(ui_locales: str) -> None:
    """From here to the end of the page, which began in the browser's language."""
    if language := wished(ui_locales):
        translation.activate(language)
