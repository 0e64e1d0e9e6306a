"""Plumbing for every test: the database, the browser, and what is kept of a failure. People and realms: world.py."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from apps.authentication import notices
from apps.bulk import running
from apps.core import outgoing
from apps.events import kept
from apps.tokens import key_rotation
from apps.web import limits
from apps.web.held_threads import EXPORTS, STREAMS
from tests import browser as browsers
from tests import ground as grounds
from tests import migrated
from tests.waiting import PATIENCE_SECONDS
from tests.world import World, build

ARTIFACTS = Path(__file__).resolve().parent.parent / "var" / "test-artifacts"
_CONFIGURED = ("applications_application", "applications_resourceserver", "tokens_signingkey", "realms_realm")
FAILED = pytest.StashKey[bool]()

# A busy machine is slow; that is no fault of what is tested. The same examples each time, for what only another would show
# is no fault of the change at hand: HYPOTHESIS_PROFILE=others looks for it.
_patient = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.register_profile("others", _patient)
hypothesis_settings.register_profile("same", _patient, derandomize=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "same")


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Limits are counted in the cache, and no test may use up another's."""
    grounds.forget()


@pytest.fixture(autouse=True)
def _windows_begin_with_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit counts by the minute or the hour of the clock; a test must not find itself in two of them. The longest window
    is an hour, and every other is a part of it."""
    past = time.time() % 3600
    monkeypatch.setattr(limits, "_now", lambda: int(time.time() - past))


@pytest.fixture(autouse=True)
def _rows_changed_by_hand(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test may change a row without a verb and its event; copies of it must not outlive that. With the fixture
    `told_by_events` they are let go of as in the product alone."""

    def let_go(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        finally:
            if sql.startswith(("INSERT", "UPDATE", "DELETE")) and any(table in sql for table in _CONFIGURED):
                kept.changed()

    if "told_by_events" in request.fixturenames:
        yield
        return
    with connection.execute_wrapper(let_go):
        yield


@pytest.fixture(autouse=True, scope="session")
def _nobody_else() -> Iterator[None]:
    """No other process changes what a test has; asking whether one did would be a statement now and then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "ASKED_EVERY_SECONDS", 1e9)
        yield


@pytest.fixture(autouse=True, scope="session")
def _nobody_is_hurried() -> Iterator[None]:
    """How long the product tries before it leaves something for later is seconds, which a busy machine may need for less.
    Who tests that it is cut off says after how long."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (outgoing, "SECONDS"), (notices, "_LANE_SECONDS"), (running, "_TURN_SECONDS"), (key_rotation, "_SECONDS"),
        ):  # fmt: skip
            patch.setattr(module, name, float(PATIENCE_SECONDS))
        yield


@pytest.fixture(autouse=True, scope="session")
def _emptied_between_tests() -> Iterator[None]:
    """Tests that really commit empty the tables afterwards, which the triggers that guard events would refuse. Rows are
    deleted, for there are few: to truncate every table makes all their files anew. Django would then write down again what
    models there are, so that stays."""

    def empty(_: TransactionTestCase) -> None:
        own = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
        tables = [
            connection.ops.quote_name(table) for table in sorted(own - {"django_content_type", "auth_permission"})
        ]
        with without_triggers(connection), connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # a thread that a test left behind may be writing its last row
                cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - the name of a table of ours

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@contextmanager
def without_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """In one transaction, so that no other connection ever sees the database without them."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, definition in triggers:
            cursor.execute(definition)


@pytest.fixture(autouse=True)
def _nobody_holds_a_thread() -> Iterator[None]:
    """Django's test client closes no streamed answer that a test does not read; a web server closes every one."""
    yield
    for places in (EXPORTS, STREAMS):
        places._taken.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """tests/run.py has made every table once; who runs pytest alone waits until this process has."""
    if migrated.FILE:
        shutil.copyfile(migrated.FILE, connection.settings_dict["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    return django_db_keepdb or bool(migrated.FILE)


@pytest.fixture(scope="session")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[grounds.Ground]:
    shared = grounds.Ground()
    yield shared
    with django_db_blocker.unblock():
        shared.clear()


@pytest.fixture
def _prepared_ground(request: pytest.FixtureRequest, ground: grounds.Ground, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        ground.prepare(world="world" in request.fixturenames and not _commits(request.node))


@pytest.fixture
def _django_db_helper(_prepared_ground: None, _django_db_helper: None) -> None:
    """What pytest-django begins a test's transaction with, where a world may already stand."""


@pytest.fixture
def world(db: None, ground: grounds.Ground) -> World:
    """Ada administers, Bob is in the realm, Eve is elsewhere: see world.py. Built anew only for tests that commit."""
    return ground.world() or build()


def pytest_unconfigure() -> None:
    """Side by side processes end without their atexit, so the folder of tests/settings.py is removed here."""
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-alone", action="store_true", help="leave out what reaches no database: it ran on the other engine"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "live_server" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if config.getoption("--database-alone"):
        pure = [item for item in items if not _may_reach_a_database(item)]
        config.hook.pytest_deselected(items=pure)
        items[:] = [item for item in items if item not in set(pure)]


def _commits(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db")
    asks = {"transactional_db", "live_server"}.intersection(getattr(item, "fixturenames", ()))
    return bool(asks) or (marked is not None and marked.kwargs.get("transaction", False))


def _may_reach_a_database(item: pytest.Item) -> bool:
    """Who says so, and journeys, which start processes of ours. The demo is of embedded mode alone, and how a page looks
    hangs on no database."""
    if item.get_closest_marker("looks"):
        return False
    asks = {"db", "transactional_db", "live_server", "engines"}.intersection(getattr(item, "fixturenames", ()))
    starts = item.path.parent.name == "journeys" and item.path.name != "test_demo.py"
    return bool(asks) or starts or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with browsers.opened() as browser:
        yield browser


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
    for desk in desks:
        desk.hear_out()
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
