"""Links that make passkeys: withdraw one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.console.access import Desk, administrator, see_other
from apps.console.render import realm_url
from apps.credentials import selectors as credentials
from apps.credentials.services import jobs
from apps.directory import selectors as directory


@require_POST
@administrator("credential-binding-jobs:create")
def revoke(request: HttpRequest, desk: Desk, identity_id: str, job_id: str) -> HttpResponse:
    identity = directory.get_identity(desk.realm, identity_id)
    jobs.revoke_job(desk.ctx, credentials.get_job(desk.realm, job_id, identity))
    messages.success(request, _("The link is withdrawn. It no longer works."))
    return see_other(request, realm_url(desk.realm, f"identities/{identity.pk}"))
