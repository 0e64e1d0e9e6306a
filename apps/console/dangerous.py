"""What is dangerous at the console wants the passkey of the last minutes, whoever holds the cookie.

What was asked for meanwhile is kept on this side, shown again after the proof and sent by a second press; see
docs/decisions/0022-the-passkey-before-what-is-dangerous.md.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.authentication import kept_acts
from apps.console.access import Desk, View, page_before, refused, see_other
from apps.console.kept_forms import browser_of
from apps.core.errors import Refusal

KEPT_FIELD = "kept_act"
_NOT_KEPT = frozenset({KEPT_FIELD, "csrfmiddlewaretoken"})


def in_admin_realm(request: HttpRequest, desk: Desk) -> bool:
    """Where what is done to people, groups and roles is done to administrators."""
    return bool(desk.realm and desk.realm.is_admin)


def dangerous(label: Any, when: Callable[[HttpRequest, Desk], bool] = lambda request, desk: True) -> Any:
    """Under `administrator`. `label` names the act on the button that sends it again, `when` says for which requests."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, desk: Desk, **path: Any) -> HttpResponse:
            if request.method != "POST" or not when(request, desk):
                return view(request, desk, **path)
            if not desk.is_proven:
                return _keep(request, desk, str(label))
            if act_id := request.POST.get(KEPT_FIELD, ""):
                try:
                    kept_acts.spend(desk.ctx, desk.session, browser_of(request), act_id)
                except kept_acts.SpentAct:
                    messages.warning(request, _("Nothing was done: this was sent before, or waited too long."))
                    return see_other(request, "/console/")
            return view(request, desk, **path)

        return answer

    return decorate


def _keep(request: HttpRequest, desk: Desk, label: str) -> HttpResponse:
    fields = kept_acts.fields_of(dict(request.POST.lists()), _NOT_KEPT)
    place = desk.realm.display_name if desk.realm else desk.tenant.display_name
    act = kept_acts.Act(label, place, request.get_full_path(), page_before(request), fields)
    try:
        act_id = kept_acts.keep(desk.ctx, desk.session, browser_of(request), act)
    except Refusal as refusal:
        return refused(request, refusal, desk)
    return see_other(request, f"/console/confirm/{act_id}")
