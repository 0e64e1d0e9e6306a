"""What was ended is over in a process that knows nothing yet, as after a restart, and in one that still has its copies
(security.md G14, X06): each artefact of a sign-in, asked at its own door."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.conf import settings
from django.db import connection

from apps.applications.protocol import DEVICE_CODE
from apps.web import cookies
from identity_cloud.parent import die_with_parent
from tests.faces.api.caller import Caller
from tests.faces.oidc.shop import FORM
from tests.faces.oidc.test_what_ends_with_what import (  # noqa: PLC0414 - fixtures
    ENDINGS,
    Everything,
    end_session,
)
from tests.faces.oidc.test_what_ends_with_what import api as api
from tests.faces.oidc.test_what_ends_with_what import everything as everything
from tests.faces.oidc.test_what_ends_with_what import party as party

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]
# A line in: requests. A line out: their answers. The process has asked the database nothing before.
PROCESS = """
    import json, sys
    from django.conf import settings
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    import django
    django.setup()
    from django.test import Client
    answers = []
    for asked in json.loads(sys.stdin.readline()):
        client = Client(raise_request_exception=False)
        client.cookies.load(asked["cookies"])
        answer = client.generic(
            asked["method"], asked["path"], asked["body"], asked["type"], headers=asked["headers"], HTTP_HOST="localhost"
        )
        answers.append([answer.status_code, answer.headers.get("Location", ""), answer.content.decode()])
    print(json.dumps(answers))
"""
Request = dict[str, Any]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """Started while it all still works, as one of several web servers is."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "identity_cloud.settings",
        "DATA_DIR": str(settings.DATA_DIR),
    }
    started = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROCESS), str(connection.settings_dict["NAME"])],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def request(
    path: str, *, form: dict[str, str] | None = None, token: str = "", cookie: dict[str, str] | None = None
) -> Request:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    kept = dict(cookie or {})
    method, body = ("POST", urlencode(form)) if form else ("GET", "")
    return {"method": method, "path": path, "body": body, "type": FORM, "headers": headers, "cookies": kept}


def everything_asked(everything: Everything) -> dict[str, Request]:
    shop, tokens = everything.shop, everything.tokens
    session = cookies.session_cookie(shop.application.realm_id)
    own = {"client_id": shop.application.client_id, "client_secret": shop.party.secret}
    token = shop.path("token")
    return {
        "session": request(
            f"{shop.path('authorize')}?{shop.party.query(prompt='none')}",
            cookie={session: shop.browser.cookies[session].value},
        ),
        "userinfo": request(shop.path("userinfo"), token=tokens["access_token"]),
        "introspection": request(shop.path("introspect"), form={**own, "token": tokens["access_token"]}),
        "code": request(token, form=dict(parse_qsl(shop.party.form(everything.code)))),
        "refresh": request(
            token, form={**own, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        ),
        "device": request(token, form={**own, "grant_type": DEVICE_CODE, "device_code": everything.device_code}),
    }


def works(name: str, status: int, location: str, body: str) -> bool:
    if name == "session":
        return "code=" in location
    if name == "introspection":
        return bool(json.loads(body)["active"])
    return status == 200


def left(process: subprocess.Popen[str], asked: dict[str, Request]) -> set[str]:
    said, trouble = process.communicate(json.dumps(list(asked.values())) + "\n", timeout=120)
    assert said, trouble
    return {name for name, answer in zip(asked, json.loads(said), strict=True) if works(name, *answer)}


def test_a_new_process_takes_what_nobody_ended(everything: Everything, process: subprocess.Popen[str]) -> None:
    asked = everything_asked(everything)
    assert left(process, asked) == set(asked)


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_a_new_process_takes_nothing_that_was_ended(
    everything: Everything, api: Caller, process: subprocess.Popen[str], end: Any
) -> None:
    asked = everything_asked(everything)
    assert end(api, everything.shop).status_code == 200
    assert left(process, asked) == ({"device"} if end is end_session else set())
