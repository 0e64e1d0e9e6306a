"""Rules of the policy's draft: move, switch, remove, bring back. Nothing here changes what is published."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.console.access import Desk, administrator, see_other
from apps.console.forms.versioned import read_version
from apps.console.policy_tabs import crumbs
from apps.console.questions import Question, ask
from apps.console.render import realm_url
from apps.policy import editing, selectors
from apps.policy import services as policy


@require_POST
@administrator("policy:update")
def move(request: HttpRequest, desk: Desk, rule_id: str) -> HttpResponse:
    """One place up or down, or `to` a place, counted from nought."""
    to = request.POST.get("to", "")
    if to.isascii() and to.isdigit() and len(to) < 4:
        _change(desk, request, lambda rules: _moved_to(rules, rule_id, int(to)))
    else:
        by = -1 if request.POST.get("direction") == "up" else 1
        _change(desk, request, lambda rules: editing.moved(rules, rule_id, by))
    return see_other(request, f"{_url(desk)}#rule-{rule_id}")


@require_POST
@administrator("policy:update")
def switch(request: HttpRequest, desk: Desk, rule_id: str) -> HttpResponse:
    enabled = request.POST.get("enabled") == "true"
    _change(desk, request, lambda rules: editing.replaced(rules, {**editing.find(rules, rule_id), "enabled": enabled}))
    return see_other(request, f"{_url(desk)}#rule-{rule_id}")


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:update")
def remove(request: HttpRequest, desk: Desk, rule_id: str) -> HttpResponse:
    """GET asks, where no dialog could."""
    draft = selectors.draft_of(desk.realm)
    rule = editing.find(draft.rules, rule_id)
    if request.method != "POST":
        question = removing(desk, rule_id, rule.get("name", ""), draft)
        return ask(request, desk, question, _url(desk), crumbs(desk, _("Remove rule")))
    _change(desk, request, lambda rules: editing.without(rules, rule_id))
    told = _("“%(name)s” is removed from the draft. Until you publish, it still decides.")
    messages.success(request, told % {"name": rule.get("name", "")})
    return see_other(request, _url(desk))


def removing(desk: Desk, rule_id: str, name: str, draft: Any) -> Question:
    text = _("It is taken out of the draft. Until you publish, it still decides.")
    url, version = f"{_url(desk)}/rules/{rule_id}/remove", draft.updated_at.isoformat()
    return Question(_("Remove “%(name)s”?") % {"name": name}, text, _("Remove rule"), url, version=version)


@require_POST
@administrator("policy:update")
def restore(request: HttpRequest, desk: Desk, rule_id: str) -> HttpResponse:
    """A published rule that the draft has lost, back where it was."""
    published = selectors.published(desk.realm).rules
    rule = editing.find(published, rule_id)
    _change(desk, request, lambda rules: editing.inserted(rules, rule, published.index(rule)))
    return see_other(request, f"{_url(desk)}#rule-{rule_id}")


def _moved_to(rules: list[Any], rule_id: str, place: int) -> list[Any]:
    now = next((at for at, rule in enumerate(rules) if rule["id"] == rule_id), place)
    return editing.moved(rules, rule_id, place - now)


def _change(desk: Desk, request: HttpRequest, edit_rules: Callable[[list[Any]], list[Any]]) -> None:
    """One step on the draft that the administrator saw. Raises DraftChanged, NotFound."""
    rules = edit_rules(selectors.draft_of(desk.realm).rules)
    policy.save_draft(desk.ctx, desk.realm, rules, seen_at=read_version(request.POST.get("version", "")))


def _url(desk: Desk) -> str:
    return realm_url(desk.realm, "policy")
