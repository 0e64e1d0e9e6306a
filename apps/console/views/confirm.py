"""Between a dangerous act and its being done: "it is you?", the passkey, and the act once more with its button."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.authentication import kept_acts
from apps.console import oidc_client
from apps.console.access import Desk, administrator, safe_next
from apps.console.dangerous import KEPT_FIELD
from apps.console.kept_forms import browser_of
from apps.console.problems import problem
from apps.core.errors import NotFound
from apps.web.realm_pages import own_look


@require_safe
@administrator("")
def show(request: HttpRequest, desk: Desk, act_id: str) -> HttpResponse:
    """Asks for the passkey, or when it was proven shows what was asked for with a button that sends it."""
    try:
        act = kept_acts.get_act(desk.ctx, desk.session, browser_of(request), act_id)
    except NotFound:
        gone = _("What you wanted to do was done already, or it waited too long. Go back and do it again.")
        return problem(request, desk, 404, gone)
    context: dict[str, Any] = {
        **own_look(),
        "realm_name": _("Admin console"),
        "act": act,
        "is_proven": desk.is_proven,
        "prove_url": f"/console/confirm/{act_id}/prove",
        "cancel_url": safe_next(act.back),
        "kept_field": KEPT_FIELD,
        "act_id": act_id,
        "administrator": desk.administrator,
    }
    return render(request, "console/login/confirm.html", context)


@require_safe
@administrator("")
def prove(request: HttpRequest, desk: Desk, act_id: str) -> HttpResponse:
    """To the hosted page of the tenant's admin realm, for this very person and a passkey."""
    kept_acts.get_act(desk.ctx, desk.session, browser_of(request), act_id)
    pending, url = oidc_client.start_proof(desk.ctx, desk.session, f"/console/confirm/{act_id}")
    response = redirect(url)
    oidc_client.keep_pending(request, response, pending)
    return response
