"""The draft as JSON, for who would rather write it: the same language, the same checks, the same race."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.console.access import Desk, administrator, see_other
from apps.console.forms.versioned import read_version
from apps.console.policy_tabs import crumbs, policy_tabs
from apps.console.render import page, realm_url
from apps.core.errors import Invalid, Violation
from apps.policy import selectors
from apps.policy import services as policy
from apps.policy.services import DraftChanged
from apps.web import strict_json

_LARGEST = 1_048_576


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:read")
def edit(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What was typed stays on the page whatever is wrong with it, each mistake with its path."""
    draft = selectors.draft_of(desk.realm)
    text, problems, status, is_lost = _shown(draft.rules), [], 200, False
    if request.method == "POST":
        desk.require("policy:update")
        text = request.POST.get("rules", "")[:_LARGEST]
        try:
            policy.save_draft(desk.ctx, desk.realm, _read(text), seen_at=read_version(request.POST.get("version", "")))
        except Invalid as refusal:
            problems, status = list(refusal.violations), 422
        except DraftChanged:
            draft, status, is_lost = selectors.draft_of(desk.realm), 409, True
        else:
            messages.success(request, _("The draft is saved. Publish it to put it in force."))
            return see_other(request, realm_url(desk.realm, "policy"))
    context = {
        "text": text,
        "problems": problems,
        "is_lost": is_lost,
        "stored": _shown(draft.rules) if is_lost else "",
        "draft": draft,
        "url": realm_url(desk.realm, "policy/json"),
        "may_update": desk.may("policy:update"),
        "tabs": policy_tabs(desk, "json"),
        "crumbs": crumbs(desk, _("JSON")),
    }
    return page(request, desk, "policy/json.html", context, status=status)


def _shown(rules: Any) -> str:
    return json.dumps({"rules": rules}, indent=2, ensure_ascii=False)


def _read(text: str) -> Any:
    """The rules of what was typed. Raises Invalid."""
    try:
        given = strict_json.parse(text.encode("utf-8", "surrogatepass"))
    except strict_json.BadJSON as problem:
        raise Invalid(Violation("policy", str(problem))) from None
    if not isinstance(given, dict) or set(given) != {"rules"}:
        raise Invalid(Violation("policy", 'must be an object with the one field "rules"'))
    return given["rules"]
