"""This face's one mapper: refusals → a friendly page, in the look of the realm that the address names."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.authentication.flows import FlowOver
from apps.core.errors import Gone, NotFound, RateLimited, Refusal
from apps.credentials.selectors import LinkUnknown
from apps.policy.services import DENIED_MESSAGE
from apps.realms import selectors as realms
from apps.web import errors as web_errors
from apps.web import language, realm_pages, refusals
from apps.web.status import status_of

View = Callable[..., HttpResponse]


def page_view(*methods: str) -> Callable[[View], View]:
    """A page: these methods only; every refusal is answered in words."""

    def decorate(view: View) -> View:
        @language.spoken
        @wraps(view)
        def answered(request: HttpRequest, **path: Any) -> HttpResponse:
            if request.method not in methods:
                response = web_errors.answer(request, 405)
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request, **path)
            except Refusal as refusal:
                return answer(request, refusal, path)

        return answered

    return decorate


def answer(request: HttpRequest, refusal: Refusal, path: dict[str, Any]) -> HttpResponse:
    refusals.note(request, refusal)
    language.follow(request, str(refusal.facts.get("ui_locales", "")))
    if isinstance(refusal, RateLimited):
        response = web_errors.page(request, 429)
        for name, value in refusal.headers.items():
            response[name] = value
        return response
    if isinstance(refusal, LinkUnknown) or (isinstance(refusal, Gone) and not isinstance(refusal, FlowOver)):
        return realm_pages.dead_link(request, refusal, path["tenant_id"], path["realm_id"])
    if isinstance(refusal, FlowOver | NotFound) and path.keys() & {"config_id", "provider_id"}:
        realm = _realm(path)
        return realm_pages.show(
            request, realm, "hosted/dead_flow.html", {"code": refusal.code}, status=status_of(refusal)
        )
    return web_errors.answer(request, status_of(refusal))


def words_of(refusal: Refusal) -> str:
    """A rule's own words stand as they were written; where it has none, ours are in the reader's language."""
    return _(DENIED_MESSAGE) if refusal.message == DENIED_MESSAGE else refusal.message


def _realm(path: dict[str, Any]) -> Any:
    try:
        return realms.get_realm(path["tenant_id"], path["realm_id"])
    except NotFound:
        return None
