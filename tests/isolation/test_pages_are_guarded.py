"""What every page and every form owes the browser: headers that keep it private, tokens that keep it ours (anchors 1L)."""

from typing import Any

import pytest
from django.test import Client

from tests import ceremonies
from tests.isolation import atlas
from tests.isolation.conftest import Places, console_of
from tests.world import World

pytestmark = pytest.mark.django_db

CONSOLE = atlas.routes("console")
FORMS = atlas.routes("console", "hosted", "web")


def directives(response: Any) -> dict[str, list[str]]:
    policy = response["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (part.split() for part in policy) if words}


def pages(world: World, places: Places) -> list[tuple[str, Any]]:
    """(path, answer) of every page there is, for an administrator at the console and a stranger at a hosted page."""
    browser = console_of(world, world.acme)
    found = [(route.path(places.here), browser) for route in CONSOLE]
    stranger = Client()
    authorize = f"/v1/{world.application.path}/authorize"
    flow = stranger.get(f"{authorize}?{ceremonies.client_of(world).query()}")
    assert flow.status_code == 302
    hosted = flow["Location"].partition("://")[2].partition("/")[2]
    invitation = ceremonies.invite(world, world.acme.customers.carol)
    bind = stranger.get(invitation.link.partition("://")[2].partition("/")[2].join(["/", ""]))
    more = [
        f"/{hosted}",
        "/" + bind["Location"].partition("://")[2].partition("/")[2],
        "/signup",
        "/nowhere",
        authorize,
    ]
    found += [(path, stranger) for path in [*more, "/", "/dev/mailbox", "/console/login"]]
    return [(path, browser.get(path)) for path, browser in found]


def assert_foreign_script_is_out(path: str, response: Any) -> None:
    policy = directives(response)
    if response.status_code == 302 and not response.content:
        assert policy == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}, path
        return
    for name in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == ["'none'"], (path, name)
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "https:"} & set(policy["script-src"]), path
    assert policy["style-src"] == ["'self'"], path
    assert "form-action" in policy, path


def test_every_page_is_kept_private_unframed_and_free_of_foreign_script(world: World, places: Places) -> None:
    seen = 0
    for path, response in pages(world, places):
        assert response.status_code < 500, path
        if not response.get("Content-Type", "").startswith("text/html"):
            continue
        seen += 1
        assert_foreign_script_is_out(path, response)
        assert response["X-Content-Type-Options"] == "nosniff", path
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert response["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert response["Referrer-Policy"] in ("same-origin", "no-referrer"), path
        assert "no-store" in response["Cache-Control"], path
        assert "camera=()" in response["Permissions-Policy"], path
        assert "HX-Request" in response["Vary"], path
        assert response["X-Correlation-Id"], path
    assert seen > 25


def test_a_page_whose_address_holds_a_token_sends_no_referrer(world: World, places: Places) -> None:
    """To nobody else: one with a form has to say to us whose the form is."""
    tokened = [(path, response) for path, response in pages(world, places) if "token=" in path or "request=" in path]
    assert len(tokened) >= 2
    for path, response in tokened:
        has_form = "<form" in response.content.decode()
        assert response["Referrer-Policy"] == ("same-origin" if has_form else "no-referrer"), path


def test_no_form_is_taken_without_its_token(world: World, places: Places) -> None:
    """Every POST a browser could be made to send from elsewhere: refused before anything is read."""
    ada = console_of(world, world.acme, enforce_csrf_checks=True)
    before = atlas.fingerprint(world.acme.tenant.pk)
    tried = 0
    for route in FORMS:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for origin in ("https://evil.test", "null"):
                headers = {"Origin": origin, "HX-Request": "true"}
                response = ada.generic(method, route.path(places.here | {"name": "x"}), b"confirm=yes", headers=headers)
                assert response.status_code in (403, 404, 405), (method, route, response.status_code)
                tried += response.status_code == 403
    assert tried > 40
    assert atlas.fingerprint(world.acme.tenant.pk) == before


def test_looking_never_changes_anything(world: World, places: Places) -> None:
    """But that a proof seals what was not sealed yet, as the next minute would."""
    ada = console_of(world, world.acme)
    before = atlas.fingerprint(world.acme.tenant.pk)
    for route in CONSOLE:
        if route.template.startswith("console/realms") and not route.template.endswith("/proof"):
            for method in ("GET", "HEAD", "OPTIONS"):
                ada.generic(method, route.path(places.here))
    assert atlas.fingerprint(world.acme.tenant.pk) == before


def test_the_console_takes_no_bearer_token_and_the_api_no_cookie(world: World, places: Places) -> None:
    token = ceremonies.management_token(world.visitor, world.acme)
    stranger = Client()
    for route in CONSOLE:
        if route.template.startswith("console/realms"):
            response = stranger.get(route.path(places.here), headers={"Authorization": f"Bearer {token}"})
            assert response.status_code in (302, 405), route
    ada = console_of(world, world.acme)
    for route in (route for route in atlas.routes("api") if route.parameters):
        assert ada.get(route.path(places.here)).status_code in (401, 405), route
