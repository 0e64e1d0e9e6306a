"""Authorization requests (RFC 6749 §3.1, §4.1.2.1; OpenID Connect Core §3.1.2; RFC 9207)."""

import pytest

from apps.applications.services import applications
from apps.events.types import EventType
from tests import record
from tests.ceremonies import Client
from tests.faces.oidc.shop import FORM, Shop, answer_to, leads_to_authenticator
from tests.world import REDIRECT_URI, web


def refusal(shop: Shop, query: str = "", **changes: str | None) -> dict[str, str]:
    answer = answer_to(shop.authorize(query, **changes), REDIRECT_URI)
    assert "code" not in answer
    return answer


def test_a_right_request_leads_to_the_authenticator_and_marks_the_browser(shop: Shop) -> None:
    response = shop.authorize()
    assert leads_to_authenticator(response)
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response.cookies["identity_cloud_flow"]["httponly"]
    assert response.cookies["identity_cloud_flow"]["samesite"] == "Lax"


def test_post_is_as_good_as_get(shop: Shop) -> None:
    response = shop.browser.post(shop.path("authorize"), shop.party.query(), content_type=FORM)
    assert leads_to_authenticator(response)


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_not(shop: Shop, method: str) -> None:
    response = getattr(shop.browser, method)(f"{shop.path('authorize')}?{shop.party.query()}")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "response_type",
    ["token", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none", "CODE", "x"],
)
def test_only_the_code_flow_is_offered(shop: Shop, response_type: str) -> None:
    assert refusal(shop, response_type=response_type)["error"] == "unsupported_response_type"


def test_a_request_without_a_response_type_is_invalid(shop: Shop) -> None:
    assert refusal(shop, response_type=None)["error"] == "invalid_request"
    assert refusal(shop, response_type="")["error"] == "invalid_request"


@pytest.mark.parametrize("mode", ["fragment", "web_message", "jwt", "query.jwt", "x"])
def test_an_answer_comes_in_no_other_way_than_offered(shop: Shop, mode: str) -> None:
    assert refusal(shop, response_mode=mode)["error"] == "invalid_request"


@pytest.mark.parametrize("name", ["client_id", "response_type", "redirect_uri", "scope", "state"])
def test_a_doubled_parameter_that_decides_who_is_answered_is_told_to_the_person(shop: Shop, name: str) -> None:
    response = shop.authorize(f"{shop.party.query()}&{name}=other")
    assert response.status_code == 400
    assert not response.has_header("Location")


@pytest.mark.parametrize("name", ["nonce", "prompt", "max_age", "login_hint", "ui_locales", "display", "unheard_of"])
def test_any_other_doubled_parameter_is_told_to_the_client(shop: Shop, name: str) -> None:
    assert refusal(shop, f"{shop.party.query(**{name: '1'})}&{name}=2")["error"] == "invalid_request"


@pytest.mark.parametrize("name", ["nonce", "prompt", "max_age", "login_hint", "scope", "state", "request"])
def test_a_parameter_without_a_value_counts_as_left_out(shop: Shop, name: str) -> None:
    assert leads_to_authenticator(shop.authorize(**{name: ""}))


def test_what_nobody_knows_is_ignored(shop: Shop) -> None:
    assert leads_to_authenticator(shop.authorize(unheard_of="1", ui_locales="de", display="popup", acr_values="phr"))


@pytest.mark.parametrize(
    ("name", "error"), [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")]
)
def test_request_objects_are_refused_by_name(shop: Shop, name: str, error: str) -> None:
    assert refusal(shop, **{name: "https://shop.test/request"})["error"] == error


@pytest.mark.parametrize(
    "changes", [{"client_id": None}, {"client_id": ""}, {"client_id": "nobody"}, {"client_id": "x" * 5000}]
)
def test_an_unknown_client_is_told_to_the_person(shop: Shop, changes: dict[str, str | None]) -> None:
    response = shop.authorize(**changes)
    assert response.status_code == 400
    assert not response.has_header("Location")


@pytest.mark.parametrize(
    "changes",
    [{"state": "x" * 3000}, {"nonce": "x" * 256}, {"login_hint": "x" * 3000}, {"max_age": "-1"}, {"max_age": "soon"},
     {"max_age": "9" * 12}, {"max_age": "\u0661"}],
)  # fmt: skip
def test_what_is_out_of_bounds_is_invalid(shop: Shop, changes: dict[str, str]) -> None:
    assert refusal(shop, **changes)["error"] == "invalid_request"


@pytest.mark.parametrize("junk", ["%zz", "%00=1", "a%00b=c", "state=%ff", "&&&&", "=", "a#b", "\x00", "%"])
def test_junk_is_a_page_and_never_an_error_of_ours(shop: Shop, junk: str) -> None:
    for query in (junk, f"{shop.party.query()}&{junk}"):
        assert shop.authorize(query).status_code in (302, 400)
        body = shop.browser.post(shop.path("authorize"), query.encode() + b"&\xff\xfe", content_type=FORM)
        assert body.status_code in (302, 400)


def test_scopes_are_narrowed_and_refused_only_when_none_is_left(shop: Shop) -> None:
    assert leads_to_authenticator(shop.authorize(scope="openid everything"))
    assert refusal(shop, scope="everything")["error"] == "invalid_scope"


def test_a_client_that_signs_nobody_in_may_not_ask(shop: Shop) -> None:
    api = shop.world.acme.management_api
    shop.party = Client(api, shop.world.acme.management_secret)
    response = shop.authorize()
    assert response.status_code == 400
    assert not response.has_header("Location")


def test_plain_oauth_may_leave_out_its_only_redirect_uri(shop: Shop) -> None:
    world = shop.world
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Old client",
        protocol_config=web(type="oauth2"),
        authenticator_config=world.acme.customers.config,
    )
    shop.party = Client(made.application, made.client_secret)
    assert leads_to_authenticator(shop.authorize(redirect_uri=None, scope=None))
    answer = answer_to(shop.authorize(redirect_uri=None, scope=None, prompt="none"), REDIRECT_URI)
    assert answer["error"] == "login_required"


def test_every_answer_names_its_issuer_and_carries_the_state(shop: Shop) -> None:
    shop.sign_in()
    for changes in ({"prompt": "none"}, {"response_type": "token"}, {"scope": "everything"}, {"max_age": "x"}):
        answer = answer_to(shop.authorize(**changes), REDIRECT_URI)
        assert answer["iss"] == shop.issuer
        assert answer["state"] == shop.party.state
    assert "state" not in answer_to(shop.authorize(prompt="none", state=None), REDIRECT_URI)


def test_a_state_comes_back_as_it_went(shop: Shop) -> None:
    shop.party.state = "<\u00fc&=%\u2028\"'> +"
    assert answer_to(shop.authorize(max_age="x"), REDIRECT_URI)["state"] == shop.party.state


def test_a_request_at_another_path_is_nowhere(shop: Shop) -> None:
    tenant, realm = shop.world.acme.tenant.pk, shop.world.realm.pk
    for path in (
        shop.path("authorize").replace(tenant, shop.world.evil.tenant.pk),
        shop.path("authorize").replace(realm, shop.world.acme.staff.realm.pk),
        shop.path("authorize").replace(str(shop.application.pk), "0" * 8 + str(shop.application.pk)[8:]),
    ):
        response = shop.browser.get(f"{path}?{shop.party.query()}")
        assert response.status_code == 404
        assert not response.has_header("Location")


def test_a_refused_request_is_on_record_with_its_error(shop: Shop) -> None:
    refusal(shop, response_type="token")
    event = record.last(shop.world.realm, EventType.AUTHORIZE_REQUEST)
    assert event.outcome == "ERROR"
    assert event.data["error"] == "unsupported_response_type"


def test_an_accepted_one_begins_the_flow(shop: Shop) -> None:
    shop.authorize()
    wanted = (EventType.AUTHORIZE_REQUEST, EventType.AUTHENTICATION_TRANSACTION)
    asked, started = record.events(shop.world.realm, *wanted)[-2:]
    assert (asked.outcome, started.outcome) == ("ACCEPTED", "START")
    assert asked.correlation_id == started.correlation_id
