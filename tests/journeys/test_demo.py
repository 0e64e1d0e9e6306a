"""`make demo`, clicked through: Bob makes a passkey and signs in to a shop that knows only OpenID Connect."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import browser, services

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = [sys.executable, "-m", "identity_cloud.serve", "--demo"]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The addresses of Identity Cloud and of the shop."""
    port, shop_port = services.free_port(), services.free_port()
    own = {"PORT": str(port), "RELYING_PARTY_PORT": str(shop_port), "DATA_DIR": str(tmp_path / "data")}
    process = subprocess.Popen(
        DEMO, cwd=ROOT, env=services.environment(**own), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    assert "Demo" in said, said
    yield f"http://localhost:{port}", f"http://localhost:{shop_port}"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=15)
    assert process.returncode == 0


def test_bob_makes_his_passkey_from_the_mailbox_and_signs_in_to_the_shop(chromium, demo):
    cloud, shop = demo
    bob = browser.sit_down(chromium, cloud)
    page = bob.page
    try:
        page.goto("/dev/mailbox")
        page.get_by_role("link", name="Create your passkey for").click()
        page.locator("a[href*=credential-binding-jobs]").first.click()
        page.get_by_role("button", name="Create your passkey").click()
        page.get_by_role("link", name="Continue").click()
        page.get_by_role("button", name="Sign in with Identity Cloud").click()
        expect(page.get_by_text("Hello, Bob Baker")).to_be_visible(timeout=15_000)
        assert page.url == f"{shop}/"
        assert len(bob.passkeys()) == 1
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in with Identity Cloud")).to_be_visible()
    finally:
        bob.context.close()
    assert bob.faults == []
