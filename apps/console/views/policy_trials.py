"""The test bench: would this person get in from this browser? And the tests that a draft must pass to be published."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.authentication import trials
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.forms.policy_trials import TrialForm
from apps.console.policy_tabs import crumbs, policy_tabs
from apps.console.render import page, realm_url
from apps.console.rule_choices import picker
from apps.console.rule_sentences import ACTIONS, names_in
from apps.console.rule_traces import lines_of
from apps.core.errors import Invalid, NotFound
from apps.directory import selectors as directory
from apps.policy import selectors, transactions
from apps.policy import services as policy
from apps.policy.engine import DEFAULT_RULE
from apps.policy.services import TestsChanged
from apps.web import language, strict_json

_NAME_LENGTH = 100
_LARGEST = 20_000


@require_safe
@administrator("policy:read")
def bench(request: HttpRequest, desk: Desk) -> HttpResponse:
    chosen = request.GET.get("application", "")
    clients = picker(desk, "application", "application.id", [chosen], request.GET.get("find_application", ""))
    named = names_in(desk.realm, (), {"application.id": [chosen]} if "\x00" not in chosen else {}).applications
    form = TrialForm(request.GET if "type" in request.GET else None, applications=named.items())
    context: dict[str, Any] = {"form": form, "clients": clients}
    status = 200
    if form.is_bound:
        told = _tried(desk, form)
        context |= told
        status = 200 if told else 422
    context |= {
        "url": realm_url(desk.realm, "policy"),
        "tabs": policy_tabs(desk, "try"),
        "may_update": desk.may("policy:update"),
        "crumbs": crumbs(desk, _("Try it")),
    }
    return page(request, desk, "policy/bench.html", context, status=status)


@require_safe
@administrator("policy:read")
def tests(request: HttpRequest, desk: Desk) -> HttpResponse:
    row = selectors.tests_of(desk.realm)
    outcome = trials.run_tests(desk.ctx, desk.realm)
    failed = {failure.name: failure for failure in outcome.failed}
    rules = {rule["id"]: rule.get("name") or rule["id"] for rule in selectors.draft_of(desk.realm).rules}
    context = {
        "listed": [_test(test, failed.get(test["name"]), rules) for test in row.tests],
        "passed": outcome.passed,
        "failed": len(outcome.failed),
        "version": row.updated_at,
        "url": realm_url(desk.realm, "policy"),
        "tabs": policy_tabs(desk, "tests"),
        "may_update": desk.may("policy:update"),
        "crumbs": crumbs(desk, _("Tests")),
    }
    return page(request, desk, "policy/tests.html", context)


@require_POST
@administrator("policy:update")
def keep(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What the bench just said, as a test: the rules are to say it from now on."""
    here = realm_url(desk.realm, "policy/tests")
    name = request.POST.get("name", "").strip()[:_NAME_LENGTH]
    row = selectors.tests_of(desk.realm)
    try:
        test = _written(request, name)
        kept = [each for each in row.tests if each["name"] != name]
        policy.save_tests(desk.ctx, desk.realm, [*kept, test], seen_at=row.updated_at)
    except Invalid as refusal:
        said = [f"{each.field}: {language.words(each.description)}" for each in refusal.violations]
        messages.error(request, "; ".join(said) or sentence(refusal.message))
        return see_other(request, realm_url(desk.realm, "policy/try"))
    except TestsChanged as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("“%(name)s” is kept. A draft that fails it is not published.") % {"name": name})
    return see_other(request, here)


@require_POST
@administrator("policy:update")
def drop(request: HttpRequest, desk: Desk) -> HttpResponse:
    here, name = realm_url(desk.realm, "policy/tests"), request.POST.get("name", "")
    row = selectors.tests_of(desk.realm)
    try:
        kept = [each for each in row.tests if each["name"] != name]
        policy.save_tests(desk.ctx, desk.realm, kept, seen_at=row.updated_at)
    except TestsChanged as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("The test is gone."))
    return see_other(request, here)


def _written(request: HttpRequest, name: str) -> dict[str, Any]:
    """Raises Invalid; what is in it, the verb judges."""
    text = request.POST.get("transaction", "")
    try:
        transaction = strict_json.parse(text.encode("utf-8", "surrogatepass")[:_LARGEST])
    except strict_json.BadJSON:
        raise Invalid(message="the page was not JSON") from None
    expect = {"action": request.POST.get("action", "")}
    if rule_id := request.POST.get("rule_id", ""):
        expect["matched_rule_id"] = rule_id
    return {"name": name, "transaction": transaction, "expect": expect}


def _tried(desk: Desk, form: TrialForm) -> dict[str, Any]:
    """What the page shows of the answer; nothing when the form was wrong, which then says where."""
    if not form.is_valid():
        return {}
    person = _person(desk, form.cleaned_data["person"].strip())
    if person is None and form.cleaned_data["person"].strip():
        form.add_error("person", _("Nobody in this realm is called this."))
        return {}
    version = form.cleaned_data["version"] or "draft"
    asked = form.transaction(person.pk if person else "")
    try:
        chosen = selectors.chosen(desk.realm, version)
        decision = trials.evaluate(desk.ctx, desk.realm, transactions.parse(asked), chosen.rules)
    except (Invalid, NotFound) as refusal:
        form.add_error(None, sentence(refusal.message))
        return {}
    rules = selectors.published(desk.realm).rules if version == "published" else selectors.draft_of(desk.realm).rules
    return {
        "decision": decision,
        "words": str(ACTIONS[decision.action][0]),
        "tone": ACTIONS[decision.action][1],
        "decided_by": next((r.get("name") or r["id"] for r in rules if r["id"] == decision.matched_rule_id), ""),
        "is_default": decision.matched_rule_id == DEFAULT_RULE,
        "lines": lines_of(desk.realm, rules, decision),
        "transaction": json.dumps(asked),
        "person": person,
    }


def _person(desk: Desk, text: str) -> Any:
    if not text or not desk.may("identities:read"):
        return None
    found = directory.identity_by_username(desk.realm, text)
    return found or directory.identities_in(desk.realm).filter(pk=text[:16]).first()


def _test(test: Any, failure: Any, rules: dict[str, str]) -> dict[str, Any]:
    def said(told: Any) -> str:
        if "error" in told:
            return sentence(told["error"])
        words = str(ACTIONS[told["action"]][0])
        by = rules.get(told.get("matched_rule_id", ""), "")
        return _("%(action)s, by “%(rule)s”") % {"action": words, "rule": by} if by else words

    return {
        "name": test["name"],
        "transaction": test["transaction"]["type"],
        "expected": said(test["expect"]),
        "actual": said(failure.actual) if failure else "",
        "passes": failure is None,
    }
