"""Client secrets of applications: each is shown in the answer that makes it and nowhere else.

That answer is the page itself, not a redirect: between a redirect and its page a secret would have to rest somewhere (a
cookie, a row), and it rests nowhere. The price is a reload that sends the form again, so both forms are spent by use: a
new application by its `once`, a new secret by the version of the application it was asked for.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from apps.applications import selectors as applications
from apps.applications.services import applications as applications_verbs
from apps.console import snippets
from apps.console.access import Desk, administrator, see_other
from apps.console.application_pages import about, url_of
from apps.console.dangerous import dangerous
from apps.console.durations import in_words
from apps.console.forms.applications import RotationForm
from apps.console.forms.versioned import read_version
from apps.console.render import form_status, page
from apps.core.rows import ChangedMeanwhile
from apps.tokens.issuer import endpoints_of


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("applications:update")
@dangerous(_lazy("Make new client secret"))
def rotate(request: HttpRequest, desk: Desk, application_id: str) -> HttpResponse:
    application = applications.get_application(desk.realm, application_id)
    fresh = {"version": application.updated_at.isoformat()}
    form = RotationForm(request.POST if request.method == "POST" else None, initial=fresh)
    if form.is_valid():
        try:
            made = applications_verbs.rotate_secret(
                desk.ctx,
                application,
                grace_seconds=form.cleaned_data["grace_seconds"],
                seen_at=read_version(form.cleaned_data["version"]),
            )
        except ChangedMeanwhile:
            messages.error(request, _("No new secret was made: the application changed since you opened the form."))
            return see_other(request, url_of(desk, application))
        return show_once(request, desk, made, rotated=True, grace_seconds=form.cleaned_data["grace_seconds"])
    context = about(desk, application, "") | {"rotation": form}
    return page(request, desk, "applications/rotate.html", context, status=form_status(form))


def show_once(request: HttpRequest, desk: Desk, made: Any, *, rotated: bool, grace_seconds: int = 0) -> HttpResponse:
    context = about(desk, made.application, "") | {
        "client_secret": made.client_secret,
        "endpoints": endpoints_of(made.application),
        "snippets": [] if rotated else snippets.of_application(made.application),
        "of_api": [] if rotated else snippets.of_api(made.application),
        "rotated": rotated,
        "grace": in_words(grace_seconds) if grace_seconds else "",
    }
    return page(request, desk, "applications/secret.html", context)
