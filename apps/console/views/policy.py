"""The realm's policy: its rules as sentences, the draft beside what is published, publish and discard. Rules: rules.py."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.console.access import Desk, administrator, see_other, sentence
from apps.console.dangerous import dangerous
from apps.console.forms.policy_publishing import PublishForm
from apps.console.policy_tabs import crumbs, policy_tabs
from apps.console.questions import Question, ask
from apps.console.render import page, realm_url
from apps.console.rule_sentences import Names, action_of, names_in, sentence_of
from apps.console.views.rule_steps import removing
from apps.core.errors import Conflict
from apps.directory import selectors as directory
from apps.policy import selectors
from apps.policy import services as policy
from apps.policy.comparison import Comparison, compare
from apps.policy.services import DraftChanged

_NAMED = 10


@require_safe
@administrator("policy:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    draft, published = selectors.draft_of(desk.realm), selectors.published(desk.realm)
    comparison = compare(published.rules, draft.rules)
    names = names_in(desk.realm, [*draft.rules, *comparison.removed])
    rules = shown_rules(draft.rules, names, comparison)
    context = {
        "rules": [{**rule, "remove": removing(desk, rule["id"], rule["name"], draft)} for rule in rules],
        "removed": [{"id": rule["id"], "name": rule.get("name", "")} for rule in comparison.removed],
        "draft": draft,
        "published": published,
        "differs": bool(comparison),
        "summary": _summary(comparison),
        "shut": _shut(published.rules, draft.rules),
        "url": realm_url(desk.realm, "policy"),
        "events_url": realm_url(desk.realm, "events?type=POLICY_CHANGE"),
        "may_update": desk.may("policy:update"),
        "discard": _discarding(desk),
        "tabs": policy_tabs(desk, ""),
        "crumbs": [{"label": _("Policy")}],
    }
    if desk.may("policy:publish"):
        context["form"] = PublishForm(read_at=draft.updated_at, typed=_typed(desk))
    return page(request, desk, "policy/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:publish")
@dangerous(_lazy("Publish policy"))
def publish(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A page that asks, for browsers that open no dialog and for what was refused."""
    draft = selectors.draft_of(desk.realm)
    posted = request.POST if request.method == "POST" else None
    form = PublishForm(posted, read_at=draft.updated_at, typed=_typed(desk))
    status, shut_out, failed, may_confirm = 422 if posted else 200, [], [], False
    if form.is_valid():
        try:
            version = policy.publish_draft(
                desk.ctx,
                desk.realm,
                comment=form.cleaned_data["comment"],
                seen_at=form.seen_at,
                confirm_lockout=form.cleaned_data["confirm_lockout"],
            )
        except (DraftChanged, Conflict) as refusal:
            form.add_error(None, sentence(refusal.message))
            status = 409
            shut_out = _people(desk, refusal.facts.get("identity_ids", ()))
            may_confirm = bool(refusal.facts.get("may_be_confirmed"))
            failed = [test["name"] for test in refusal.facts.get("failed_tests", ())]
        else:
            told = _("Version %(number)s is published. It decides from the next sign-in on.")
            messages.success(request, told % {"number": version.version})
            return see_other(request, realm_url(desk.realm, "policy"))
    published = selectors.published(desk.realm)
    context = {
        "form": form,
        "url": realm_url(desk.realm, "policy"),
        "summary": _summary(compare(published.rules, draft.rules)),
        "shut": _shut(published.rules, draft.rules),
        "shut_out": shut_out,
        "may_confirm": may_confirm,
        "failed": failed,
        "crumbs": [{"label": _("Policy"), "url": realm_url(desk.realm, "policy")}, {"label": _("Publish")}],
    }
    return page(request, desk, "policy/publish.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:update")
def discard(request: HttpRequest, desk: Desk) -> HttpResponse:
    """GET asks, where no dialog could."""
    if request.method != "POST":
        return ask(request, desk, _discarding(desk), realm_url(desk.realm, "policy"), crumbs(desk, _("Discard draft")))
    policy.discard_draft(desk.ctx, desk.realm)
    messages.success(request, _("The draft is discarded. What is published stands."))
    return see_other(request, realm_url(desk.realm, "policy"))


def _discarding(desk: Desk) -> Question:
    text = _("Every change since the last publish is lost. What is published stands.")
    return Question(_("Discard the draft?"), text, _("Discard draft"), realm_url(desk.realm, "policy/discard"))


def shown_rules(rules: list[Any], names: Names, comparison: Comparison) -> list[dict[str, Any]]:
    """Lines of templates/console/policy/_rule.html."""
    marks = {"added": _("New"), "changed": _("Changed"), "moved": _("Moved")}
    shown: list[dict[str, Any]] = []
    for number, rule in enumerate(rules, 1):
        shown.append(
            {
                "id": rule["id"],
                "number": number,
                "place": number - 1,
                "name": rule.get("name") or _("Rule %(number)s") % {"number": number},
                "sentence": sentence_of(rule, names),
                "action": action_of(rule),
                "is_enabled": rule.get("enabled", True),
                "mark": marks.get(comparison.of(rule["id"]), ""),
                "behind": _decided_above(rules[: number - 1], rule),
            }
        )
    return shown


def _decided_above(above: list[Any], rule: Any) -> int:
    """The number of an earlier rule that decides everything this one is asked about; 0 when there is none."""
    for number, other in enumerate(above, 1):
        decides = other.get("enabled", True) and other["action"]["type"] != "monitor" and not other.get("condition")
        if decides and other["transaction"] in ("any", rule["transaction"]):
            return number
    return 0


def _shut(published: list[Any], draft: list[Any]) -> list[dict[str, str]]:
    """What publishing would take from everybody: notices."""
    told = {
        "authentication": (_("Nobody could sign in any more"), _("No rule of the draft lets a sign-in pass.")),
        "credential_binding": (
            _("Nobody could create a passkey any more"),
            _("No rule of the draft lets a passkey be created."),
        ),
    }
    newly = (words for kind, words in told.items() if _refuses_all(draft, kind) and not _refuses_all(published, kind))
    return [{"title": title, "text": text} for title, text in newly]


def _refuses_all(rules: list[Any], transaction: str) -> bool:
    """Nothing is let in above a rule that refuses everything, or above the end, which does (contract/extensions.md §6)."""
    for rule in rules:
        if rule.get("enabled", True) and rule["transaction"] in ("any", transaction):
            if rule["action"]["type"] not in ("monitor", "deny"):
                return False
            if rule["action"]["type"] == "deny" and not rule.get("condition"):
                return True
    return True


def _summary(comparison: Comparison) -> str:
    """ "1 rule added, 2 changed"; "" when the draft says what is published."""
    counted = [
        (len(comparison.added), ngettext("%(n)s rule added", "%(n)s rules added", len(comparison.added))),
        (len(comparison.changed), ngettext("%(n)s rule changed", "%(n)s rules changed", len(comparison.changed))),
        (len(comparison.moved), ngettext("%(n)s rule moved", "%(n)s rules moved", len(comparison.moved))),
        (len(comparison.removed), ngettext("%(n)s rule removed", "%(n)s rules removed", len(comparison.removed))),
    ]
    return ", ".join(words % {"n": count} for count, words in counted if count)


def _people(desk: Desk, identity_ids: Sequence[str]) -> list[str]:
    """Whom the lock-out guard speaks of."""
    rows = directory.identities_in(desk.realm).filter(pk__in=list(identity_ids)).order_by("display_name")
    return list(rows.values_list("display_name", flat=True)[:_NAMED])


def _typed(desk: Desk) -> str:
    """Publishing in the admin realm can lock administrators out: they type its name."""
    return desk.realm.display_name if desk.realm.is_admin else ""
