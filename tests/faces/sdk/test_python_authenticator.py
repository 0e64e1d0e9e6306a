"""sdk/python against the product itself: what it binds and signs in, what it refuses to believe, and its file of keys."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone
from identity_cloud_authenticator import (
    Answer,
    Authenticator,
    Denied,
    KeyFile,
    KeysUnsafe,
    LinkRefused,
    MemoryKeys,
    PasskeyMissing,
    RequestRefused,
)
from identity_cloud_authenticator.__main__ import main

from apps.credentials.models import Binding, Credential
from apps.tokens.issuer import endpoints_of, issuer_of
from tests import apps
from tests.apps import App
from tests.faces import doors
from tests.world import World

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


class Wire:
    """The product, asked in process. `before` may change what is sent; `date` is what the server says the time is."""

    def __init__(self) -> None:
        self.browser = Browser()
        self.date = ""
        self.asked: list[str] = []

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        self.asked.append(f"{method} {urlsplit(url).path.rpartition('/')[2]}")
        kind = headers.get("Content-Type", "")
        response = self.browser.generic(method, doors.path_of(url), body or b"", kind, headers=dict(headers))
        told = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, {**told, **({"date": self.date} if self.date else {})}, response.content)


@pytest.fixture
def app(world: World) -> App:
    return apps.open_app(world)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def authenticator(app: App, wire: Wire) -> Authenticator:
    return Authenticator(issuer_of(app.application), MemoryKeys(), transport=wire)


def authorization_url(app: App, **changes: str | None) -> str:
    return f"{endpoints_of(app.application).authorization}?{app.client.query(**changes)}"


@pytest.mark.parametrize("kind", ["X509", "JWT"])
def test_it_binds_with_a_link_and_signs_in_to_a_code_that_is_redeemed(
    app: App, authenticator: Authenticator, kind: Any
) -> None:
    passkey = authenticator.bind(app.invite().link, kind)
    credential = Credential.objects.get(pk=passkey.credential_id)
    assert (credential.identity, credential.method, credential.binding) == (
        app.world.bob,
        kind.lower(),
        Binding.SOFTWARE,
    )
    assert credential.jwk_thumbprint == passkey.kid
    assert (passkey.username, authenticator.passkeys()) == ("bob", [passkey])
    for _ in range(2):
        allowed = authenticator.sign_in(authorization_url(app))
        told = parse_qs(urlsplit(allowed.redirect_url).query)
        assert told["state"] == [app.client.state]
        assert told["iss"] == [issuer_of(app.application)]
        assert app.client.redeem(app.world.visitor, allowed.code)["id_token"]


def test_it_answers_the_url_that_an_app_was_opened_with(app: App, authenticator: Authenticator) -> None:
    passkey = authenticator.bind(app.invite().link)
    assert authenticator.authenticate(app.arrive_at(), passkey.credential_id).code
    long = authenticator.authenticate(app.arrive_at(state="s" * 2000), passkey.kid)
    assert long.passkey == passkey


def test_it_opens_the_url_that_a_browser_was_led_on_to(app: App, authenticator: Authenticator) -> None:
    led_on = app.browser.get(doors.path_of(app.invite().link), headers={"Accept": "text/html"})["Location"]
    assert urlsplit(led_on).path.endswith("/bind")
    assert authenticator.bind(led_on).credential_id


def test_a_machine_with_a_wrong_clock_signs_in_by_the_servers_time(app: App, wire: Wire) -> None:
    keys = MemoryKeys()
    now = timezone.now() + timedelta(hours=9)
    wire.date = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
    authenticator = Authenticator(issuer_of(app.application), keys, transport=wire)
    link = app.invite().link
    with pytest.raises(Denied):  # it believed the server, and the server believes its own clock
        authenticator.bind(link)
    with time_machine.travel(now, tick=True):
        assert authenticator.bind(link)


def test_a_link_is_used_once_and_says_so(app: App, authenticator: Authenticator) -> None:
    link = app.invite().link
    authenticator.bind(link)
    with pytest.raises(LinkRefused) as refused:
        authenticator.bind(link)
    assert refused.value.code == "link_used"
    assert len(authenticator.passkeys()) == 1


_JOB = "tenant_id=t&realm_id=r&identity_id=i&job_id=j&token=x"
LINKS = [
    "",
    "nonsense",
    "file:///etc/passwd",
    "https://evil.test/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/j:invokeAuthenticator?token=x",
    "ORIGIN/bind?token=x",
    f"ORIGIN/bind?api_base_url=https://evil.test&{_JOB}",
    f"ORIGIN/bind?api_base_url=ORIGIN&{_JOB}".replace("_id=t", "_id=../.."),
]


@pytest.mark.parametrize("link", LINKS)
def test_nobody_elses_link_is_asked_for_anything(app: App, wire: Wire, link: str) -> None:
    origin = issuer_of(app.application).partition("/v1/")[0]
    authenticator = Authenticator(origin, MemoryKeys(), transport=wire)
    with pytest.raises(LinkRefused):
        authenticator.bind(link.replace("ORIGIN", origin))
    assert wire.asked == []


def test_a_request_that_the_issuer_did_not_sign_is_not_answered(
    app: App, authenticator: Authenticator, wire: Wire
) -> None:
    authenticator.bind(app.invite().link)
    url = app.arrive_at()
    base, request = url.partition("?")[0], parse_qs(urlsplit(url).query)["request"][0]
    head, body, signature = request.split(".")
    forged = [
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body[:-4]}AAAA.{signature}",
        f"{head}.{body}.",
        "a.b",
        "a.b.c",
        "",
    ]
    for each in forged:
        with pytest.raises(RequestRefused):
            authenticator.authenticate(f"{base}?{urlencode({'request': each})}")
    assert not any("bi-authenticate" in asked for asked in wire.asked)


def test_a_request_of_another_application_is_not_answered(app: App, wire: Wire) -> None:
    keys = MemoryKeys()
    other = apps.open_app(app.world)
    Authenticator(issuer_of(app.application), keys, transport=wire).bind(app.invite().link)
    with pytest.raises(RequestRefused):
        Authenticator(issuer_of(app.application), keys, transport=wire).authenticate(other.arrive_at())
    origin = issuer_of(app.application).partition("/v1/")[0]
    assert Authenticator(origin, keys, transport=wire).authenticate(other.arrive_at()).code


def test_an_old_request_is_not_answered(app: App, authenticator: Authenticator) -> None:
    authenticator.bind(app.invite().link)
    url = app.arrive_at()
    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=True), pytest.raises(RequestRefused):
        authenticator.authenticate(url)


def test_a_passkey_must_be_there_and_be_the_only_one_or_be_named(app: App, authenticator: Authenticator) -> None:
    with pytest.raises(PasskeyMissing):
        authenticator.sign_in(authorization_url(app))
    bob, carol = (
        authenticator.bind(app.invite().link),
        authenticator.bind(app.invite(app.world.acme.customers.carol).link),
    )
    with pytest.raises(PasskeyMissing):
        authenticator.sign_in(authorization_url(app))
    assert authenticator.sign_in(authorization_url(app), carol.kid).passkey == carol
    authenticator.delete(carol.kid)
    assert authenticator.sign_in(authorization_url(app)).passkey == bob


def test_a_key_that_the_server_does_not_know_is_denied_with_its_one_sentence(app: App, wire: Wire) -> None:
    keys = MemoryKeys()
    authenticator = Authenticator(issuer_of(app.application), keys, transport=wire)
    passkey = authenticator.bind(app.invite().link)
    Credential.objects.filter(pk=passkey.credential_id).update(jwk_thumbprint="x" * 43)
    with pytest.raises(Denied) as denied:
        authenticator.sign_in(authorization_url(app))
    assert denied.value.correlation_id
    assert passkey.kid not in str(denied.value)


def test_keys_are_kept_in_a_file_of_their_owner_alone(app: App, authenticator: Authenticator, tmp_path: Path) -> None:
    passkey = authenticator.bind(app.invite().link)
    keys = KeyFile(tmp_path / "deep" / "keys.json", password=b"correct horse")
    assert keys.all() == []
    keys.keep(replace(passkey, username="before"))
    keys.keep(passkey)
    (kept,) = keys.all()
    assert (kept.kid, kept.username, kept.subject) == (passkey.kid, "bob", passkey.subject)
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert "BEGIN ENCRYPTED PRIVATE KEY" in keys.path.read_text()
    with pytest.raises(KeysUnsafe):
        KeyFile(keys.path, password=b"wrong").all()
    keys.path.chmod(0o644)
    with pytest.raises(KeysUnsafe):
        keys.all()
    keys.path.chmod(0o600)
    keys.forget(passkey.kid)
    keys.forget(passkey.kid)
    assert keys.all() == []


def test_a_broken_file_of_keys_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    for text in ("", "[]", "{}", '{"passkeys": 5}', '{"passkeys": [{"key": "x"}]}', '{"passkeys": [null]}'):
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(KeysUnsafe):
            KeyFile(path).all()


@pytest.mark.parametrize("issuer", ["", "nonsense", "ftp://auth.test", "https://auth.test/?a=b"])
def test_an_issuer_is_a_url(issuer: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        Authenticator(issuer, MemoryKeys())


@pytest.mark.django_db(transaction=True)
def test_the_command_line_binds_signs_in_lists_and_forgets(
    live_server: Any, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = apps.open_app(world)
    common = ["--issuer", issuer_of(app.application), "--keys", str(tmp_path / "keys.json")]
    module = [sys.executable, "-m", "identity_cloud_authenticator", *common, "bind", "-"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "sdk/python")}
    bound = subprocess.run(
        module, input=app.invite().link, env=environment, capture_output=True, text=True, timeout=120
    )
    assert bound.returncode == 0, bound.stderr
    kid = json.loads(bound.stdout)["kid"]

    assert main([*common, "sign-in", authorization_url(app)]) == 0
    assert json.loads(capsys.readouterr().out)["code"]
    assert main([*common, "list"]) == 0
    assert json.loads(capsys.readouterr().out)["username"] == "bob"
    for held in ("-begins-like-an-option", kid):
        assert main([*common, "delete", held]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(authorization_url(app)))
    assert main([*common, "sign-in", "-"]) == 1
    assert capsys.readouterr().err.startswith("passkey_missing: ")
    assert main(["--issuer", "nonsense", "list"]) == 2
