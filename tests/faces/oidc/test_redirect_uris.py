"""Where an authorization answer may go: to a registered URI, byte for byte, or nowhere (RFC 9700 §2.1, §4.1)."""

import html

import pytest

from apps.applications.services import applications
from apps.events.types import EventType
from tests import record
from tests.ceremonies import Client
from tests.faces.oidc.shop import Shop, answer_to, leads_to_authenticator
from tests.world import REDIRECT_URI, World, web

EVIL = [
    "https://localhost:3000/callback", "HTTP://localhost:3000/callback", "ftp://localhost:3000/callback",
    "javascript:alert(1)", "data:text/html,hello", "file:///etc/passwd", "about:blank", "app:/callback",
    "http://127.0.0.1:3000/callback", "http://[::1]:3000/callback", "http://0.0.0.0:3000/callback",
    "http://2130706433:3000/callback", "http://0x7f000001:3000/callback", "http://localhost.:3000/callback",
    "http://LOCALHOST:3000/callback", "http://Localhost:3000/callback", "http://1ocalhost:3000/callback",
    "http://l\u043ecalhost:3000/callback", "http://localhost.evil.test:3000/callback", "http://evil.test/callback",
    "http://evil.test:3000/callback", "http://localhost:3000.evil.test/callback", "http://localhost%2eevil.test/callback",
    "http://user@localhost:3000/callback", "http://user:word@localhost:3000/callback",
    "http://localhost:3000@evil.test/callback", "http://localhost:3000%40evil.test/callback",
    "http://evil.test#@localhost:3000/callback", "http://evil.test?@localhost:3000/callback",
    "http://evil.test\\@localhost:3000/callback", "http:\\\\localhost:3000\\callback",
    "http://localhost/callback", "http://localhost:3001/callback", "http://localhost:03000/callback",
    "http://localhost:30000/callback", "http://localhost:/callback", "http://localhost:3000",
    "http://localhost:3000/", "http://localhost:3000/Callback", "http://localhost:3000/CALLBACK",
    "http://localhost:3000/callback/", "http://localhost:3000//callback", "http://localhost:3000/./callback",
    "http://localhost:3000/x/../callback", "http://localhost:3000/callback/..", "http://localhost:3000/callback/../evil",
    "http://localhost:3000/callback%2f..%2fevil", "http://localhost:3000/%63allback", "http://localhost:3000/callback%20",
    "http://localhost:3000/callback%00", "http://localhost:3000/callback%0d%0aSet-Cookie:%20a=b",
    "http://localhost:3000/callback;evil", "http://localhost:3000/callback.evil", "http://localhost:3000/callbac",
    "http://localhost:3000/callbackk", "http://localhost:3000/callback?", "http://localhost:3000/callback?next=evil",
    "http://localhost:3000/callback#", "http://localhost:3000/callback#evil", "http://localhost:3000/callback\\evil",
    " http://localhost:3000/callback", "http://localhost:3000/callback ", "http://localhost:3000/callback\t",
    "http://localhost:3000/callback\n", "\u200bhttp://localhost:3000/callback", "http://localhost:3000/callb\u0430ck",
    "http://localhost:3000/callback http://evil.test", "http://localhost:3000/callback,http://evil.test",
    "//localhost:3000/callback", "/callback", "callback", "?", "#", "http:", "http://", "localhost:3000/callback",
    "http://localhost:3000/callback" + "x" * 4000, "http://localhost:3000/callback\x00", "null", "*", "http://*/callback",
]  # fmt: skip


def test_there_is_something_to_try() -> None:
    assert len(set(EVIL)) >= 60
    assert REDIRECT_URI not in EVIL


@pytest.mark.parametrize("uri", EVIL, ids=lambda uri: ascii(uri)[:48])
def test_a_foreign_redirect_uri_is_told_to_the_person_and_followed_by_nobody(shop: Shop, uri: str) -> None:
    shop.sign_in()  # even a browser with a session, which could be answered at once
    for also in (
        {},
        {"prompt": "none"},
        {"response_type": "token"},
        {"scope": "nonsense"},
        {"response_mode": "form_post"},
    ):
        response = shop.authorize(redirect_uri=uri, **also)
        assert response.status_code == 400
        assert not response.has_header("Location")
        assert response["Content-Type"].startswith("text/html")
        assert b"<form" not in response.content


def test_the_page_is_kind_to_the_person_and_exact_to_who_builds_it(shop: Shop) -> None:
    """What came stands there as text; an event of the application has it, too, under the id that the page shows."""
    response = shop.authorize(redirect_uri="https://evil.test/<b>\u00fc")
    text = html.unescape(response.content.decode())
    assert "You did nothing wrong" in text
    assert "redirect_uri https://evil.test/<b>? is no absolute address" in text
    assert b"<b>" not in response.content
    assert response["X-Correlation-Id"] in text
    [event] = record.events(shop.world.realm, correlation_id=response["X-Correlation-Id"])
    assert (event.type, event.outcome) == (EventType.AUTHORIZE_REQUEST, "ERROR")
    assert event.data["reason"].startswith("redirect_uri https://evil.test/")
    assert [target["id"] for target in event.targets] == [str(shop.application.pk)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"client_id": "x" * 300}, f"client_id {'x' * 200}... is no client of this issuer"),
        ({"client_id": None}, "client_id is missing"),
        ({"redirect_uri": None}, "redirect_uri is missing"),
        ({"redirect_uri": "https://evil.test/cb"}, "redirect_uri https://evil.test/cb is not registered"),
    ],
)
def test_it_says_what_to_change(shop: Shop, changes: dict[str, str | None], told: str) -> None:
    assert told in shop.authorize(**changes).content.decode()


def test_what_the_client_hears_itself_says_what_to_change(shop: Shop) -> None:
    answer = answer_to(shop.authorize(code_challenge=None, code_challenge_method=None), REDIRECT_URI)
    assert answer["error"] == "invalid_request"
    assert "code_challenge_method=S256" in answer["error_description"]


def test_one_that_is_left_out_or_given_twice_is_not_guessed(shop: Shop) -> None:
    for query in (
        shop.party.query(redirect_uri=None),
        shop.party.query(redirect_uri=""),
        f"{shop.party.query()}&redirect_uri=https%3A%2F%2Fevil.test",
        f"redirect_uri=https%3A%2F%2Fevil.test&{shop.party.query()}",
    ):
        response = shop.authorize(query)
        assert response.status_code == 400
        assert not response.has_header("Location")


@pytest.fixture
def native(world: World) -> Client:
    """A desktop application: the loopback port is whichever is free when it starts (RFC 8252 §7.3)."""
    config = web("http://127.0.0.1/done", confidentiality="public")
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Desk",
        protocol_config=config,
        authenticator_config=world.acme.customers.config,
    )
    return Client(made.application, "", redirect_uri="http://127.0.0.1/done")


@pytest.mark.parametrize("port", ["", ":80", ":1024", ":65535"])
def test_a_loopback_address_may_choose_its_port(shop: Shop, native: Client, port: str) -> None:
    shop.party = native
    assert leads_to_authenticator(shop.authorize(redirect_uri=f"http://127.0.0.1{port}/done"))


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:1024/done/", "http://127.0.0.1:1024/", "http://127.0.0.1:1024.evil.test/done",
        "http://127.0.0.1:1024@evil.test/done", "http://127.0.0.1:/done", "http://127.0.0.1:\u0661/done",
        "http://127.0.0.2:1024/done", "http://[::1]:1024/done", "https://127.0.0.1:1024/done",
        "http://127.0.0.1:1024/done?x=1", "http://localhost:1024/done", "http://127.0.0.1:1024",
    ],
)  # fmt: skip
def test_and_nothing_but_its_port(shop: Shop, native: Client, uri: str) -> None:
    shop.party = native
    response = shop.authorize(redirect_uri=uri)
    assert response.status_code == 400
    assert not response.has_header("Location")


def test_a_registered_query_stays_and_the_answer_is_added_to_it(shop: Shop) -> None:
    world, uri = shop.world, "http://localhost:3000/callback?tenant=a%26b"
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Kiosk",
        protocol_config=web(uri),
        authenticator_config=world.acme.customers.config,
    )
    shop.party = Client(made.application, made.client_secret, redirect_uri=uri)
    answer = answer_to(shop.authorize(prompt="none"), "http://localhost:3000/callback")
    assert answer["tenant"] == "a&b"
    assert answer["error"] == "login_required"
