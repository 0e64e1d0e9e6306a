"""The form of a rule of the policy's draft: add, edit, read it aloud while it is typed. Steps on the list: rule_steps.py."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.console import own_events
from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.forms.rule_conditions import RowField, read_row
from apps.console.forms.rules import FIELDS, RuleForm
from apps.console.policy_tabs import crumbs
from apps.console.render import form_status, fragment, page, realm_url
from apps.console.rule_choices import Picker, picker
from apps.console.rule_parts import PICKERS
from apps.console.rule_sentences import action_of, condition_words, names_in, sentence_of
from apps.console.rule_templates import TEMPLATES
from apps.console.rule_templates import find as find_template
from apps.core import ids
from apps.core.errors import Invalid, NotFound
from apps.policy import editing, selectors
from apps.policy import services as policy
from apps.policy.services import DraftChanged
from apps.policy.values import LIST_LENGTH
from apps.streams import selectors as streams

ROW_LENGTH = 20_000
_PICKED = {name: PICKERS[name] for name in ("groups", "applications")}  # those that are looked for, not listed


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:update")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`template` in the address is the key of a rule to begin with."""
    form = (
        _form(desk, request.POST) if request.method == "POST" else _from_template(desk, request.GET.get("template", ""))
    )
    if answer := _unjudged(request, desk, form, _("Add rule")):
        return answer
    if form.is_valid():
        rule = form.built(str(ids.uuid7()))
        if _save(desk, form, rule["id"], lambda rules: editing.inserted(rules, rule, int(form.cleaned_data["place"]))):
            messages.success(request, _("“%(name)s” is in the draft. Publish it to put it in force.") % rule)
            return see_other(request, _url(desk))
    return _show(request, desk, form, _("Add rule"))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:update")
def edit(request: HttpRequest, desk: Desk, rule_id: str) -> HttpResponse:
    """A rule that somebody else removed meanwhile comes back on top when it is saved."""
    posted = request.POST if request.method == "POST" else None
    rule = _known(desk, rule_id)
    form = _form(desk, posted, rule)
    if answer := _unjudged(request, desk, form, rule.get("name") or _("Edit rule")):
        return answer
    if form.is_valid():
        built = form.built(rule_id)
        if _save(desk, form, rule_id, lambda rules: _put(rules, built)):
            messages.success(request, _("“%(name)s” is changed in the draft. Publish it to put it in force.") % built)
            return see_other(request, _url(desk))
    return _show(request, desk, form, rule.get("name") or _("Edit rule"))


@require_safe
@administrator("policy:update")
def row(request: HttpRequest, desk: Desk) -> HttpResponse:
    """One condition's row anew, for the attribute that was chosen; nothing for one that is taken away."""
    if "gone" in request.GET:
        return HttpResponse()
    names = ("attribute", "operator", "value", "key")
    chosen = read_row(request.GET, *(request.GET.get(f"row_{name}", "")[:ROW_LENGTH] for name in names))
    told = replace(chosen, condition=None, problem="")  # nobody is told off before they have typed
    return fragment(request, desk, "policy/_row.html", {**_with_picker(desk, told, request.GET), "url": _url(desk)})


@require_safe
@administrator("policy:update")
def templates(request: HttpRequest, desk: Desk) -> HttpResponse:
    context = {"templates": TEMPLATES, "url": _url(desk), "crumbs": crumbs(desk, _("Templates"))}
    return page(request, desk, "policy/templates.html", context)


@require_POST
@administrator("policy:update")
def preview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """How the rule in the form reads, while it is being filled in. Stores nothing."""
    rule_id = request.POST.get("rule_id", "")
    form = _form(desk, request.POST, _known(desk, rule_id) if rule_id else None)
    form.is_valid()
    cleaned = {"name": "", "message": "", "transaction": "authentication", "action": "deny", **form.cleaned_data}
    form.cleaned_data = {**{name: [] for name in ("groups", "applications", "bindings", "platforms")}, **cleaned}
    rule = form.built(rule_id or "new")
    names = names_in(desk.realm, [rule])
    context = {"sentence": sentence_of(rule, names), "action": action_of(rule)}
    return fragment(request, desk, "policy/_preview.html", context)


def _form(desk: Desk, data: Any, rule: dict[str, Any] | None = None) -> RuleForm:
    draft = selectors.draft_of(desk.realm)
    return RuleForm(data, rules=draft.rules, read_at=draft.updated_at, named=_named(desk, data), rule=rule)


def _named(desk: Desk, data: Any) -> dict[str, list[tuple[str, str]]]:
    """Of what was chosen, what the realm has: all that a form may say."""
    if data is None:
        return {}
    chosen = {name: [pk for pk in data.getlist(name)[:LIST_LENGTH] if "\x00" not in pk] for name in _PICKED}
    names = names_in(desk.realm, (), {_PICKED[name][0]: values for name, values in chosen.items()})
    return {"groups": list(names.groups.items()), "applications": list(names.applications.items())}


def _from_template(desk: Desk, key: str) -> RuleForm:
    template = find_template(key)
    if template is None:
        return _form(desk, None)
    rule = template.rule()
    form = _form(desk, None, rule)
    form.rule = None  # it is filled in, and there is no such rule yet
    form.fields["place"].required = True
    return form


def _unjudged(request: HttpRequest, desk: Desk, form: RuleForm, title: str) -> HttpResponse | None:
    """For browsers that run no script: the form as it was typed, with one more condition to fill in, or with what a picker's
    search finds. Nothing is stored. None when it is to be saved; Enter in a field saves, unless a search was typed into."""
    asked = request.POST
    looks = "find" in asked or ("enter" in asked and any(asked[name] for name in asked if name.startswith("find_")))
    if "add_row" in asked:
        form.add_row()
    elif looks:
        form.judge_nothing()
    else:
        return None
    return _show(request, desk, form, title, status=200)


def _known(desk: Desk, rule_id: str) -> dict[str, Any]:
    """From the draft, or from what is published. Raises NotFound."""
    try:
        return editing.find(selectors.draft_of(desk.realm).rules, rule_id)
    except NotFound:
        return editing.find(selectors.published(desk.realm).rules, rule_id)


def _put(rules: list[Any], rule: dict[str, Any]) -> list[Any]:
    try:
        return editing.replaced(rules, rule)
    except NotFound:
        return editing.inserted(rules, rule, 0)


def _save(desk: Desk, form: RuleForm, rule_id: str, edit_rules: Callable[[list[Any]], list[Any]]) -> bool:
    """False when it was refused; the form then says why."""
    draft = selectors.draft_of(desk.realm)
    rules = edit_rules(draft.rules)
    place = next(i for i, rule in enumerate(rules) if rule["id"] == rule_id)
    try:
        policy.save_draft(desk.ctx, desk.realm, rules, seen_at=form.seen_at)
    except Invalid as refusal:
        _add_violations(form, refusal, place)
    except DraftChanged:
        _show_both(desk, form, rule_id)
    else:
        return True
    return False


def _add_violations(form: RuleForm, refusal: Invalid, place: int) -> None:
    """Of this rule onto its fields, everything else on top."""
    own = f"policy.rules.{place}."
    for violation in refusal.violations:
        field = FIELDS.get(violation.field.removeprefix(own))
        form.add_error(
            field, sentence(violation.description) if field else f"{violation.field}: {sentence(violation.description)}"
        )


def _show_both(desk: Desk, form: RuleForm, rule_id: str) -> None:
    """What was typed stays in the form; beside it what the draft says of this rule now."""
    draft = selectors.draft_of(desk.realm)
    stored = next((rule for rule in draft.rules if rule["id"] == rule_id), None)
    told: dict[str, Any] = {
        "by": draft.updated_by_name,
        "at": draft.updated_at,
        "is_gone": stored is None and form.rule,
    }
    if stored is not None:
        told |= {"name": stored.get("name", ""), "action": action_of(stored)}
        told["sentence"] = sentence_of(stored, names_in(desk.realm, [stored]))
    form.show_conflict(draft.updated_at, **told)


def _show(request: HttpRequest, desk: Desk, form: RuleForm, title: str, *, status: int = 0) -> HttpResponse:
    names = names_in(desk.realm, [{"condition": {"all": list(form.parts.rest)}}] if form.parts.rest else [])
    typed = {name: request.POST.get(f"find_{name}", "") for name in _PICKED}
    context = {
        "form": form,
        "pickers": SimpleLazyObject(lambda: _pickers(desk, form, typed)),  # once what was kept of the form is in it
        "rows": SimpleLazyObject(lambda: [_with_picker(desk, row, request.POST) for row in form.rows]),
        "title": title,
        "rule_id": form.rule["id"] if form.rule else "",
        "rest": [condition_words(item, names) for item in form.parts.rest],
        "rest_json": form.parts.rest,
        "alert_streams": streams.names_of_alert_streams(desk.realm) if desk.may("event-streams:read") else None,
        "url": _url(desk),
        "crumbs": [{"label": _("Policy"), "url": _url(desk)}, {"label": title}],
    }
    if form.rule:
        context |= own_events.of_thing(desk, form.rule["id"])
    return page(request, desk, "policy/rule.html", context, status=status or form_status(form))


def _pickers(desk: Desk, form: RuleForm, typed: dict[str, str]) -> dict[str, Picker]:
    return {
        name: picker(desk, name, attribute, form[name].value() or (), typed[name])
        for name, (attribute, _operator) in _PICKED.items()
    }


def _with_picker(desk: Desk, row: RowField, typed: Any) -> dict[str, Any]:
    """What _row.html shows."""
    if not row.field:
        return {"row": row}
    return {
        "row": row,
        "picker": picker(desk, row.field, row.attribute, row.chosen, typed.get(f"find_{row.field}", "")),
    }


def _url(desk: Desk) -> str:
    return realm_url(desk.realm, "policy")
