"""API tokens at the console: made in one answer, listed by how they end, revoked at once."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from apps.applications.models import AccessToken
from apps.applications.services import applications
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.tokens.services import named_tokens
from apps.tokens.services.access import InvalidToken, read_bearer
from tests import ceremonies
from tests.world import World

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'data-copy="(eyJ[^"]+)"')


def base(world: World) -> str:
    application = world.acme.management_api
    return f"/console/realms/{world.acme.admin_realm.pk}/applications/{application.pk}/tokens"


def filled(world: World, client: Client, **changes: Any) -> dict[str, Any]:
    form = client.get(f"{base(world)}/new").context["form"]
    return {
        "once": form["once"].value(),
        "name": "Nightly import",
        "scopes": ["identities:read", "groups:read"],
        "expires_after": str(30 * 86_400),
        **changes,
    }


def make(world: World, name: str, **changes: Any) -> named_tokens.NamedToken:
    asked: dict[str, Any] = {"scopes": ["identities:read"], "expires_after": 3600}
    return named_tokens.create_token(world.request, world.acme.management_api, display_name=name, **asked | changes)


def test_the_tab_is_there_for_applications_that_act_for_themselves_alone(world: World, ada: Client) -> None:
    machine = base(world).removesuffix("/tokens")
    assert base(world) in ada.get(machine).content.decode()
    web = f"/console/realms/{world.realm.pk}/applications/{world.application.pk}"
    assert "/tokens" not in [tab["url"].removeprefix(web) for tab in ada.get(web).context["tabs"]]
    assert ada.get(f"{web}/tokens").status_code == 404
    assert ada.post(f"{web}/tokens/new", {}).status_code == 404


def test_an_empty_tab_explains_and_offers_one_way_to_begin(world: World, ada: Client) -> None:
    page = ada.get(base(world)).content.decode()
    assert "No tokens made by hand" in page
    assert page.partition("<dialog")[0].count("<span>Create token</span></button>") == 1


def test_a_token_is_made_and_shown_in_the_answer_alone(world: World, ada: Client) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada))
    token = TOKEN.findall(answer.content.decode())[0]
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    bearer = read_bearer(world.ctx, token)
    assert bearer.scopes == {"identities:read", "groups:read"}
    assert token not in str(answer.cookies)
    page = ada.get(base(world)).content.decode()
    assert token not in page
    assert f"…{token[-6:]}" in page
    assert "Nightly import" in page
    event = events.events_in(world.acme.admin_realm, EventFilter(types=["TOKEN_CHANGE"]))[0]
    assert (event.actor_id, event.data["action"]) == (world.ada.pk, "CREATE")


def test_the_answer_has_a_command_that_names_a_realm_of_the_tenant(world: World, ada: Client) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada))
    command = answer.context["curl"].command
    assert f"/v1/{world.acme.opened.first_realm.path}/identities" in command
    assert TOKEN.findall(answer.content.decode())[0] in command


@pytest.mark.parametrize(("scopes", "path"), [(["themes:read"], "/themes/active"), (["policy:publish"], None)])
def test_the_command_tries_what_the_token_may_do_or_there_is_none(
    world: World, ada: Client, scopes: list[str], path: str | None
) -> None:
    curl = ada.post(f"{base(world)}/new", filled(world, ada, scopes=scopes)).context["curl"]
    assert curl is None if path is None else path in curl.command


def test_a_form_sent_twice_makes_one_token(world: World, ada: Client) -> None:
    form = filled(world, ada)
    ada.post(f"{base(world)}/new", form)
    again = ada.post(f"{base(world)}/new", form)
    assert (again.status_code, again["Location"]) == (303, base(world))
    assert "made its token already" in ada.get(base(world)).content.decode()
    assert AccessToken.objects.filter(display_name="Nightly import").count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "a;b"}, "a character that is not allowed"),
        ({"name": "a\x00b"}, "Null characters are not allowed"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"expires_after": "99999999"}, "Select a valid choice"),
        ({"expires_after": ""}, "This field is required"),
        ({"once": ""}, "Load the page again"),
    ],
)
def test_a_token_that_cannot_be_says_why_and_is_not_made(
    world: World, ada: Client, changes: dict[str, Any], words: str
) -> None:
    answer = ada.post(f"{base(world)}/new", filled(world, ada, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AccessToken.objects.exclude(display_name="").exists()


def test_no_expiry_beyond_the_applications_own_is_offered(world: World, ada: Client) -> None:
    offered = [seconds for seconds, _ in ada.get(f"{base(world)}/new").context["form"].fields["expires_after"].choices]
    assert max(offered) == world.acme.management_api.token_expires_after_seconds


def test_nobody_makes_a_token_that_may_do_more_than_themselves(world: World, clerk: Callable[..., Client]) -> None:
    office = clerk("tokens:create", "tokens:read", "identities:read")
    page = office.get(f"{base(world)}/new")
    assert [scope for scope, _ in page.context["form"].fields["scopes"].choices] == [
        "identities:read",
        "tokens:create",
        "tokens:read",
    ]
    assert "are not among yours" in page.content.decode()
    refused = office.post(f"{base(world)}/new", filled(world, office, scopes=["identities:delete"]))
    assert refused.status_code == 422
    assert not AccessToken.objects.exclude(display_name="").exists()


def test_a_token_is_revoked_at_once_and_the_list_forgets_it(world: World, ada: Client) -> None:
    made = make(world, "Old import")
    asked = ada.get(f"{base(world)}/{made.jti}/revoke").content.decode()
    assert "Revoke “Old import”?" in unescape(asked)
    answer = ada.post(f"{base(world)}/{made.jti}/revoke")
    assert (answer.status_code, answer["Location"]) == (303, base(world))
    with pytest.raises(InvalidToken):
        read_bearer(world.ctx, made.token)
    assert ada.get(base(world)).context["listed"] == []
    assert ada.post(f"{base(world)}/{made.jti}/revoke").status_code == 404


def test_tokens_from_the_token_endpoint_are_listed_when_asked_for(world: World, ada: Client) -> None:
    ceremonies.management_token(world.visitor, world.acme, scope="realms:read")
    make(world, "Import")
    assert [each["name"] for each in ada.get(base(world)).context["listed"]] == ["Import"]
    names = [each["name"] for each in ada.get(base(world), {"show": "all"}).context["listed"]]
    assert names == ["Import", "Asked for at the token endpoint"]


def test_many_tokens_are_walked_a_page_at_a_time(world: World, ada: Client) -> None:
    for number in range(23):
        make(world, f"Robot {number}")
    first = ada.get(base(world)).context
    second = ada.get(first["older_url"]).context
    assert (len(first["listed"]), first["newer_url"]) == (20, "")
    assert (len(second["listed"]), second["older_url"]) == (3, "")
    assert first["listed"][0]["name"] == "Robot 22"
    assert ada.get(second["newer_url"]).context["listed"] == first["listed"]
    assert len(ada.get(base(world), {"before": "nonsense"}).context["listed"]) == 20


def test_an_application_whose_tokens_are_bound_to_its_key_offers_none(world: World, ada: Client) -> None:
    bound = applications.create_application(
        world.ctx,
        world.acme.admin_realm,
        display_name="Bank",
        protocol_config={
            "type": "oauth2",
            "grant_type": ["client_credentials"],
            "dpop_bound_access_tokens": True,
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
        },
    ).application
    address = base(world).replace(str(world.acme.management_api.pk), str(bound.pk))
    page = ada.get(address).content.decode()
    assert "bound to its key" in page
    assert 'id="create-token"' not in page
    form = ada.get(f"{address}/new").context["form"]
    answer = ada.post(f"{address}/new", {"once": form["once"].value(), "name": "X", "expires_after": "3600"})
    assert answer.status_code == 422
    assert "bound to its key" in answer.content.decode()


def test_who_may_only_read_sees_no_controls_and_changes_nothing(world: World, clerk: Callable[..., Client]) -> None:
    made = make(world, "Import")
    reader = clerk("tokens:read", "applications:read")
    page = reader.get(base(world)).content.decode()
    assert "Import" in page
    for control in ("Create token", "Revoke"):
        assert f"<span>{control}</span>" not in page
    refused = [
        reader.get(f"{base(world)}/new"),
        reader.post(f"{base(world)}/new", {}),
        reader.get(f"{base(world)}/{made.jti}/revoke"),
        reader.post(f"{base(world)}/{made.jti}/revoke"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    read_bearer(world.ctx, made.token)


def test_who_may_not_read_tokens_is_not_shown_the_tab(world: World, clerk: Callable[..., Client]) -> None:
    office = clerk("applications:read")
    assert office.get(base(world)).status_code == 403
    assert "API tokens" not in office.get(base(world).removesuffix("/tokens")).content.decode()


def test_another_tenants_administrator_finds_no_token_here(world: World, eve: Client) -> None:
    made = make(world, "Import")
    for method in (eve.get, eve.post):
        assert method(f"{base(world)}/{made.jti}/revoke").status_code == 404
        assert method(f"{base(world)}/new").status_code == 404
    assert eve.get(base(world)).status_code == 404
    read_bearer(world.ctx, made.token)


def test_a_token_of_one_application_is_not_revoked_through_another(world: World, eve: Client, ada: Client) -> None:
    made = make(world, "Import")
    for client, company in ((eve, world.evil), (ada, world.acme)):
        elsewhere = company.management_api if company is world.evil else company.console
        address = f"/console/realms/{company.admin_realm.pk}/applications/{elsewhere.pk}/tokens/{made.jti}/revoke"
        assert client.post(address).status_code == 404
    read_bearer(world.ctx, made.token)


def test_forms_without_a_csrf_token_are_refused(world: World, sign_in: Callable[..., Client]) -> None:
    made = make(world, "Import")
    strict = sign_in(world.acme, enforce_csrf_checks=True)
    assert strict.post(f"{base(world)}/new", {}).status_code == 403
    assert strict.post(f"{base(world)}/{made.jti}/revoke").status_code == 403


def test_one_address_leads_to_the_tokens_of_the_management_api(world: World, ada: Client) -> None:
    assert ada.get("/console/api-tokens")["Location"] == base(world)
