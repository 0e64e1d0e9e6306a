"""`make demo`, clicked through: Bob makes a passkey and signs in to a shop that knows only OpenID Connect."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import expect

from identity_cloud.parent import die_with_parent
from tests import browser, migrated, services
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = [sys.executable, "-m", "identity_cloud.serve", "--demo"]


@dataclass(frozen=True)
class Demo:
    said: str
    cloud: str
    shop: str

    def link_of(self, name: str) -> str:
        """What it prints for the person: "" when they have a passkey."""
        found = re.search(rf"^  {name} .*?(http\S+)?$", self.said, re.MULTILINE)
        assert found, self.said
        return found[1] or ""


@contextmanager
def demo(data: Path) -> Iterator[Demo]:
    port, shop_port = services.free_port(), services.free_port()
    own = {"PORT": str(port), "RELYING_PARTY_PORT": str(shop_port), "DATA_DIR": str(data)}
    process = subprocess.Popen(
        DEMO, cwd=ROOT, env=services.environment(**own), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=die_with_parent,
    )  # fmt: skip
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    try:
        yield Demo(said, f"http://localhost:{port}", f"http://localhost:{shop_port}")
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in said + rest


def test_bob_makes_his_passkey_and_signs_in_to_the_shop_and_a_second_start_knows_him(chromium, tmp_path):
    data = migrated.data_folder(tmp_path / "data")
    with demo(data) as first:
        bob = browser.sit_down(chromium, first.cloud)
        page = bob.page
        page.goto(first.link_of("Bob"))
        page.get_by_role("button", name="Create your passkey").click()
        page.get_by_role("link", name="Continue").click()
        sign_in(page)
        assert page.url == f"{first.shop}/"
        assert len(bob.passkeys()) == 1
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in with Identity Cloud")).to_be_visible()
        assert first.link_of("Ada")
    with demo(data) as second:  # on other ports
        page.goto(second.shop)
        sign_in(page)
        assert second.link_of("Ada") not in ("", first.link_of("Ada"))
        assert second.link_of("Bob") == ""
    bob.context.close()
    assert bob.faults == []


def sign_in(page) -> None:
    page.get_by_role("button", name="Sign in with Identity Cloud").click()
    expect(page.get_by_role("heading", name="Hello, Bob Baker")).to_be_visible()
    token = page.get_by_role("region", name="ID token")
    expect(token).to_contain_text("preferred_username")
    expect(token).to_contain_text("UTC")
