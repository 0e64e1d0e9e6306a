"""examples/api: each program, run as its README says, against a live server (contract/extensions.md, docs/api.md)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.core import secrets
from apps.credentials.models import Credential, CredentialState
from apps.directory.models import GroupMembership
from tests import services
from tests.authenticator import SoftPasskey
from tests.faces import doors

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples/api"
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def variables(live_server: Any, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What the README exports."""
    call_command("create_tenant", name="Acme", admin_email="ada@acme.test", json=True)
    opened = json.loads(capsys.readouterr().out)
    first, api = opened["first_realm"], opened["management_api"]
    return {
        "API": live_server.url,
        "TENANT": opened["tenant_id"],
        "REALM": first["realm_id"],
        "AUTHENTICATOR_CONFIG": first["authenticator_config_id"],
        "TOKEN_ENDPOINT": api["token_endpoint"],
        "CLIENT_ID": api["client_id"],
        "CLIENT_SECRET": api["client_secret"],
    }


def said(command: list[str], variables: dict[str, str]) -> list[Any]:
    """The lines of JSON that the program prints."""
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def generated_client(variables: dict[str, str], folder: Path) -> Path:
    """The README's own command: from what the live server says of itself."""
    quiet = folder / "client.yaml"
    quiet.write_text("post_hooks: []\n")
    where = ["--url", f"{variables['API']}/v1/openapi.json", "--output-path", str(folder / "identity_cloud_client")]
    subprocess.run(
        [
            str(BIN / "openapi-python-client"),
            "generate",
            *where,
            "--meta",
            "none",
            "--config",
            str(quiet),
            "--fail-on-warning",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder


def bind(link: str) -> None:
    """What the invited person does with the link."""
    browser, passkey = Client(), SoftPasskey()
    opened = browser.get(doors.path_of(link), headers={"Accept": "application/json"}).json()
    assert opened["job_id"]
    asked = browser.get(doors.path_of(browser.get(doors.path_of(link))["Location"]))
    data = doors.data_of(asked)
    public_key = data["publicKey"]
    made = passkey.create(
        secrets.from_base64url(public_key["challenge"]),
        origin=data["origin"],
        user_handle=secrets.from_base64url(public_key["user"]["id"]),
    )
    body = json.dumps({"type": "WEBAUTHN", "raw": made.raw, "signals": {}})
    bound = browser.post(
        doors.path_of(data["bindUrl"]),
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {data['token']}"},
    )
    assert bound.status_code == 200, bound.content


@pytest.mark.parametrize("language", ["curl", "javascript", "python"])
def test_the_five_jobs_are_done(variables: dict[str, str], tmp_path: Path, language: str) -> None:
    if language == "python":
        variables = {**variables, "PYTHONPATH": str(generated_client(variables, tmp_path))}
    program = {
        "curl": [shutil.which("sh") or "sh", str(EXAMPLES / "jobs.sh")],
        "javascript": [services.node(), str(EXAMPLES / "jobs.mjs")],
        "python": [sys.executable, str(EXAMPLES / "jobs.py")],
    }[language]
    (invited,) = said([*program, "invite", "grace"], variables)
    assert GroupMembership.objects.filter(group_id=invited["group_id"], identity_id=invited["identity_id"]).exists()
    bind(invited["link"])
    credential = Credential.objects.get(identity_id=invited["identity_id"])
    assert credential.state == CredentialState.ACTIVE
    assert said([*program, "revoke", invited["identity_id"]], variables) == [{"id": credential.pk, "state": "REVOKED"}]
    assert said([*program, "revoke", invited["identity_id"]], variables) == []


@pytest.mark.parametrize("language", ["curl", "javascript"])
def test_a_refusal_is_shown_and_ends_the_program(variables: dict[str, str], language: str) -> None:
    program = {"curl": ["sh", str(EXAMPLES / "jobs.sh")], "javascript": [services.node(), str(EXAMPLES / "jobs.mjs")]}
    environment = {"PATH": os.environ["PATH"], **variables}
    command = [*program[language], "revoke", "0000000000000000"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "identity not found" in done.stdout + done.stderr
