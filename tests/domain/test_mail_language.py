"""The language that tenants write their mails in (apps/realms/mail_language.py): closed, and safe whatever is in it."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.realms import mail_language as language
from apps.realms.mail_kinds import KINDS
from apps.realms.mail_language import Misspelt

NAMES = ("name", "link")


def written(source: str, **values: str) -> str:
    return language.html_of(language.parse_html(source, NAMES, ["link"]), values)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_our_own_wording_is_of_the_language_and_names_what_it_must(kind) -> None:
    needed = {name for name, known in kind.variables.items() if known.needed}
    assert needed <= language.names_in(language.parse_html(kind.body_html, kind.variables, kind.urls))
    assert needed <= language.names_in(language.parse_text(kind.body_text, kind.variables))
    assert language.parse_text(kind.subject, kind.variables)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Hello {{ name }}</p>", "<p>Hello &lt;Bob&gt;</p>"),
        ("<P>Hello<BR/>{{name}}</P>", "<p>Hello<br>&lt;Bob&gt;</p>"),
        ('<a class="button" href="{{ link }}">Go</a>', '<a class="button" href="https://a.test?a=1&amp;b=2">Go</a>'),
        ("<a href='https://b.test/?x=1&y=2'>b</a>", '<a href="https://b.test/?x=1&amp;y=2">b</a>'),
        ("<a href='mailto:help@acme.test'>help</a>", '<a href="mailto:help@acme.test">help</a>'),
        ("fish &amp; chips & &copy; &#169; &nope", "fish &amp; chips &amp; &copy; &#169; &amp;nope"),
        ("2 > 1 and { is a brace }", "2 &gt; 1 and { is a brace }"),
    ],
)
def test_what_is_written_is_put_together_again(source: str, expected: str) -> None:
    assert written(source, name="<Bob>", link="https://a.test?a=1&b=2") == expected


@pytest.mark.parametrize(
    ("source", "where", "why"),
    [
        ("<script>x</script>", (1, 1), "<script> is not allowed"),
        ("<p>one</p>\n<p>\n  <img src='x'></p>", (3, 3), "<img> is not allowed"),
        ("<style>p{}</style>", (1, 1), "<style> is not allowed"),
        ("<p onclick='x()'>a</p>", (1, 1), "onclick is not allowed on <p>"),
        ("<a style='x'>a</a>", (1, 1), "style is not allowed on <a>"),
        ("<p href='https://a.test'>a</p>", (1, 1), "href is not allowed on <p>"),
        ("<p class='wide'>a</p>", (1, 1), "class must be one of button, code, plain, quiet"),
        ("<a href='javascript:alert(1)'>a</a>", (1, 1), "href must be"),
        ("<a href=' JAVASCRIPT:alert(1)'>a</a>", (1, 1), "href must be"),
        ("<a href='//evil.test'>a</a>", (1, 1), "href must be"),
        ("<a href='http://evil.test'>a</a>", (1, 1), "href must be"),
        ("<a href='https://evil.test/{{ name }}'>a</a>", (1, 1), "href must be"),
        ("<a href='{{ name }}'>a</a>", (1, 1), "href must be"),
        ("<a href='https://a.test' HREF='https://b.test'>a</a>", (1, 1), "HREF is given twice"),
        ("<a href=https://a.test>a</a>", (1, 1), "no element that is written out"),
        ("a < b", (1, 3), "for < write &lt;"),
        ("<!-- x -->", (1, 1), "no element"),
        ("<![CDATA[x]]>", (1, 1), "no element"),
        ("<?php x ?>", (1, 1), "no element"),
        ("<p>a", (1, 1), "<p> is never closed"),
        ("<p><b>a</p></b>", (1, 8), "</p> closes nothing that is open here"),
        ("</p>", (1, 1), "closes nothing"),
        ("<div>" * 21 + "</div>" * 21, (1, 101), "nested deeper than 20"),
        ("<p>{{ password }}</p>", (1, 4), "unknown variable password"),
        ("<p>a</p>\n<p>{{ name.realm }}</p>", (2, 4), "{{ name.realm }} is not {{ variable }}"),
        ("{{ name|safe }}", (1, 1), "is not {{ variable }}"),
        ("{{ name", (1, 1), "is not {{ variable }}"),
        ("{{ 7*7 }}", (1, 1), "is not {{ variable }}"),
        ("{% load static %}", (1, 1), "is not {{ variable }}"),
        ("{% include 'x' %}", (1, 1), "is not {{ variable }}"),
        ("{# x #}", (1, 1), "is not {{ variable }}"),
        ("a }}", (1, 3), "is not {{ variable }}"),
        ("&#123;&#123; name }}", (1, 19), "is not {{ variable }}"),
        ("<p {{ name }}>a</p>", (1, 1), "no element"),
    ],
)
def test_what_is_not_of_the_language_is_refused_where_it_stands(source: str, where: tuple[int, int], why: str) -> None:
    with pytest.raises(Misspelt) as refused:
        written(source)
    assert str(refused.value).startswith(f"line {where[0]}, column {where[1]}: ")
    assert why in str(refused.value)


class Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


PIECES = [
    *(
        "<",
        ">",
        "</",
        "/>",
        "p",
        "a",
        "script",
        " href=",
        "'",
        '"',
        "{{ name }}",
        "{{",
        "}}",
        "{%",
        "&",
        "&lt;",
        "&#60;",
    ),
    *("javascript:", "https://a.test", "<p>", "</p>", "<b>", "</b>", "<br>", "=", " ", "\n", "é", "x", "<!--", "-->"),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join), st.text(max_size=20))
@example("<p>{{ name }}</p>", "<script>alert(1)</script>")
@example('<a href="{{ link }}">x</a>', '" onmouseover="x')
def test_whatever_is_let_through_holds_only_what_is_allowed(source: str, value: str) -> None:
    try:
        shown = written(source, name=value, link=value)
    except Misspelt:
        return
    read = Read()
    read.feed(shown)
    read.close()
    assert read.elements <= language.ELEMENTS
    assert read.attributes <= {"href", "class"}
    assert "{%" not in source


@given(st.text(max_size=200))
def test_any_text_is_either_refused_or_sent_as_it_is(source: str) -> None:
    try:
        parts = language.parse_text(source, NAMES)
    except Misspelt:
        return
    assert language.text_of(parts, {}) == source or language.names_in(parts)


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "{{ ", "&", "&#", "<p>", "<b class='code'> ", "{{ name }}", "\n<p"]
)
def test_nothing_takes_long(piece: str) -> None:
    began = time.thread_time()
    try:
        written((piece * 20_000)[:20_000])
    except Misspelt:
        pass
    assert time.thread_time() - began < 2
