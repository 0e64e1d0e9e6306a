"""curl, a client_credentials token and the management API: from nothing to a link that opens in a browser."""

import json
import subprocess
from typing import Any

from playwright.sync_api import Page, expect

from apps.credentials.models import JobState
from apps.directory.selectors import identity_by_username
from apps.tokens.issuer import endpoints_of
from tests.ceremonies import origin
from tests.journeys.steps import create_passkey, job_of
from tests.world import World


def curl(*words: str) -> Any:
    """Its JSON answer; anything that is not a success fails, with what was said."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail-with-body", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def token_of(world: World) -> str:
    application, secret = world.acme.management_api, world.acme.management_secret
    answer = curl(
        endpoints_of(application).token,
        *("--user", f"{application.client_id}:{secret}"),
        *("--data-urlencode", "grant_type=client_credentials"),
        *("--data-urlencode", "scope=identities:create credential-binding-jobs:create"),
    )
    assert answer["token_type"] == "Bearer"
    return answer["access_token"]


def post(token: str, path: str, body: dict[str, Any]) -> Any:
    headers = ("--header", f"Authorization: Bearer {token}", "--header", "Content-Type: application/json")
    return curl(f"{origin()}/v1/{path}", *headers, "--data", json.dumps(body))


def test_a_program_invites_erin_and_she_creates_her_passkey(world: World, page: Page) -> None:
    token = token_of(world)
    realm = f"tenants/{world.acme.tenant.pk}/realms/{world.realm.pk}"
    traits = {"type": "traits_v0", "username": "erin", "primary_email_address": "erin@acme.test"}
    made = post(token, f"{realm}/identities", {"identity": {"display_name": "Erin Engineer", "traits": traits}})
    assert made["status"] == "active"
    assert made["traits"]["username"] == "erin"

    job = {"delivery_method": "RETURN", "authenticator_config_id": str(world.acme.customers.config.pk)}
    answer = post(token, f"{realm}/identities/{made['id']}/credential-binding-jobs", {"job": job})
    assert answer["credential_binding_job"]["state"] == "LINK_SENT"

    create_passkey(page, answer["credential_binding_link"])
    expect(page.get_by_role("main")).to_contain_text("Customers")
    erin = identity_by_username(world.realm, "erin")
    assert erin is not None
    assert erin.pk == made["id"]
    assert job_of(erin).state == JobState.COMPLETE
    assert job_of(erin).requested_by == str(world.acme.management_api.pk)


def test_a_token_of_another_tenant_is_told_no_more_than_no(world: World, live_server: Any) -> None:
    path = f"{origin()}/v1/tenants/{world.evil.tenant.pk}/realms/{world.evil.customers.realm.pk}/identities"
    done = subprocess.run(
        ["curl", "--silent", "--write-out", "\n%{http_code}", "--header", f"Authorization: Bearer {token_of(world)}", path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    body, _, status = done.stdout.rpartition("\n")
    assert (status, json.loads(body)["code"]) == ("403", "forbidden")
