"""Links that make passkeys: withdraw one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.console.access import Desk, administrator, see_other
from apps.console.questions import Question, ask
from apps.console.render import realm_url
from apps.credentials import selectors as credentials
from apps.credentials.services import jobs
from apps.directory import selectors as directory


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("credential-binding-jobs:create")
def revoke(request: HttpRequest, desk: Desk, identity_id: str, job_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    identity = directory.get_identity(desk.realm, identity_id)
    job = credentials.get_job(desk.realm, job_id, identity)
    here = realm_url(desk.realm, f"identities/{identity.pk}")
    if request.method != "POST":
        people = {"label": _("Identities"), "url": realm_url(desk.realm, "identities")}
        crumbs = [people, {"label": identity.display_name, "url": here}, {"label": _("Withdraw")}]
        return ask(request, desk, withdrawing(request.path), here, crumbs)
    jobs.revoke_job(desk.ctx, job)
    messages.success(request, _("The link is withdrawn. It no longer works."))
    return see_other(request, here)


def withdrawing(url: str) -> Question:
    text = _("Whoever has it can no longer make a passkey with it. You can send a new one.")
    return Question(_("Withdraw this link?"), text, _("Withdraw link"), url)
