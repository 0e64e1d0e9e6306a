"""A real Chromium with a passkey authenticator of its own for each person at a desk."""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from tests.waiting import PATIENCE_SECONDS, until

# Quiet: nothing here may look for the outside world.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "defaultBackupEligibility": False,
    "defaultBackupState": False,
}


def _once_its_scripts_have_run(act: Callable[..., Any]) -> Callable[..., Any]:
    """What a page does by script it does not before: on a busy machine it can be seen, and pressed, long before that."""

    @wraps(act)
    def patient(self: Locator, *given: Any, **further: Any) -> Any:
        self.page.wait_for_load_state()
        return act(self, *given, **further)

    return patient


for _name in ("click", "dblclick", "fill", "check", "press", "focus"):
    setattr(Locator, _name, _once_its_scripts_have_run(getattr(Locator, _name)))


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def opened(*, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[Browser]:
    """Ended by force when it does not end by itself: nothing in Playwright limits how long closing takes."""
    expect.set_options(timeout=1000 * PATIENCE_SECONDS)
    with tempfile.TemporaryDirectory(prefix="identity-cloud-browser-") as folder:
        by_force = threading.Timer(patience_seconds, _end_by_force)
        by_force.daemon = True
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=Path(__file__).with_name("chromium.sh"),
                args=ARGUMENTS,
                env={**os.environ, "CHROMIUM": str(chromium()), "CHROMIUM_LOG": f"{folder}/log"},
                timeout=1000 * PATIENCE_SECONDS,
            )
            try:
                yield browser
            finally:
                by_force.start()
                with suppress(Error):
                    browser.close()
        by_force.cancel()


def _end_by_force() -> None:
    """Playwright's Node.js, which hears nothing any more then, and its browsers."""
    for driver in _children(os.getpid()):
        if b"run-driver" in Path(f"/proc/{driver}/cmdline").read_bytes():
            for pid in (*_children(driver), driver):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]


@dataclass
class Desk:
    """One person's browser: an own context (cookies, storage), one page, one virtual authenticator."""

    context: BrowserContext
    page: Page
    protocol: CDPSession
    authenticator_id: str
    faults: list[str] = field(default_factory=list)

    def passkeys(self) -> list[dict[str, Any]]:
        answer = self.protocol.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator_id})
        return answer["credentials"]

    def verify_user(self, verified: bool) -> None:
        """False is a person whose finger is refused."""
        told = {"authenticatorId": self.authenticator_id, "isUserVerified": verified}
        self.protocol.send("WebAuthn.setUserVerified", told)

    def forget_passkeys(self) -> None:
        self.protocol.send("WebAuthn.clearCredentials", {"authenticatorId": self.authenticator_id})

    def lose_authenticator(self) -> None:
        """A device that has none."""
        self.protocol.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.authenticator_id})

    def hear_out(self) -> None:
        """Playwright reports faults while it is asked something; what is still under way is heard now."""
        for page in self.context.pages:
            page.title()

    def note_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(f"blocked by the content security policy: {message.text}")


def sit_down(browser: Browser, base_url: str, **options: Any) -> Desk:
    """`options` are Playwright's for a context: viewport, color_scheme, java_script_enabled, …"""
    context = browser.new_context(base_url=base_url, **options)
    context.set_default_timeout(1000 * PATIENCE_SECONDS)
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    made = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    desk = Desk(context, page, protocol, made["authenticatorId"])
    context.on("console", desk.note_console)
    context.on("weberror", lambda error: desk.faults.append(f"uncaught on the page: {error.error}"))
    return desk


def copied(page: Page, button: Locator) -> str:
    """What the button puts on the clipboard."""
    page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    assert until(lambda: page.evaluate("navigator.clipboard.readText()"))
    return page.evaluate("navigator.clipboard.readText()")
