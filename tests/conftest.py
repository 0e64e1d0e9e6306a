"""Plumbing for every test: the database, the browser, and what is kept of a failure. People and realms: world.py."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests import browser as browsers

ARTIFACTS = Path(__file__).resolve().parent.parent / "var" / "test-artifacts"
FAILED = pytest.StashKey[bool]()


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Limits are counted in the cache, and no test may use up another's."""
    cache.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "live_server" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = browsers.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def sit_down(request: pytest.FixtureRequest, chromium: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """Call it once for each person: every desk has its own cookies and its own passkeys.

    A page that is blocked by the content security policy or throws fails the test; a failed test leaves pictures.
    """
    desks: list[browsers.Desk] = []

    def sit(**options: Any) -> browsers.Desk:
        desks.append(browsers.sit_down(chromium, live_server.url, **options))
        return desks[-1]

    yield sit
    faults = [fault for desk in desks for fault in desk.faults]
    if faults or request.node.stash.get(FAILED, False):
        _keep_pictures(request.node.nodeid, desks)
    for desk in desks:
        desk.context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def desk(sit_down: Callable[..., Any]) -> Any:
    return sit_down()


@pytest.fixture
def page(desk: Any) -> Any:
    return desk.page


def _keep_pictures(name: str, desks: list[browsers.Desk]) -> None:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for number, desk in enumerate(desks, 1):
        for window, page in enumerate(desk.context.pages, 1):
            file = re.sub(r"[^\w.-]+", "-", f"{name}-{number}-{window}").strip("-") + ".png"
            page.screenshot(path=ARTIFACTS / file, full_page=True)
