"""A realm's theme: one a realm, and nothing in it that a page, a stylesheet or a policy header could choke on."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.events.types import EventType
from apps.realms import selectors, themes
from apps.realms.models import Theme
from apps.realms.themes import ThemeExists, checked_color, checked_url
from tests import record
from tests.world import World


@pytest.mark.django_db
def test_a_realm_has_one_theme(world: World) -> None:
    made = themes.create_theme(world.ctx, world.realm, email_realm_name="Acme")
    with pytest.raises(ThemeExists) as refused:
        themes.create_theme(world.ctx, world.realm, email_realm_name="Again")
    assert refused.value.facts["resource_id"] == str(made.pk)
    assert selectors.theme_of(world.realm).email_realm_name == "Acme"
    assert record.told(world.realm, EventType.THEME_CHANGE) == [
        ("THEME_CHANGE", "SUCCESS"),
        ("THEME_CHANGE", "CONFLICT"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{}, {"email_realm_name": "x", "css": "*{}"}, {"email_realm_name": "x", "realm_id": 1}]
)
def test_only_a_look_is_taken(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        themes.create_theme(world.ctx, world.realm, **wrong)
    assert not Theme.objects.exists()


@pytest.mark.django_db
def test_a_theme_that_changed_since_is_left_as_it_is(world: World) -> None:
    theme = themes.create_theme(world.ctx, world.realm, email_realm_name="Acme")
    read_at, later = theme.updated_at, world.at(timedelta(seconds=1))
    themes.update_theme(later, theme, button_color="#000000", seen_at=read_at)
    with pytest.raises(ChangedMeanwhile):
        themes.update_theme(later, theme, button_color="#111111", seen_at=read_at)
    assert selectors.theme_of(world.realm).button_color == "#000000"


def accepted(check: Any, text: Any) -> bool:
    try:
        check(text, field="theme.x")
    except Invalid:
        return False
    return True


@given(st.text())
def test_a_color_is_six_digits_and_nothing_else(text: str) -> None:
    if accepted(checked_color, text):
        assert len(text) == 7
        assert set(text[1:]) <= set("0123456789abcdefABCDEF")


PIECES = st.sampled_from(
    ["https", "http", ":", "//", "/", "acme.test", "@", "#", "?", "*", ";", " ", '"', "'", "[", "x", "\\"]
)


@given(st.lists(PIECES, max_size=8).map("".join) | st.text())
def test_a_url_is_https_and_ends_no_attribute_and_no_directive(text: str) -> None:
    if text and accepted(checked_url, text):
        parts = urlsplit(text)
        assert parts.scheme == "https"
        assert parts.hostname
        assert not set(text) & set("\"'<>\\ \t\r\n")
        assert not set(parts.netloc) & set(";,*@ ")


@pytest.mark.parametrize(
    "url", ["https://acme.test", "https://acme.test/a.png?x=1#y", "https://a-b.acme.test:8443/", "HTTPS://ACME.TEST/"]
)
def test_these_urls_will_do(url: str) -> None:
    assert checked_url(url, field="theme.x") == url


@pytest.mark.parametrize("nothing", ["", None])
def test_no_url_is_fine(nothing: Any) -> None:
    assert checked_url(nothing, field="theme.x") == ""
