"""Who redeems: client authentication and the form at the token endpoint (RFC 6749 §2.3, §3.2, §5.2)."""

import json
from datetime import timedelta

import pytest

from apps.applications.models import Application
from apps.applications.services import applications
from apps.events.types import EventType
from apps.web import limits
from tests import record
from tests.ceremonies import Client
from tests.faces.oidc.shop import Shop
from tests.world import web

NOBODY = {"client_id": None, "client_secret": None}


def refused(response, status: int, error: str) -> None:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert response.json()["error"] == error
    assert response.has_header("WWW-Authenticate") == (status == 401)


def test_a_secret_comes_in_the_body_or_by_basic(shop: Shop) -> None:
    assert shop.token(shop.form()).status_code == 200
    assert shop.token(shop.form(**NOBODY), **shop.basic()).status_code == 200
    assert shop.token(shop.form(client_secret=None), **shop.basic()).status_code == 200


def test_an_answer_is_for_the_client_alone(shop: Shop) -> None:
    answer = shop.token(shop.form())
    assert answer["Cache-Control"] == "no-store"
    assert answer["Pragma"] == "no-cache"
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 3600


def test_two_ways_at_once_are_one_too_many(shop: Shop) -> None:
    refused(shop.token(shop.form(), **shop.basic()), 400, "invalid_request")
    refused(shop.token(shop.form(), Authorization="Bearer x"), 400, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [NOBODY, {"client_secret": None}, {"client_secret": ""}, {"client_secret": "wrong"}, {"client_id": "nobody"},
     {"client_id": None}, {"client_secret": "x" * 20_000}, {"client_secret": "\x00"}, {"client_id": "\x00"}],
)  # fmt: skip
def test_a_client_that_does_not_prove_itself_is_told_only_that(shop: Shop, changes: dict[str, str | None]) -> None:
    refused(shop.token(shop.form(**changes)), 401, "invalid_client")
    assert shop.codes_left() == 1


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic YWJj",
        "Basic Og==",
        "Basic /w==",
        "Basic AAA6AAA=",
        "Bearer x",
        "Digest x",
        "x",
    ],
)
def test_a_broken_header_is_no_proof(shop: Shop, header: str) -> None:
    refused(shop.token(shop.form(**NOBODY), Authorization=header), 401, "invalid_client")


def test_header_and_body_must_not_name_two_clients(shop: Shop) -> None:
    other = shop.world.acme.staff.application.client_id
    refused(shop.token(shop.form(client_id=other, client_secret=None), **shop.basic()), 401, "invalid_client")


def test_a_public_client_has_no_secret_to_show(shop: Shop) -> None:
    world = shop.world
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="App",
        protocol_config=web(confidentiality="public"),
        authenticator_config=world.acme.customers.config,
    )
    shop.party = Client(made.application, "")
    assert shop.token(shop.form()).status_code == 200
    refused(shop.token(shop.form(client_secret="anything")), 401, "invalid_client")
    refused(shop.token(shop.form(client_id=None)), 401, "invalid_client")


def test_an_old_secret_works_while_its_grace_lasts(shop: Shop) -> None:
    old = shop.party.secret
    new = applications.rotate_secret(shop.world.ctx, shop.application, grace_seconds=60).client_secret
    assert shop.token(shop.form(client_secret=old)).status_code == 200
    assert shop.token(shop.form(client_secret=new)).status_code == 200
    Application.objects.filter(pk=shop.application.pk).update(
        previous_secret_expires_at=shop.world.ctx.now - timedelta(seconds=1)
    )
    refused(shop.token(shop.form(client_secret=old)), 401, "invalid_client")
    assert shop.token(shop.form(client_secret=new)).status_code == 200


def test_without_grace_it_stops_at_once(shop: Shop) -> None:
    applications.rotate_secret(shop.world.ctx, shop.application)
    refused(shop.token(shop.form()), 401, "invalid_client")


def test_guessing_secrets_is_slowed_down_and_the_right_client_is_not(shop: Shop) -> None:
    wrong = shop.party.form("x", client_secret="guess")
    for _ in range(limits.FAILED_CLIENTS.requests):
        assert shop.token(wrong).status_code == 401
    slowed = shop.token(wrong)
    assert slowed.status_code == 429
    assert slowed["Retry-After"] == slowed["RateLimit-Reset"]
    assert 0 < int(slowed["Retry-After"]) <= limits.FAILED_CLIENTS.seconds
    assert (slowed["RateLimit-Limit"], slowed["RateLimit-Remaining"]) == (str(limits.FAILED_CLIENTS.requests), "0")
    assert shop.token(shop.form()).status_code == 200


# --- the form -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["code", "code_verifier", "redirect_uri", "client_id", "client_secret", "grant_type", "scope", "x"]
)
def test_a_doubled_parameter_is_invalid(shop: Shop, name: str) -> None:
    refused(shop.token(f"{shop.party.form(shop.code())}&{name}=a&{name}=b"), 400, "invalid_request")
    assert shop.codes_left() == 1


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [(None, "invalid_request"), ("", "invalid_request"), ("password", "unsupported_grant_type"),
     ("implicit", "unsupported_grant_type"), ("openid", "unsupported_grant_type"),
     ("refresh_token", "invalid_request"),
     ("urn:ietf:params:oauth:grant-type:jwt-bearer", "unsupported_grant_type"), ("\x00", "unsupported_grant_type"),
     ("client_credentials", "unauthorized_client")],
)  # fmt: skip
def test_only_offered_grants_are_granted(shop: Shop, grant_type: str | None, error: str) -> None:
    refused(shop.token(shop.form(grant_type=grant_type)), 400, error)


def test_parameters_come_urlencoded_in_the_body_and_nowhere_else(shop: Shop) -> None:
    form = shop.form()
    refused(shop.token(json.dumps(form), "application/json"), 400, "invalid_request")
    refused(shop.token("", "text/plain"), 400, "invalid_request")
    refused(shop.browser.post(shop.path("token"), form), 400, "invalid_request")  # multipart
    from_query = shop.browser.post(f"{shop.path('token')}?{shop.party.form(form['code'])}")
    assert from_query.status_code == 400
    assert shop.token(form).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"&&&", b"=", b"%", b"%zz=1", b"\xff\xfe", b"\x00", b"grant_type", b"a=\x00" * 99]
)
def test_junk_is_refused_in_OAuths_own_words(shop: Shop, body: bytes) -> None:
    refused(shop.token(body), 400, "invalid_request")


def test_a_body_of_any_size_is_answered(shop: Shop) -> None:
    answer = shop.token(b"code=" + b"x" * 70_000)
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_redeems(shop: Shop, method: str) -> None:
    answer = getattr(shop.browser, method)(shop.path("token"))
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


def test_a_refusal_leaves_an_event_without_the_secret(shop: Shop) -> None:
    shop.token(shop.form(client_secret="a-secret-guess"))
    event = record.last(shop.world.realm, EventType.TOKEN_REQUEST)
    assert event.outcome == "INVALID_CLIENT"
    assert "a-secret-guess" not in json.dumps([event.data, event.targets, event.actor_display_name])


# --- a client on its own behalf -------------------------------------------------------------------------------------------


def test_client_credentials_give_what_is_allowed_and_no_id_token(shop: Shop) -> None:
    world = shop.world
    shop.party = Client(world.acme.management_api, world.acme.management_secret)
    form = {"grant_type": "client_credentials"}
    answer = shop.token(form, **shop.basic())
    assert answer.status_code == 200
    assert "id_token" not in answer.json()
    assert set(answer.json()["scope"].split()) == set(shop.application.allowed_scopes)
    narrowed = shop.token({**form, "scope": "realms:read nonsense"}, **shop.basic()).json()
    assert narrowed["scope"] == "realms:read"
    refused(shop.token({**form, "scope": "nonsense"}, **shop.basic()), 400, "invalid_scope")
    refused(shop.token({**form, "scope": "openid"}, **shop.basic()), 400, "invalid_scope")
    refused(shop.token({"grant_type": "authorization_code", "code": "x"}, **shop.basic()), 400, "unauthorized_client")
