"""Where mail goes in a journey: to /dev/mailbox as embedded mode keeps it, or over SMTP to a server that keeps it too.

Which of the two follows the mode the tests run in, so both are walked. The task that sends it is the worker's own.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

from aiosmtpd.controller import Controller
from playwright.sync_api import Page

from apps.realms import tasks
from tests import services
from tests.waiting import PATIENCE_SECONDS

LINK = r"https?://\S+(:invokeAuthenticator|/recover/link)\S+"


class PostOffice(Protocol):
    def link_to(self, address: str, page: Page) -> str:
        """Delivers what waits, and returns the link in the newest mail to the address."""

    def code_to(self, address: str, page: Page) -> str:
        """The same with the six digits in it; the page stays where it is."""


class Mailbox:
    """Embedded mode's, read as a person does: in the browser."""

    def link_to(self, address: str, page: Page) -> str:
        tasks.send_waiting_mail()
        page.goto("/dev/mailbox")
        _open_newest(page, address)
        links = page.get_by_role("main").get_by_role("link").all()
        found = [link.get_attribute("href") or "" for link in links]
        return next(link for link in found if re.search(LINK, link))

    def code_to(self, address: str, page: Page) -> str:
        tasks.send_waiting_mail()
        mailbox = page.context.new_page()
        mailbox.goto("/dev/mailbox")
        _open_newest(mailbox, address)
        code = _code_in(mailbox.get_by_role("main").inner_text())
        mailbox.close()
        return code


class Smtp:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.received.append(parsed)
        return "250 kept"

    def link_to(self, address: str, page: Page) -> str:
        text = self._newest_to(address)
        found = re.search(LINK, text)
        assert found, text
        return found[0]

    def code_to(self, address: str, page: Page) -> str:
        return _code_in(self._newest_to(address))

    def _newest_to(self, address: str) -> str:
        tasks.send_waiting_mail()
        mail = next(each for each in reversed(self.received) if address in str(each["To"]))
        text = mail.get_body(("plain",))
        assert text is not None
        return text.get_content()


def _open_newest(mailbox: Page, address: str) -> None:
    """The list, which names the address too, stays on the screen for as long as the mail takes to come."""
    mailbox.get_by_role("row").filter(has_text=address).first.get_by_role("link").click()
    mailbox.wait_for_url(re.compile(r"/dev/mailbox/."))


def _code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found, text
    return found[0]


@contextmanager
def opened(settings: Any, folder: Path) -> Iterator[PostOffice]:
    if settings.EMBEDDED:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = str(folder)
        yield Mailbox()
        return
    smtp, port = Smtp(), services.free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    controller = Controller(smtp, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE_SECONDS)
    controller.start()
    try:
        yield smtp
    finally:
        controller.stop()
