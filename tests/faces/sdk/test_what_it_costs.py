"""Statements for each step of an app's sign-in: bounds, so that a step that grows is noticed."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import apps, post
from tests.apps import FORM, ORIGIN, App
from tests.faces import doors
from tests.faces.sdk.test_codes_from_an_app import METHODS, begin, challenged, redeem
from tests.software_key import SoftwareKey
from tests.world import World

_NOT_WORK = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def cost_of(step: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = step()
    assert answer.status_code == 200, answer.content
    return len([each for each in asked if not each["sql"].startswith(_NOT_WORK)])


@pytest.fixture
def app(world: World) -> App:
    return apps.open_app(world, authentication_methods=METHODS, invocation_type="manual")


def test_binding(app: App) -> None:
    apps.bind(app, SoftwareKey(), identity=app.world.acme.customers.carol)  # what is kept is there
    key, invitation = SoftwareKey(), app.invite()
    page = {"Origin": ORIGIN, "Accept": "application/json"}
    costs = {
        "link": cost_of(lambda: app.browser.get(doors.path_of(invitation.link), headers=page)),
        "getInfo": cost_of(lambda: doors.call(app.browser, invitation, "getInfo", headers=page)),
        "bind": cost_of(
            lambda: doors.call(
                app.browser, invitation, "bind", apps.certificate_for_bind(invitation, key), headers=page
            )
        ),
    }
    assert costs["link"] <= 6, costs
    assert costs["getInfo"] <= 7, costs
    assert costs["bind"] <= 14, costs


@pytest.mark.parametrize("kind", ["X509", "Jwt", "WebAuthn"])
def test_signing_in(app: App, kind: str) -> None:
    passkey: Any = apps.give_passkey(app) if kind == "WebAuthn" else SoftwareKey()
    if kind != "WebAuthn":
        apps.bind(app, passkey, kind.upper())
    make = {"X509": apps.certificate_for, "Jwt": apps.token_for, "WebAuthn": apps.assertion_for}[kind]
    app.post(make(app, app.arrive(), passkey))
    where = urlsplit(apps.endpoints_of(app.application).authorization).path
    costs = {"authorize": cost_of(lambda: app.browser.get(f"{where}?{app.client.query()}"))}
    proof = make(app, app.arrive(), passkey)
    costs["bi-authenticate"] = cost_of(lambda: app.post(proof))
    assert costs["authorize"] <= 4, costs
    assert costs["bi-authenticate"] <= 14, costs


def test_a_request_by_reference(app: App) -> None:
    app.client.state = "s" * 1900
    told = app.arrive().claims
    path = urlsplit(told["introspect_uri"]).path
    form = urlencode({"token": told["token"]})
    assert cost_of(lambda: app.browser.post(path, form, content_type=FORM, headers={"Origin": ORIGIN})) <= 3


def test_a_code_and_a_link_after_it(app: App) -> None:
    asked = app.arrive()
    costs, answers = {}, []
    costs["initiate"] = cost_of(lambda: answers.append(begin(app, asked)) or answers[-1])
    asked, code = challenged(asked, answers[-1]), post.last_code()
    costs["redeem"] = cost_of(lambda: answers.append(redeem(app, asked, code)) or answers[-1])
    token = answers[-1].json()["passkey_binding_token"]
    costs["job"] = cost_of(lambda: app.ask_for_job(token))
    assert costs["initiate"] <= 14, costs
    assert costs["redeem"] <= 18, costs
    assert costs["job"] <= 7, costs
