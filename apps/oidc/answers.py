"""Sending a browser back to a client: by redirect, or with a form that posts itself (OAuth 2.0 Form Post Response Mode)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.tokens.redirects import Answer
from apps.web import realm_pages


def send(request: HttpRequest, application: Any, answer: Answer) -> HttpResponse:
    return posting(request, application, answer) if answer.is_posted else redirect(answer.url)


def redirect(url: str) -> HttpResponse:
    """302 to a checked URL; native apps' own schemes are fine here, which HttpResponseRedirect would refuse."""
    response = HttpResponse(status=302)
    response["Location"] = url
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def posting(request: HttpRequest, application: Any, answer: Answer) -> HttpResponse:
    """A page with the answer in a form; a script of ours posts it, and a button does where there is none."""
    context = {
        "application_name": application.display_name,
        "action": answer.redirect_uri,
        "parameters": dict(answer.parameters),
    }
    response = realm_pages.show(request, application.realm, "hosted/form_post.html", context)
    response["Cache-Control"] = "no-store"
    return realm_pages.may_lead_to(response, answer.redirect_uri)
