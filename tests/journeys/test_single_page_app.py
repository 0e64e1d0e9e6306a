"""examples/spa with our SDK, as its README says: a passkey in the app's own page, and a sign-in that never leaves it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from apps.credentials.models import Binding, Credential, Method
from tests import post, services
from tests.browser import Desk
from tests.journeys import parties

ROOT = Path(__file__).resolve().parents[2]
SPA = ROOT / "examples/spa"

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Spa:
    url: str
    link: str


@pytest.fixture
def spa(live_server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Spa]:
    """The README's three commands."""
    call_command("create_tenant", name="Acme", admin_email="ada@acme.test", json=True)
    tenant, known, port = tmp_path / "tenant.json", tmp_path / "spa.json", services.free_port()
    tenant.write_text(capsys.readouterr().out)
    own = {"SPA_PORT": str(port)}
    done = subprocess.run(
        [sys.executable, str(SPA / "prepare.py"), str(tenant)], env=own, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    known.write_text(done.stdout)
    link = re.search(r"http\S+", done.stderr)
    assert link, done.stderr
    with parties.process([sys.executable, str(SPA / "serve.py"), str(known)], own, port):
        yield Spa(f"http://localhost:{port}", link[0])


def bind(page: Page, spa: Spa, kind: str) -> Credential:
    page.goto(spa.link)
    expect(page.get_by_role("heading", name="Create your passkey")).to_be_visible()
    page.get_by_text("What we collect").click()
    expect(page.locator("#bind dd").first).not_to_be_empty()
    page.get_by_label(kind).check()
    page.get_by_role("button", name="Create passkey").click()
    expect(page.get_by_role("status")).to_have_text("Your passkey is ready, Grace.")
    return Credential.objects.get(identity__username="grace")


def sign_in(page: Page) -> dict[str, str]:
    """Ends at what the app knows of the person."""
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Welcome, Grace")).to_be_visible()
    expect(page.locator("#signed-in dt").last).to_have_text("auth_time")
    terms = page.locator("#signed-in dt").all_text_contents()
    return dict(zip(terms, page.locator("#signed-in dd").all_text_contents(), strict=True))


def test_grace_signs_in_with_a_passkey_of_this_browser_alone(desk: Desk, spa: Spa) -> None:
    page = desk.page
    credential = bind(page, spa, "Kept by this browser alone")
    assert (credential.method, credential.binding) == (Method.X509, Binding.SOFTWARE)
    facts = sign_in(page)
    assert facts["preferred_username"] == "grace"
    assert "swk" in facts["amr"]

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    sign_in(page)
    page.get_by_role("button", name="Delete the software passkey").click()
    expect(page.get_by_role("button", name="Delete the software passkey")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in with your e-mail")).to_be_visible()


def test_grace_signs_in_with_the_passkey_of_her_device(desk: Desk, spa: Spa) -> None:
    credential = bind(desk.page, spa, "Whatever suits this device")
    assert credential.method == Method.WEBAUTHN
    assert len(desk.passkeys()) == 1
    assert "user" in sign_in(desk.page)["amr"]
    assert json.loads(desk.page.evaluate("JSON.stringify(sessionStorage)")) == {}


def test_grace_comes_in_by_a_code_and_makes_a_passkey_afterwards(desk: Desk, spa: Spa) -> None:
    page = desk.page
    page.goto(spa.url)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("E-mail").fill("grace@acme.test")
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code").fill("nonsense")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("status")).to_have_text("That is not the code. Try again.")
    page.get_by_label("Code").fill(post.last_code())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Welcome, Grace")).to_be_visible()
    page.get_by_role("button", name="Create a passkey here").click()
    expect(page.get_by_role("button", name="Delete the webauthn passkey")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    assert "user" in sign_in(page)["amr"]
