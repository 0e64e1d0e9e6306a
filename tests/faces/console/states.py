"""States of the console that no address alone leads to: refused, wrong, overtaken, over, empty, asked, or just made.

Each is a way to get there from a desk at which Ada is signed in; `STATES` names them all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.authentication.models import Session
from apps.bulk import running
from apps.core.context import Context
from apps.directory.services import identities
from apps.policy import selectors as policy
from apps.policy import services as policies
from apps.realms import email_templates as mails
from apps.realms import theme_drafts
from tests.world import World

_SEND = """(fields) => {
  const form = document.querySelector("main form[method=post]:not(#undo):not([action$='/contrast'])");
  for (const [name, value] of Object.entries(fields)) for (const field of form.querySelectorAll(`[name="${name}"]`)) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value; else field.value = value;
  }
  form.submit();
}"""


_MOMENTS = count(1)


@dataclass(frozen=True, slots=True)
class Desk:
    """`things` of the realm by the parameter they stand for (tests/isolation/atlas.py); `sit` changes who sits here."""

    page: Page
    world: World
    things: dict[str, str]
    ada: Client
    sit: Callable[[Client], None]
    reader: Client

    def go(self, path: str) -> None:
        self.page.goto(f"/console/realms/{self.world.realm.pk}/{path.format(**self.things)}")

    def send(self, path: str, fields: dict[str, str], meanwhile: Callable[[], Any] = lambda: None) -> None:
        """The form of the page, posted as it stands but for `fields`, after what somebody else did `meanwhile`."""
        self.go(path)
        meanwhile()
        with self.page.expect_navigation():
            self.page.evaluate(_SEND, fields)

    def press(self, name: str, role: Any = "button") -> None:
        self.page.get_by_role("main").get_by_role(role, name=name, exact=True).first.click()


State = Callable[[Desk], None]


def at(path: str) -> State:
    return lambda desk: desk.go(path)


def empty(path: str) -> State:
    """In a realm in which nothing was done yet."""
    return lambda desk: desk.page.goto(f"/console/realms/{desk.things['empty_realm_id']}/{path}")


def refused(path: str, **fields: str) -> State:
    return lambda desk: desk.send(path, fields)


def opened(path: str, button: str) -> State:
    def state(desk: Desk) -> None:
        desk.go(path)
        desk.press(button)
        expect(desk.page.locator("dialog[open]")).to_be_visible()

    return state


def unfolded(path: str, menu: str) -> State:
    def state(desk: Desk) -> None:
        desk.go(path)
        desk.page.locator(menu).first.click()

    return state


def later(desk: Desk) -> Context:
    """Of a moment of its own: a row that was changed says when."""
    return desk.world.at(timedelta(seconds=next(_MOMENTS)))


def overtaken_identity(desk: Desk) -> None:
    bob = desk.world.bob
    desk.send(
        "identities/{identity_id}/edit",
        {"name": "Robert Baker"},
        lambda: identities.update_identity(later(desk), bob, display_name="Bobby " + "B" * 40),
    )
    expect(desk.page.locator("[data-conflict]")).to_be_visible()


def overtaken_branding(desk: Desk) -> None:
    keep = lambda: theme_drafts.keep_draft(later(desk), desk.world.realm, email_realm_name="Other")  # noqa: E731
    desk.send("branding", {"name": "Mine"}, keep)
    expect(desk.page.locator("[data-conflict]")).to_be_visible()


def overtaken_mail(desk: Desk) -> None:
    word = lambda: mails.update_wording(later(desk), desk.world.realm, "binding_link", subject="Theirs")  # noqa: E731
    desk.send("mails/binding_link", {"subject": "Mine"}, word)
    expect(desk.page.locator("[data-conflict]")).to_be_visible()


def _draft(desk: Desk, name: str) -> Any:
    rules = policy.published(desk.world.realm).rules
    return policies.save_draft(later(desk), desk.world.realm, [{**rules[0], "name": name}, *rules[1:]])


def overtaken_rules(desk: Desk) -> None:
    _draft(desk, "Before")
    desk.send("policy/json", {}, lambda: _draft(desk, "Meanwhile"))
    expect(desk.page.get_by_text("Somebody else changed the draft meanwhile")).to_be_visible()


def overtaken_publishing(desk: Desk) -> None:
    _draft(desk, "Before")
    desk.send("policy/publish", {}, lambda: _draft(desk, "Later"))
    expect(desk.page.get_by_role("alert")).to_be_visible()


def publishing(desk: Desk) -> None:
    _draft(desk, "Drafted")
    opened("policy", "Publish changes")(desk)


def lockout(desk: Desk) -> None:
    """Rules by which nobody would get into the console any more."""
    realm = desk.world.acme.admin_realm
    policies.save_draft(later(desk), realm, policy.published(realm).rules[:0])
    desk.page.goto(f"/console/realms/{realm.pk}/policy/publish")
    with desk.page.expect_navigation():
        desk.page.evaluate(_SEND, {"confirmation": realm.display_name})


def imported(desk: Desk) -> None:
    desk.go("identities/import")
    file = {
        "name": "people.csv",
        "mimeType": "text/csv",
        "buffer": b"user,mail\nann,ann@acme.test\nbob,none\n,x@acme.test\n",
    }
    desk.page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    with desk.page.expect_navigation():
        desk.page.evaluate(_SEND, {})


def tried_out(desk: Desk) -> None:
    imported(desk)
    job = desk.page.url.rpartition("/")[2]
    fields = {"column_0": "username", "column_1": "primary_email_address", "existing": "skip"}
    path = f"/console/realms/{desk.world.realm.pk}/identities/bulk-jobs/{job}"
    desk.ada.post(f"{path}/check", fields)
    while running.run(job):
        pass
    desk.page.goto(path)


def overtaken_toast(desk: Desk) -> None:
    """A refusal that is told by a toast, on the page that one came from."""
    desk.send("policy/rules/{rule_id}/remove", {"version": "2001-01-01T00:00:00+00:00"})
    expect(desk.page.locator(".toast")).to_be_visible()


def shown_once(desk: Desk) -> None:
    desk.send("applications/{application_id}/rotate-secret", {})
    expect(desk.page.locator(".secret")).to_be_visible()


def asked_for_the_passkey(desk: Desk) -> None:
    _proven(minutes_ago=6)
    desk.send("settings/signing-keys/rotate", {})
    expect(desk.page.get_by_text("Confirm that it is you").first).to_be_visible()
    _proven(minutes_ago=0)


def proven(desk: Desk) -> None:
    asked_for_the_passkey(desk)
    desk.page.reload()
    expect(desk.page.get_by_text("Nothing has been done yet")).to_be_visible()


def _proven(minutes_ago: int) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    Session.objects.exclude(application=None).update(authenticated_at=at)


def about_to_end(desk: Desk) -> None:
    """The warning, as it is after everything that a page may count down."""
    desk.go("groups")
    desk.page.evaluate(
        "document.querySelectorAll('[data-left]').forEach((each) => each.textContent = '1:30');"
        "document.getElementById('presence').showModal()"
    )


def over(desk: Desk) -> None:
    kept = list(Session.objects.exclude(application=None).values_list("pk", "last_seen_at"))
    for pk, seen in kept:
        Session.objects.filter(pk=pk).update(last_seen_at=seen - timedelta(hours=1))
    desk.go("groups")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Your session is over")
    for pk, seen in kept:
        Session.objects.filter(pk=pk).update(last_seen_at=seen)


def not_allowed(desk: Desk) -> None:
    desk.sit(desk.reader)
    desk.go("identities")
    expect(desk.page.get_by_text("Your roles do not include")).to_be_visible()
    desk.sit(desk.ada)


def hardly_allowed(desk: Desk) -> None:
    """Home of somebody who may look at next to nothing."""
    desk.sit(desk.reader)
    desk.go("")
    desk.sit(desk.ada)


def searched(desk: Desk) -> None:
    desk.go("")
    desk.page.keyboard.press("Control+k")
    expect(desk.page.get_by_role("combobox", name="Find anything")).to_be_focused()
    desk.page.keyboard.type("carol")
    expect(desk.page.get_by_role("option").filter(has_text="Carol Contractor").first).to_be_visible()


def helped(desk: Desk) -> None:
    desk.go("")
    desk.page.keyboard.press("?")
    expect(desk.page.locator("#shortcuts")).to_be_visible()


def chosen(desk: Desk) -> None:
    desk.go("identities")
    for box in desk.page.locator("tbody input[type=checkbox]").all()[:2]:
        box.check(force=True)


STATES: dict[str, State] = {
    "400": lambda desk: desk.page.goto("/console/callback?state=none&code=none") and None,
    "403": not_allowed,
    "404": at("identities/0000000000000000"),
    "405": at("policy/rules/{rule_id}/move"),
    "conflict: identity": overtaken_identity,
    "conflict: branding": overtaken_branding,
    "conflict: mail": overtaken_mail,
    "conflict: rules": overtaken_rules,
    "conflict: publishing": overtaken_publishing,
    "conflict: toast": overtaken_toast,
    "lockout": lockout,
    "wrong: identity": refused("identities/new", username="bob", email="none"),
    "wrong: application": refused("applications/new?kind=web", name="", redirect_uris="nowhere"),
    "wrong: authenticator": refused("authenticators/new", name=""),
    "wrong: rule": refused("policy/rules/new", name=""),
    "wrong: stream": refused("streams/new?type=webhook", name="", url="nowhere"),
    "wrong: provider": refused("identity-providers/new", name="", issuer="nowhere"),
    "wrong: administrator": lambda desk: _at_tenant(desk, "administrators/new"),
    "wrong: file": refused("identities/import"),
    "wrong: rules": refused("policy/json", rules="[{}]"),
    "wrong: typed": refused("identities/{identity_id}/delete", confirmation="alice"),
    "import: columns": imported,
    "import: tried out": tried_out,
    "shown once": shown_once,
    "asked for the passkey": asked_for_the_passkey,
    "proven": proven,
    "gone": lambda desk: desk.page.goto("/console/confirm/00000000-0000-7000-8000-000000000000") and None,
    "over": over,
    "about to end": about_to_end,
    "hardly allowed": hardly_allowed,
    "question": at("policy/discard"),
    "empty: home": empty(""),
    "empty: identities": empty("identities"),
    "empty: applications": empty("applications"),
    "empty: roles": empty("roles"),
    "empty: views": empty("events/views"),
    "nothing found": at("identities?q=zzzz"),
    "no events found": at("events?q=zzzz"),
    "dialog: passkey": opened("identities/{identity_id}", "Add a passkey"),
    "dialog: delete": opened("settings", "Delete realm"),
    "dialog: rotate": opened("settings/signing-keys", "Rotate keys"),
    "dialog: role": opened("roles/{role_id}", "Give the role"),
    "dialog: publish": publishing,
    "palette": searched,
    "keyboard": helped,
    "chosen": chosen,
    "menu: realms": unfolded("", ".rail details > summary"),
    "menu: person": unfolded("", ".person > summary"),
    "menu: events": unfolded("events", "main details.menu > summary"),
}


def _at_tenant(desk: Desk, path: str) -> None:
    desk.page.goto(f"/console/{path}")
    with desk.page.expect_navigation():
        desk.page.evaluate(_SEND, {"name": "", "email": "none"})
