"""The pages between a sign-in and the client: what a third party's application wants, and the form that posts an answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from apps.applications import selectors
from apps.authentication import flows
from apps.authentication.services import LoginRefused, consents
from apps.authentication.services import answers as sign_in_answers
from apps.core.errors import Gone, NotFound, RateLimited
from apps.oidc import answers, consent_words, errors
from apps.web import cookies, language, limits, realm_pages
from apps.web.context import context_of, subscriber_of
from apps.web.status import status_of

View = Callable[..., HttpResponse]


def _page(*methods: str) -> Callable[[View], View]:
    """A view that is given the application of its path; what is over or not this browser's is said in the realm's look."""

    def decorate(view: View) -> View:
        @language.spoken
        @wraps(view)
        def answer(request: HttpRequest, tenant_id: str, realm_id: str, application_id: UUID) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            try:
                limits.spend(limits.SIGN_IN_STARTS, subscriber_of(request))
                application = selectors.get_application_at(tenant_id, realm_id, application_id)
            except NotFound:
                return errors.page(request, 404, errors.no_application())
            except RateLimited as refusal:
                response = errors.page(request, 429, "")
                response["Retry-After"] = str(refusal.retry_after_seconds)
                return response
            try:
                return view(request, application)
            except (NotFound, Gone) as refusal:
                language.follow(request, str(refusal.facts.get("ui_locales", "")))
                dead, said = "hosted/dead_flow.html", {"code": refusal.code}
                return realm_pages.show(request, application.realm, dead, said, status=status_of(refusal))

        return answer

    return decorate


@_page("GET", "HEAD", "POST")
def consent(request: HttpRequest, application: Any) -> HttpResponse:
    """Asks, and takes the answer. Only in the browser that began the sign-in, and from the page itself (Django's CSRF)."""
    ctx = context_of(request)
    given = request.POST if request.method == "POST" else request.GET
    flow = flows.get_flow(ctx, application, given.get("flow", ""), cookies.read(request, cookies.flow_cookie()))
    language.follow(request, flows.asked_of(flow).ui_locales)
    try:
        if request.method != "POST" or given.get("answer") not in ("allow", "deny"):
            return _ask(request, application, flow)
        act = consents.give_consent if given["answer"] == "allow" else consents.refuse_consent
        return answers.send(request, application, act(ctx, flow))
    except LoginRefused as refusal:
        return answers.send(request, application, refusal.answer)


def _ask(request: HttpRequest, application: Any, flow: Any) -> HttpResponse:
    question = consents.question_of(context_of(request), flow)
    server = application.resource_server
    context = {
        "application_name": application.display_name,
        "flow_id": str(flow.pk),
        "person": question.identity,
        "things": consent_words.things(
            question.wanted,
            server.display_name if server else "",
            pseudonymous=application.subject_type == "pairwise",
        ),
    }
    response = realm_pages.show(request, application.realm, "hosted/consent.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # with none at all a browser does not say whose form it is
    return realm_pages.may_lead_to(response, flows.asked_of(flow).redirect_uri)


@_page("GET", "HEAD")
def answer(request: HttpRequest, application: Any) -> HttpResponse:
    """The form that takes an answer to the client's redirect URI, of a sign-in that a script has finished."""
    found = sign_in_answers.read_answer(context_of(request), application, request.GET.get("sealed", ""))
    return answers.posting(request, application, found)
