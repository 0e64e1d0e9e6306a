"""Relying parties nobody here wrote the protocol of, as processes of their own beside the server under test."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.applications.models import Application
from apps.applications.services import applications
from apps.tokens.issuer import issuer_of
from tests import services
from tests.waiting import PATIENCE_SECONDS
from tests.world import Place, World, web

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = {
    "openid-client": [services.node(), "tests/journeys/relying_parties/openid_client.mjs"],
    "openid-client with keys": [services.node(), "tests/journeys/relying_parties/bank.mjs"],
    "oauth4webapi": [services.node(), "tests/journeys/relying_parties/oauth4webapi.mjs"],
    "mozilla-django-oidc": [sys.executable, "tests/journeys/relying_parties/django_app.py"],
    "Authlib": [sys.executable, "examples/relying_party/app.py"],
}


@dataclass(frozen=True)
class Party:
    """`url` is its home; its redirect URI is registered with `application`."""

    name: str
    url: str
    application: Application


@contextmanager
def running(world: World, place: Place, library: str, **config: Any) -> Iterator[Party]:
    """Registers an application at the place, and runs the library's relying party for it. `config` is of its protocol,
    with paths for what is at the party itself."""
    url = f"http://localhost:{services.free_port()}"
    at_home = {name: f"{url}{value}" for name, value in config.items() if str(value).startswith("/")}
    made = applications.create_application(
        world.ctx,
        place.realm,
        display_name=f"Shop on {library}",
        protocol_config=web(f"{url}/callback", **{**config, **at_home}),
        authenticator_config=place.config,
    )
    own = {
        "ISSUER": issuer_of(made.application),
        "CLIENT_ID": made.application.client_id,
        "CLIENT_SECRET": made.client_secret,
        "PORT": url.rpartition(":")[2],
    }
    with process(COMMANDS[library], own, int(own["PORT"])):
        yield Party(library, url, made.application)


@contextmanager
def process(command: list[str], settings: dict[str, str], port: int) -> Iterator[None]:
    """It has its settings and nothing else of ours: neither the product's environment nor its database."""
    environment = {"PATH": os.environ["PATH"], **settings}
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        await_port(port, started)
        yield
    finally:
        started.terminate()
        said, _ = started.communicate(timeout=PATIENCE_SECONDS)
        sys.stdout.write(said)


def talk(
    command: list[str], settings: dict[str, str], prompt: re.Pattern[str] | None = None, answer: Any = None
) -> str:
    """All that a program says until it ends by itself. `answer` is called with what it says that matches `prompt`."""
    environment = {"PATH": os.environ["PATH"], **settings}
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    ending = threading.Timer(PATIENCE_SECONDS, started.kill)
    ending.start()
    said = ""
    assert started.stdout is not None
    for line in started.stdout:
        said += line
        if prompt is not None and (found := prompt.search(line)):
            answer(found)
    ending.cancel()
    started.wait(PATIENCE_SECONDS)
    return said


def await_port(port: int, started: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and started.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the relying party did not start")
