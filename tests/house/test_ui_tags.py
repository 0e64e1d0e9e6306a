"""The template tags of the design system: what they say, and what they never let through."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template, TemplateSyntaxError

from apps.web.templatetags import ui

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def rendered(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(minutes=59, seconds=40), "1 h ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=10), "12 Nov"),
        (timedelta(days=400), "18 Oct 2025"),
        (timedelta(minutes=-10), "in 10 min"),
        (timedelta(days=-1), "in 1 day"),
        (timedelta(days=-7), "in 7 days"),
        (timedelta(days=-60), "21 Jan 2027"),
    ],
)
def test_a_time_reads_the_way_people_say_it(ago: timedelta, words: str) -> None:
    assert ui.relative_words(NOW - ago, NOW) == words


def test_a_time_carries_the_exact_moment_for_machines_and_on_hover() -> None:
    html = rendered("{% reltime moment %}", moment=datetime(2025, 3, 1, 14, 3, 9, tzinfo=UTC))
    assert html == '<time datetime="2025-03-01T14:03:09Z" title="1 Mar 2025, 14:03:09 UTC">1 Mar 2025</time>'


def test_a_missing_time_says_so() -> None:
    assert "never" in rendered('{% reltime moment "never" %}', moment=None)


def test_a_known_state_has_a_word_an_icon_and_a_tone() -> None:
    html = rendered('{% state "link_sent" %}')
    assert "badge-info" in html
    assert "<svg" in html
    assert "Link sent" in html


def test_a_refusals_code_reads_as_danger_in_words() -> None:
    html = rendered('{% state "invalid_client" %}')
    assert "badge-danger" in html
    assert "Wrong client credentials" in html


def test_a_state_from_outside_is_escaped() -> None:
    assert "<script>" not in rendered("{% state code %}", code="<script>").lower().replace("&lt;script&gt;", "")


@pytest.mark.parametrize("name", ["no-such-icon", "../../manage", ""])
def test_an_unknown_icon_fails_loudly(name: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        ui.icon(name)


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in ui.icon("check")
    assert 'role="img" aria-label="Done"' in ui.icon("check", label="Done")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Lovelace", "AL"), ("ada@analytical.example", "AE"), ("Łukasz", "Ł"), ("", "?"), ("–", "?")],
)
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


def test_a_component_sees_its_parameters_and_nothing_else_of_the_page() -> None:
    html = rendered('{% component "card" %}<p>{{ title }}</p>{% endcomponent %}', title="From the page")
    assert "card-head" not in html
    assert "<p>From the page</p>" in html


def test_the_words_to_type_become_an_exact_pattern() -> None:
    assert ui.exact_pattern("a.b (c)") == r"a\.b \(c\)"


def test_a_button_escapes_its_label_and_opens_its_dialog() -> None:
    html = rendered('{% include "components/_button.html" with label=label opens="ask" only %}', label="<b>")
    assert "&lt;b&gt;" in html
    assert 'type="button"' in html
    assert 'command="show-modal" commandfor="ask"' in html


def test_table_headings_say_how_they_behave() -> None:
    assert ui.headings("Name|Passkeys:number,narrow|Do:actions") == [
        {"label": "Name", "css": "", "hidden": False, "sort": None},
        {"label": "Passkeys", "css": "number hide-narrow", "hidden": False, "sort": None},
        {"label": "Do", "css": "actions", "hidden": True, "sort": None},
    ]
    by_name = {"url": "?sort=name", "state": ""}
    assert [each["sort"] for each in ui.headings("Name|Do:actions", "name", {"name": by_name})] == [by_name, None]
