"""/docs: every page of docs/ is there, leads only to what there is, and is text however it was written."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.web import guides

LINK = re.compile(r'(?:href|src)="(/docs[^"#]*)(?:#([^"]*))?"')


@pytest.mark.parametrize("name", guides.names())
def test_every_page_opens_and_its_links_lead_somewhere(name: str) -> None:
    answer = Client().get(guides.url_of(name), headers={"Accept-Language": "de"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="en"' in page
    for url, anchor in set(LINK.findall(page)):
        led = Client().get(url, follow=True)
        assert led.status_code == 200, url
        if anchor:
            assert f'id="{anchor}"' in led.content.decode(), (url, anchor)


def test_every_page_is_in_the_navigation() -> None:
    groups: list[Any] = guides.navigation("")
    listed = {item["url"] for group in groups for item in group["items"]}
    assert {guides.url_of(name) for name in guides.names() if "/" not in name} <= listed
    decided = Client().get("/docs/decisions").content.decode()
    assert all(each.url in decided for each in guides.decisions())


def test_html_in_a_page_is_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    text = "# T\n\n<script>alert(1)</script> <b>x</b> [y](javascript:alert(1))\n\n```\n<i>\n```\n"
    (tmp_path / "odd.md").write_text(text)
    monkeypatch.setattr(guides, "ROOT", tmp_path)
    html = guides.guide.__wrapped__("odd").html
    assert "<script" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert 'href="javascript' not in html


def test_what_leads_out_of_the_documentation_is_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "odd.md").write_text("# T\n\n[out](../manage.py) [up](../../etc/passwd)\n")
    monkeypatch.setattr(guides, "ROOT", tmp_path)
    html = guides.guide.__wrapped__("odd").html
    assert "<a" not in html
    assert "out up" in html


def test_the_architecture_and_what_changed_are_pages_too() -> None:
    overview = Client().get("/docs").content.decode()
    assert 'href="/docs/architecture"' in overview
    told = Client().get("/docs/architecture").content.decode()
    assert "Two storeys" in told


@pytest.mark.parametrize(
    "path", ["/docs/nothing", "/docs/../manage.py", "/docs/screens/../operations.md", "/docs/%2e%2e/x"]
)
def test_there_is_nothing_else(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_the_api_reference_is_where_it_was() -> None:
    assert b"API reference" in Client().get("/docs/api").content
