"""Whether the realm's record is whole: the last checkpoint, its age, and a check at the press of a button."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.console.access import Desk, administrator
from apps.console.figures import figure
from apps.console.render import page, realm_url
from apps.core.secrets import base64url
from apps.events import auditing


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("events:read")
def integrity(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The check changes nothing, but takes a moment: so it is asked for with a POST, and shown at once."""
    audit = auditing.audit(desk.realm.pk, desk.realm.tenant_id) if request.method == "POST" else None
    checkpoint = audit.checkpoint if audit else auditing.last_checkpoint(desk.realm.pk)
    here = realm_url(desk.realm, "events")
    context = {
        "audit": audit,
        "hashed": figure(audit.events) if audit else "",
        "checkpoint": checkpoint,
        "covered": figure(checkpoint.tree_size) if checkpoint else "",
        "root": base64url(bytes(checkpoint.root_hash)) if checkpoint else "",
        "retention_days": desk.realm.event_retention_days,
        "url": f"{here}/integrity",
        "crumbs": [{"label": _("Events"), "url": here}, {"label": _("Integrity")}],
    }
    return page(request, desk, "events/integrity.html", context)
