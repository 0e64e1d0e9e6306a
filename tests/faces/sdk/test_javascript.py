"""/sdk/identity-cloud.js: what a page of any origin may load, and keep for how long (contract/extensions.md §1)."""

import re
from pathlib import Path

import pytest
from django.test import Client

from apps.sdk import javascript

FOLDER = Path(__file__).resolve().parents[3] / "static/sdk"
FILES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
IMPORTED = re.compile(r'(?:from|import)\s*\(?"(\./[^"]+)"')


@pytest.fixture
def page() -> Client:
    return Client(headers={"Origin": "https://shop.test"})


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_it_is_served_to_every_origin(page: Client, name: str) -> None:
    for path in (f"/sdk/{name}", f"/sdk/{javascript.version()}/{name}"):
        response = page.get(path)
        assert response.status_code == 200
        assert response.content == (FOLDER / name).read_bytes()
        assert response["Content-Type"].startswith("text/javascript" if name.endswith(".js") else "text/plain")
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert not response.has_header("Set-Cookie")


def test_its_own_parts_are_all_it_imports() -> None:
    for name in FILES:
        if name.endswith(".js"):
            for imported in IMPORTED.findall((FOLDER / name).read_text()):
                assert (FOLDER / name).parent.joinpath(imported).exists(), (name, imported)
            assert "https://" not in re.sub(
                r"//.*|(?s:/\*.*?\*/)", "", (FOLDER / name).read_text().replace('"https:"', "")
            )


def test_a_version_is_kept_for_ever_and_the_newest_is_asked_for(page: Client) -> None:
    newest = page.get("/sdk/identity-cloud.js")
    assert newest["Cache-Control"] == "public, no-cache"
    assert page.get(newest["Content-Location"]).content == newest.content
    again = page.get("/sdk/identity-cloud.js", headers={"If-None-Match": newest["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"
    assert "immutable" in page.get(f"/sdk/{javascript.version()}/identity-cloud.js")["Cache-Control"]


def test_a_page_of_an_older_version_is_sent_on_and_of_another_major_refused(page: Client) -> None:
    major = javascript.version().partition(".")[0]
    older = page.get(f"/sdk/{major}.99.0/identity-cloud.js")
    assert (older.status_code, older["Location"]) == (302, "/sdk/identity-cloud.js")
    assert older["Access-Control-Allow-Origin"] == "*"
    assert page.get("/sdk/99.0.0/identity-cloud.js").status_code == 404


def test_it_is_sent_small_to_whoever_can_unpack(page: Client) -> None:
    packed = page.get("/sdk/vendor/asn1-x509.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < 32_000
    assert "Accept-Encoding" in packed["Vary"]


ELSEWHERE = """
/ nothing.js ../js/theme.js ..%2Fjs%2Ftheme.js vendor/../../js/theme.js %2Fetc%2Fpasswd vendor 1.0.0 1.0.0/ 1.0.0//etc/passwd
a\\b.js identity-cloud.js/ identity-cloud.js%0A
""".split()


@pytest.mark.parametrize("name", ELSEWHERE)
def test_nothing_else_is_found_there(page: Client, name: str) -> None:
    assert page.get(f"/sdk/{name}").status_code == 404


def test_it_is_only_read(page: Client) -> None:
    assert page.post("/sdk/identity-cloud.js").status_code == 405
