"""The policy's history: what was published when, by whom and why; two versions side by side; one restored."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.console.access import Desk, administrator, see_other
from apps.console.forms.versioned import read_version
from apps.console.listing import asked_of, beside
from apps.console.policy_tabs import crumbs, policy_tabs
from apps.console.questions import Question, ask
from apps.console.render import listed_in, page, realm_url
from apps.console.rule_diff import side_by_side
from apps.console.rule_sentences import Names, action_of, names_in, sentence_of
from apps.policy import selectors
from apps.policy import services as policy


@require_safe
@administrator("policy:read")
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    here, asked = realm_url(desk.realm, "policy/versions"), asked_of(request, selectors.VERSION_SORTS)
    shown = selectors.page_of_versions(desk.realm, text=asked.text, **asked.steps)
    context = {
        "listed": [{"row": row, "rules": len(row.rules)} for row in shown.rows],
        "newest": selectors.published(desk.realm).version,
        **beside(here, shown, asked),
        "asked": asked.text,
        "url": here,
        "tabs": policy_tabs(desk, "versions"),
        "crumbs": crumbs(desk, _("Versions")),
    }
    return listed_in(request, desk, "policy/versions.html", "policy/_versions.html", context)


@require_safe
@administrator("policy:read")
def detail(request: HttpRequest, desk: Desk, version: str) -> HttpResponse:
    """Beside the version before it, or with `?with=published` beside what is in force."""
    later = selectors.get_version(desk.realm, version)
    other = request.GET.get("with", "")
    newest = selectors.published(desk.realm)
    if other == "published":
        earlier, label = later.rules, _("Version %(number)s") % {"number": later.version}
        rules, title = newest.rules, _("Version %(number)s, in force") % {"number": newest.version}
    else:
        before = selectors.versions_in(desk.realm).filter(version__lt=later.version).first()
        earlier = before.rules if before else []
        label = _("Version %(number)s") % {"number": before.version} if before else _("Nothing")
        rules, title = later.rules, _("Version %(number)s") % {"number": later.version}
    names = names_in(desk.realm, [*earlier, *rules])
    draft = selectors.draft_of(desk.realm)
    here = realm_url(desk.realm, f"policy/versions/{later.version}")
    context = {
        "version": later,
        "lines": [_line(line, names) for line in side_by_side(earlier, rules)],
        "left_title": label,
        "right_title": title,
        "is_newest": later.version == newest.version,
        "with_published": other == "published",
        "url": here,
        "restore": _restoring(desk, later.version, draft),
        "may_update": desk.may("policy:update"),
        "tabs": policy_tabs(desk, "versions"),
        "crumbs": _crumbs(desk, later.version),
    }
    return page(request, desk, "policy/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator("policy:update")
def restore(request: HttpRequest, desk: Desk, version: str) -> HttpResponse:
    """Into the draft, in place of what was there: it is in force once it is published. GET asks, where no dialog could."""
    if request.method != "POST":
        number = selectors.get_version(desk.realm, version).version
        question = _restoring(desk, number, selectors.draft_of(desk.realm))
        back = realm_url(desk.realm, f"policy/versions/{number}")
        return ask(request, desk, question, back, _crumbs(desk, number, {"label": _("Restore")}))
    seen_at = read_version(request.POST.get("version", ""))
    policy.restore_version(desk.ctx, desk.realm, version, seen_at=seen_at)
    told = _("Version %(number)s is in the draft. Look at it, then publish it.")
    messages.success(request, told % {"number": version})
    return see_other(request, realm_url(desk.realm, "policy"))


def _restoring(desk: Desk, number: int, draft: Any) -> Question:
    title = _("Restore version %(number)s?") % {"number": number}
    text = _("Its rules become the draft, in place of what is there now. They are in force once you publish.")
    url, seen = realm_url(desk.realm, f"policy/versions/{number}/restore"), draft.updated_at.isoformat()
    return Question(title, text, _("Restore into the draft"), url, is_grave=False, version=seen)


def _crumbs(desk: Desk, number: int, *further: dict[str, str]) -> list[dict[str, str]]:
    url = realm_url(desk.realm, "policy/versions")
    return [
        *crumbs(desk),
        {"label": _("Versions"), "url": url},
        {"label": str(number), "url": f"{url}/{number}"},
        *further,
    ]


def _line(line: Any, names: Names) -> dict[str, Any]:
    marks = {"added": _("New"), "changed": _("Changed"), "moved": _("Moved"), "removed": _("Removed")}

    def side(rule: Any, number: int | None) -> dict[str, Any] | None:
        if rule is None:
            return None
        return {
            "number": number,
            "name": rule.get("name") or _("Rule %(number)s") % {"number": number},
            "sentence": sentence_of(rule, names),
            "action": action_of(rule),
            "is_enabled": rule.get("enabled", True),
        }

    return {
        "left": side(line.left, line.left_number),
        "right": side(line.right, line.right_number),
        "mark": marks.get(line.mark, ""),
        "kind": line.mark,
    }
