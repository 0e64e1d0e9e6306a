"""What the console gives to copy is run as it stands: by node, by python, with the redirect URI it was made with.

Nobody opens a browser here: Bob is signed in already, so an authorization request answers with a code at once.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.applications.services import access, applications
from apps.authentication.services import sessions
from apps.console import snippets
from apps.console.forms import uses
from apps.credentials import selectors as credentials
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.tokens.issuer import endpoints_of
from apps.web import cookies
from tests import ceremonies, services
from tests.journeys import parties
from tests.world import World

LIBRARIES = Path(parties.ROOT) / "tests/journeys/relying_parties"
_URL = re.compile(r"https?://\S+/authorize\?\S+")


@pytest.fixture
def kept() -> Iterator[Path]:
    """A folder from which node finds the libraries."""
    folder = LIBRARIES / f"snippet-{services.free_port()}"
    folder.mkdir()
    yield folder
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def make(world: World, use: str, **further: Any) -> Any:
    return applications.create_application(
        world.ctx,
        world.realm,
        display_name="Snippet",
        protocol_config={
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
            **uses.PROTOCOL[use],
            **further.pop("config", {}),
        },
        authenticator_config=None if use in uses.OF_PROGRAMS else world.acme.customers.config,
        **further,
    )


def written(folder: Path, shown: list[snippets.Snippet], stack: str) -> list[str]:
    """The command that runs it."""
    code = next(each.code for each in shown if each.stack == stack)
    file = folder / ("snippet.mjs" if stack == "node" else "snippet.py")
    file.write_text(code)
    return [services.node() if stack == "node" else sys.executable, str(file)]


def as_bob(world: World) -> requests.Session:
    """A browser in which Bob is signed in to the realm."""
    ceremonies.give_passkey(world, world.bob)
    passkey = credentials.active_credentials_of(world.bob).get()
    with attempt(world.ctx, EventType.SESSION_CHANGE, world.realm, action="START"):
        opened = sessions.insert_session(world.ctx, world.bob, credential=passkey, acr="phr", amr=["hwk", "user"])
    browser = requests.Session()
    browser.headers["User-Agent"] = "A browser"
    browser.cookies.set(cookies.session_cookie(world.realm.pk), opened.token)
    return browser


@contextmanager
def running(command: list[str], port: int, secret: str = "") -> Iterator[None]:
    with parties.process(command, {"CLIENT_SECRET": secret, "BROWSER": "true"}, port):
        yield


@pytest.mark.parametrize("stack", ["node", "python"])
def test_a_web_application_signs_bob_in(world: World, live_server: Any, kept: Path, stack: str) -> None:
    port = services.free_port()
    home = f"http://localhost:{port}"
    made = make(world, uses.WEB, config={"redirect_uris": [f"{home}/callback"]})
    command = written(kept, snippets.of_application(made.application), stack)
    with running(command, port, made.client_secret):
        told = as_bob(world).get(f"{home}/sign-in")
        assert told.text == f"Signed in: {world.bob.pk}"
        stranger = requests.get(f"{home}/callback", {"code": "x", "state": "y"}, timeout=60)
        assert stranger.status_code == 400


@pytest.mark.parametrize("stack", ["node", "python"])
def test_a_native_application_signs_bob_in(world: World, live_server: Any, kept: Path, stack: str) -> None:
    made = make(world, uses.NATIVE, config={"redirect_uris": ["http://127.0.0.1/callback"]})
    command = written(kept, snippets.of_application(made.application), stack)
    said = parties.talk(command, {"BROWSER": "true"}, _URL, lambda found: as_bob(world).get(found[0]))
    assert f"Signed in: {world.bob.pk}" in said


def protected(world: World) -> Any:
    server = access.insert_resource_server(
        world.ctx,
        world.realm,
        display_name="Stock",
        identifier="https://stock.test",
        scopes=["stock:read", "stock:write"],
    )
    return make(world, uses.API, config={"allowed_scopes": ["stock:read"]}, resource_server=server)


@pytest.mark.parametrize("stack", ["node", "python"])
def test_a_machine_gets_a_token(world: World, live_server: Any, kept: Path, stack: str) -> None:
    made = protected(world)
    command = written(kept, snippets.of_application(made.application), stack)
    said = parties.talk(command, {"CLIENT_SECRET": made.client_secret})
    assert re.search(r"A token for 3\d{3} seconds: ey", said), said


@pytest.mark.parametrize("stack", ["node", "python"])
def test_an_api_lets_its_tokens_in_and_no_others(world: World, live_server: Any, kept: Path, stack: str) -> None:
    made = protected(world)
    token = _token(made.application, made.client_secret)
    foreign = _token(world.acme.management_api, world.acme.management_secret)
    shown = snippets.of_api(made.application)
    port = services.free_port()
    moved = [snippets.Snippet(each.title, each.code.replace("4000", str(port)), each.stack) for each in shown]
    with running(written(kept, moved, stack), port):
        answers = [_call(port, text) for text in (token, foreign, "", token[:-4] + "AAAA")]
        assert answers == [200, 401, 401, 401]
    narrow = [
        snippets.Snippet(each.title, each.code.replace("stock:read", "stock:write"), each.stack) for each in moved
    ]
    with running(written(kept, narrow, stack), port):
        assert _call(port, token) == 403


def _token(application: Any, secret: str) -> str:
    answer = requests.post(
        endpoints_of(application).token,
        {"grant_type": "client_credentials"},
        auth=(application.client_id, secret),
        timeout=60,
    )
    return answer.json()["access_token"]


def _call(port: int, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"http://localhost:{port}/", headers=headers, timeout=60).status_code
