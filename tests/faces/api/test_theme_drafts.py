"""R/themes/draft: a look that is worked on, published and taken back by a program (contract/extensions.md §9)."""

from dataclasses import replace
from typing import Any

import pytest

from apps.events.types import EventType
from apps.realms import selectors as realms
from apps.realms import theme_drafts, themes
from apps.realms.look import look_of
from apps.realms.models import Theme, ThemeDraft
from tests import record
from tests.faces.api.bearers import realm_token
from tests.faces.api.caller import Caller, read, violations
from tests.racing import race
from tests.world import World

pytestmark = pytest.mark.django_db
PALE = {"button_color": "#ffee00", "button_text_color": "#ffffff"}


def acts(world: World) -> list[tuple[str, str]]:
    told = record.events(world.realm, EventType.THEME_CHANGE)
    return [(event.data["action"], event.outcome) for event in told]


def changed(api: Caller, **look: Any) -> Any:
    return read(api.patch("/themes/draft", {"theme": look}))


def test_a_draft_is_worked_on_by_parts_and_seen_by_nobody_else(world: World, api: Caller) -> None:
    before = read(api.get("/themes/draft"))
    assert before["email_realm_name"] == world.realm.display_name
    assert "update_time" not in before, "nobody worked on it yet"
    changed(api, email_realm_name="Acme Corp")
    draft = changed(api, button_color="#224488")
    assert (draft["email_realm_name"], draft["button_color"]) == ("Acme Corp", "#224488")
    assert (draft["is_overtaken"], draft["updated_by"]) == (False, "Identity Cloud Management API")
    assert read(api.get("/themes/draft")) == draft
    assert "id" not in read(api.get("/themes/active"))
    assert look_of(world.realm).organization_name == "Acme"


def test_publishing_makes_it_live_once(world: World, api: Caller) -> None:
    changed(api, email_realm_name="Acme Corp")
    theme = read(api.post("/themes/draft:publish", {}))
    assert theme == read(api.get("/themes/active"))
    assert (theme["email_realm_name"], ThemeDraft.objects.count()) == ("Acme Corp", 0)
    assert api.post("/themes/draft:publish", {}).status_code == 409
    assert acts(world) == [("DRAFT", "SUCCESS"), ("PUBLISH", "SUCCESS"), ("PUBLISH", "CONFLICT")]


def test_what_is_hard_to_read_is_published_only_when_it_is_meant(world: World, api: Caller) -> None:
    changed(api, **PALE)
    refused = api.post("/themes/draft:publish", {})
    assert (refused.status_code, "contrast" in read(refused, 422)["message"]) == (422, True)
    assert realms.theme_of(world.realm)._state.adding
    assert read(api.post("/themes/draft:publish", {"accept_contrast": True}))["button_color"] == "#ffee00"
    assert record.last(world.realm, EventType.THEME_CHANGE).data["contrast"] == "1.2"
    read(api.patch(f"/themes/{realms.theme_of(world.realm).pk}", {"theme": PALE}))  # the reference refuses no colours


def test_discarding_leaves_what_is_live_and_may_be_said_twice(world: World, api: Caller) -> None:
    themes.create_theme(world.ctx, world.realm, email_realm_name="Live")
    changed(api, email_realm_name="Draft")
    for _ in range(2):
        assert read(api.post("/themes/draft:discard"))["email_realm_name"] == "Live"
    assert look_of(world.realm).organization_name == "Live"


@pytest.mark.parametrize("act", ["change", "publish"])
def test_who_saw_another_draft_or_another_look_is_refused(world: World, api: Caller, act: str) -> None:
    seen = api.patch("/themes/draft", {"theme": {"email_realm_name": "Mine"}})["ETag"]

    def tried(tag: str) -> int:
        if act == "change":
            return int(api.patch("/themes/draft", {"theme": {"email_realm_name": "More"}}, If_Match=tag).status_code)
        return int(api.post("/themes/draft:publish", {}, If_Match=tag).status_code)

    themes.create_theme(world.ctx, world.realm, email_realm_name="Past the draft")
    assert read(api.get("/themes/draft"))["is_overtaken"] is True
    assert tried(seen) == 412
    changed(api, email_realm_name="Theirs")
    assert tried(seen) == 412
    assert tried(api.get("/themes/draft")["ETag"]) == 200


def test_a_theme_is_taken_back_and_stays_as_the_draft(world: World, api: Caller) -> None:
    theme = themes.create_theme(world.ctx, world.realm, email_realm_name="Acme Corp", **PALE)
    stale = api.get("/themes/active")["ETag"]
    themes.update_theme(world.ctx, theme, support_url="https://acme.test/help")
    assert api.post("/themes/active:reset", If_Match=stale).status_code == 412
    plain = read(api.post("/themes/active:reset"))
    assert "id" not in plain
    assert plain == read(api.get("/themes/active")) == read(api.post("/themes/active:reset"))
    assert api.post("/themes/active:reset", If_Match=stale).status_code == 412
    assert read(api.get("/themes/draft"))["support_url"] == "https://acme.test/help"
    again = read(api.post("/themes/draft:publish", {"accept_contrast": True}))
    assert (again["email_realm_name"], again["id"] != str(theme.pk)) == ("Acme Corp", True)
    assert acts(world)[2:] == [("RESET", "PRECONDITION_FAILED"), ("RESET", "SUCCESS"), ("PUBLISH", "SUCCESS")]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/themes/draft", {"theme": {"button_color": "red; }"}}, "theme.button_color"),
        ("/themes/draft", {"theme": {"logo_url_light": "http://acme.test/x.png"}}, "theme.logo_url_light"),
        ("/themes/draft", {"theme": {"id": "x"}}, "theme.id"),
        ("/themes/draft", {}, "theme"),
        ("/themes/draft:publish", {"accept_contrast": "yes"}, "accept_contrast"),
        ("/themes/draft:publish", {"theme": {}}, "theme"),
        ("/themes/draft:discard", {"theme": {}}, "theme"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(api: Caller, path: str, body: Any, field: str) -> None:
    method = "PATCH" if path.endswith("draft") else "POST"
    assert [name for name, _ in violations(api.call(method, path, body))] == [field]


def test_a_look_is_published_only_by_who_may_make_one(world: World, api: Caller) -> None:
    modest = replace(api, token=realm_token(world, ["themes:read", "themes:update"]))
    changed(modest, email_realm_name="Acme Corp")
    assert modest.post("/themes/draft:publish", {}).status_code == 403
    assert realms.theme_of(world.realm)._state.adding


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_or_make_the_first_look_at_once_nobody_is_a_bug(world: World) -> None:
    theme_drafts.keep_draft(world.ctx, world.realm, email_realm_name="Acme Corp")
    ways = (
        lambda: theme_drafts.publish_draft(world.ctx, world.realm, needs_draft=True),
        lambda: theme_drafts.publish_draft(world.ctx, world.realm, needs_draft=True),
        lambda: themes.create_theme(world.ctx, world.realm, email_realm_name="By the API"),
    )
    finish = race(*ways)
    assert (Theme.objects.filter(realm=world.realm).count(), finish.broke) == (1, [])
    assert len(finish.won) in (1, 2)
