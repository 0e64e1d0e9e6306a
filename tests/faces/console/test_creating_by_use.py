"""Making an application by what it is for: nothing typed is lost, and each kind is the client it should be."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.services.applications import update_application
from apps.console import snippets
from apps.console.forms.uses import USES
from tests.faces.console.application_forms import base, filled, find, secret_in, works
from tests.world import World

pytestmark = pytest.mark.django_db


def test_the_first_step_asks_what_it_is(world: World, ada: Client) -> None:
    page = ada.get(f"{base(world)}/new").content.decode()
    for use in USES:
        assert f'name="kind" value="{use}"' in page


@pytest.mark.parametrize(
    ("use", "redirect", "client_type", "protocol"),
    [
        ("web", "https://payroll.test/cb", "confidential", "oidc"),
        ("spa", "https://payroll.test/cb", "public", "oidc"),
        ("native", "http://127.0.0.1/cb", "public", "oidc"),
        ("machine", "", "confidential", "oauth2"),
    ],
)
def test_each_use_makes_the_client_it_should_be(
    world: World, ada: Client, use: str, redirect: str, client_type: str, protocol: str
) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada, kind=use, redirect_uris=redirect))
    made = find(world, "Payroll")
    assert answer.status_code == 200
    assert (made.client_type, made.protocol, made.redirect_uris) == (client_type, protocol, redirect)
    assert made.pkce == "s256"
    page = answer.content.decode()
    assert made.client_id in page
    if client_type == "confidential":
        assert works(made, secret_in(page))
        assert f"export CLIENT_SECRET={secret_in(page)}" in page
    assert len(answer.context["snippets"]) >= 5


def test_what_was_typed_survives_the_way_back_and_another_choice(world: World, ada: Client) -> None:
    form = filled(world, ada, name="Q&A <desk>")
    back = ada.post(f"{base(world)}/new", {**form, "step": "use"})
    assert back.status_code == 200
    assert ("name", "Q&A <desk>") in back.context["kept"]
    assert 'name="name" value="Q&amp;A &lt;desk&gt;"' in back.content.decode()
    onward = ada.post(f"{base(world)}/new", {**dict(back.context["kept"]), "kind": "spa", "step": "details"})
    shown = onward.context["form"]
    assert (onward.status_code, shown.is_bound) == (200, False)
    assert (shown["name"].value(), shown["redirect_uris"].value()) == (form["name"], form["redirect_uris"])
    assert shown["once"].value() == form["once"]
    assert applications.applications_in(world.realm).count() == 1


def protect(world: World, ada: Client) -> Any:
    api = {"kind": "api", "name": "Warehouse", "identifier": "https://stock.test", "scopes": "stock:read stock:write"}
    return ada.post(f"{base(world)}/new", api)


def test_protecting_an_api_makes_the_api_and_then_who_calls_it(world: World, ada: Client) -> None:
    made = protect(world, ada)
    server = applications.resource_servers_in(world.realm).get(identifier="https://stock.test")
    assert (made.status_code, made["Location"]) == (303, f"{base(world)}/new?kind=api&server={server.pk}")
    page = ada.get(made["Location"])
    form = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    assert form["scopes"] == [f"{server.pk} stock:read", f"{server.pk} stock:write"]
    answer = ada.post(f"{base(world)}/new", {**form, "name": "Robot", "kind": "api", "server": str(server.pk)})
    robot = find(world, "Robot")
    assert (robot.resource_server, robot.allowed_scopes) == (server, ["stock:read", "stock:write"])
    assert len(answer.context["of_api"]) == 5
    assert all("https://stock.test" in each.code for each in answer.context["of_api"] if each.stack != "curl")


def test_an_api_that_is_there_is_offered_and_not_made_twice(world: World, ada: Client) -> None:
    protect(world, ada)
    again = protect(world, ada)
    assert again.status_code == 422
    assert "choose it above" in again.content.decode()
    assert [each["identifier"] for each in again.context["apis"]] == ["https://stock.test"]


@pytest.mark.parametrize("server", ["x", "0199a3f2-77c1-7e5a-b1f0-6a1d9a2c44e1"])
def test_an_api_of_nowhere_is_not_found(world: World, ada: Client, server: str) -> None:
    assert ada.get(f"{base(world)}/new", {"kind": "api", "server": server}).status_code == 404


def test_who_may_not_make_apis_may_still_choose_one(world: World, ada: Client, clerk: Callable[..., Client]) -> None:
    protect(world, ada)
    office = clerk("applications:create", "applications:read")
    page = office.get(f"{base(world)}/new?kind=api")
    assert page.status_code == 200
    assert 'name="identifier"' not in page.content.decode()
    assert "https://stock.test" in page.content.decode()
    assert protect(world, office).status_code == 403


@pytest.mark.parametrize("use", [use for use in snippets.STACKS if use != "api"])
def test_every_snippet_names_the_real_values_and_no_secret(world: World, ada: Client, use: str) -> None:
    """`'` and `$` are all that an address may hold and a language might read."""
    redirect = {"native": "com.payroll.app:/back$1'"}.get(use, "https://payroll.test/cb$1'")
    ada.post(f"{base(world)}/new", filled(world, ada, kind=use, redirect_uris=f"{redirect}\nhttp://127.0.0.1/cb"))
    made = find(world, "Payroll")
    shown = snippets.of_application(made)
    assert len(shown) >= 5
    for snippet in shown:
        assert made.client_id in snippet.code, snippet.title
        assert made.path in snippet.code, snippet.title
        assert "{{" not in snippet.code.replace("{{ person() }}", ""), snippet.title
        assert "{%" not in snippet.code, snippet.title
        assert "&amp;" not in snippet.code, snippet.title


_WORDS = re.compile(r'"[^"]*"|//.*|\b[A-Z]\w+')
_ALWAYS_THERE = {"String", "System", "Exception", "Override", "DemoApplication", "ES256", "RS256"}


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_java_imports_what_it_names_and_nothing_else(world: World, ada: Client, algorithm: str) -> None:
    """It is compiled by hand; this is what goes wrong when somebody edits it."""
    protect(world, ada)
    server = applications.resource_servers_in(world.realm).get(identifier="https://stock.test")
    robot = {"kind": "api", "name": "Robot", "server": str(server.pk), "scopes": [f"{server.pk} stock:read"]}
    for form in ({}, robot):
        ada.post(f"{base(world)}/new", {**filled(world, ada, signing_algorithm=algorithm), **form})
    shown = [*snippets.of_application(find(world, "Payroll")), *snippets.of_api(find(world, "Robot"))]
    codes = [snippet.code for snippet in shown if snippet.stack == "spring"]
    assert len(codes) == 2
    for code in codes:
        imports, _, body = code.partition("@SpringBootApplication\n")
        named = {word for word in _WORDS.findall(body) if word[0] not in '"/'} - _ALWAYS_THERE
        imported = {line.rpartition(".")[2].rstrip(";") for line in imports.splitlines() if line.startswith("import")}
        assert named - {"RestController"} == imported - {"RestController", "SpringBootApplication"}
        assert body.count("{") == body.count("}")


def test_there_is_no_code_that_would_not_do(world: World, ada: Client) -> None:
    ada.post(f"{base(world)}/new", filled(world, ada))
    made = find(world, "Payroll")
    assert snippets.of_application(made)
    for name in ("require_pushed_authorization_requests", "dpop_bound_access_tokens"):
        update_application(world.ctx, find(world, "Payroll"), protocol_config={name: True})
        assert not snippets.of_application(find(world, "Payroll"))
        page = ada.get(f"{base(world)}/{made.pk}/quick-start").content.decode()
        assert "asks for more than code to copy" in page
        update_application(world.ctx, find(world, "Payroll"), protocol_config={name: False})
