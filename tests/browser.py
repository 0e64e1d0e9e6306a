"""A real Chromium with a passkey authenticator of its own for each person at a desk."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Locator, Page, Playwright, expect

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


def launch(playwright: Playwright) -> Browser:
    expect.set_options(timeout=1000 * PATIENCE_SECONDS)
    return playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS, timeout=1000 * PATIENCE_SECONDS)


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
