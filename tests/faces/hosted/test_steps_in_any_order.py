"""The pages of a sign-in by code, asked in whatever order somebody likes (security.md G16): what is drawn by chance is held
against the one rule there is. Only the right code, in its own browser and flow, while it is open, opens anything."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client as Browser
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.authentication import one_time_codes as kept
from apps.authentication.models import Session
from tests import ceremonies, post
from tests.faces import doors
from tests.faces.hosted.test_signing_in_with_a_code import BOB, read
from tests.world import World

pytestmark = pytest.mark.django_db

PAGES = ("code", "offer", "name", "recover", "bi-authenticate", "offer/begin", "code/send", "recover/code")
JUNK = ("", "0", "000000 ", "\x00" * 6, "١٢٣٤٥٦", "9" * 40)


class Steps(RuleBasedStateMachine):
    """`code` is the newest that was mailed to this flow, `tries` how many wrong ones it has seen."""

    world: World

    @initialize()
    def begin(self) -> None:
        cache.clear()
        self.savepoint = transaction.savepoint()
        self.mine, self.theirs = Browser(), Browser()
        self.page, self.other = (self.sign_in_page(browser) for browser in (self.mine, self.theirs))
        self.base = self.page["actions"][0].replace("/code/send?", "/{}?")
        self.code, self.tries, self.sent = "", 0, 0
        self.is_in = self.is_over = False

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    def sign_in_page(self, browser: Browser) -> dict[str, Any]:
        return read(browser.get(doors.path_of(doors.sent_to(browser, ceremonies.client_of(self.world)))))

    def ask(self, browser: Browser, page: str, **form: str) -> int:
        answer = browser.post(self.base.format(page), {"flow": self.page["flow"], **form})
        assert answer.status_code < 500, page
        return answer.status_code

    @property
    def is_open(self) -> bool:
        return bool(self.code) and self.tries < kept.TRIES and not self.is_in

    @rule(page=st.sampled_from(PAGES), mine=st.booleans())
    def look(self, page: str, mine: bool) -> None:
        answer = (self.mine if mine else self.theirs).get(self.base.format(page))
        assert answer.status_code < 500, page

    @rule(page=st.sampled_from(PAGES), mine=st.booleans())
    def send_an_empty_form(self, page: str, mine: bool) -> None:
        """For the code's own page it is a wrong one; the last page goes on to the application by it."""
        self.ask(self.mine if mine else self.theirs, page)
        if mine and page == "code" and self.is_open:
            self.tries += 1
        if mine and page == "offer" and self.is_in:
            self.is_over = True

    @precondition(lambda self: self.sent < kept.PER_HOUR)
    @rule()
    def ask_for_a_code(self) -> None:
        self.ask(self.mine, "code/send", email=BOB)
        if not self.is_in:
            self.code, self.tries, self.sent = post.last_code(), 0, self.sent + 1

    @rule(code=st.sampled_from(JUNK))
    def give_a_wrong_code(self, code: str) -> None:
        self.ask(self.mine, "code", code=code)
        if self.is_open:
            self.tries += 1

    @precondition(lambda self: self.code)
    @rule()
    def give_the_code_in_another_browser(self) -> None:
        assert self.ask(self.theirs, "code", code=self.code) == 404

    @precondition(lambda self: self.code)
    @rule()
    def give_the_code_to_another_flow(self) -> None:
        self.theirs.post(self.other["actions"][0].replace("/code/send?", "/code?"), {
            "flow": self.other["flow"], "code": self.code,
        })  # fmt: skip

    @precondition(lambda self: self.code)
    @rule()
    def give_the_right_code(self) -> None:
        status = self.ask(self.mine, "code", code=self.code)
        assert (status == 303) == (self.is_open or (self.is_in and not self.is_over))
        self.is_in = self.is_in or self.is_open

    @invariant()
    def nobody_is_in_without_it(self) -> None:
        assert Session.objects.count() == self.is_in
        shown = self.mine.get(self.base.format("offer")).status_code == 200
        assert shown == (self.is_in and not self.is_over)
        assert self.theirs.get(self.base.format("offer")).status_code != 200


def test_no_order_of_steps_opens_what_the_code_does_not(world: World) -> None:
    ceremonies.open_codes(world)
    Steps.world = world
    few = settings(
        max_examples=12,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Steps, settings=few)
