"""private_key_jwt (RFC 7523 §3, draft-ietf-oauth-rfc7523bis; RFC 7521 §4.2): a client proves itself by signing."""

import hmac
import json
import time
from typing import Any

import pytest
from django.test import Client as Browser

from apps.applications.models import Application
from apps.core import outgoing
from apps.core.outgoing import Unreachable
from apps.events.types import EventType
from apps.tokens import client_keys, fetched_keys, jose, keys
from apps.tokens.fetched_keys import AGAIN_SECONDS, GOOD_SECONDS
from apps.web import limits
from tests import record
from tests.authenticator import base64url
from tests.faces.oidc import keyed
from tests.faces.oidc.keyed import KeyedShop
from tests.keyholder import KeyHolder
from tests.world import World


@pytest.fixture
def shop(world: World, client: Browser) -> KeyedShop:
    return keyed.register(world, client)


def redeem(shop: KeyedShop, assertion: str | None = None, **changes: str | None) -> Any:
    given = {} if assertion is None else {"client_assertion": assertion}
    return shop.token(shop.code_form(shop.code(), **given, **changes))


def refused(response: Any, error: str = "invalid_client", status: int = 401) -> None:
    assert response.status_code == status, response.content
    assert response.json()["error"] == error


def test_a_client_that_signs_gets_its_tokens(shop: KeyedShop) -> None:
    answer = redeem(shop)
    assert answer.status_code == 200, answer.content
    assert answer.json()["token_type"] == "Bearer"
    assert redeem(shop, client_id=None).status_code == 200  # the assertion says who it is


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA"])
def test_in_any_of_the_algorithms_that_are_named(world: World, client: Browser, algorithm: str) -> None:
    shop = keyed.register(world, client, KeyHolder(algorithm))
    assert redeem(shop).status_code == 200
    found = shop.browser.get(shop.path(".well-known/openid-configuration")).json()
    for endpoint in ("token", "revocation"):
        assert found[f"{endpoint}_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert algorithm in found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]


def test_everything_that_is_signed_may_be_signed_once(shop: KeyedShop) -> None:
    assertion = shop.holder.assertion(shop.application)
    assert redeem(shop, assertion).status_code == 200
    refused(redeem(shop, assertion))


def test_an_assertion_is_used_up_by_a_request_that_was_refused(shop: KeyedShop) -> None:
    assertion = shop.holder.assertion(shop.application)
    refused(shop.token(shop.code_form("no such code", client_assertion=assertion)), "invalid_grant", 400)
    refused(redeem(shop, assertion))


def test_two_clients_may_say_the_same_jti(shop: KeyedShop, client: Browser) -> None:
    other = keyed.register(shop.world, client)
    for each in (shop, other):
        assert redeem(each, each.holder.assertion(each.application, jti="one")).status_code == 200


def test_the_token_endpoint_is_a_name_for_us_too_and_a_list_is_none(shop: KeyedShop) -> None:
    sign, application = shop.holder.assertion, shop.application
    assert redeem(shop, sign(application, aud=keyed.token_endpoint(shop))).status_code == 200
    for audience in (
        [shop.issuer],
        [shop.issuer, keyed.token_endpoint(shop)],
        f"{shop.issuer}/",
        shop.issuer.upper(),
        "https://evil.test",
        "",
        None,
        7,
        {"issuer": shop.issuer},
    ):
        refused(redeem(shop, sign(application, aud=audience)))


NOW = int(time.time())
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "nobody"},
    "no issuer": {"iss": None},
    "another subject": {"sub": "nobody"},
    "no subject": {"sub": None},
    "expired": {"exp": NOW - 1},
    "long over": {"exp": NOW - 300},
    "no expiry": {"exp": None},
    "an expiry in words": {"exp": "soon"},
    "an expiry that is true": {"exp": True},
    "good for six minutes": {"exp": NOW + 400},
    "good for ever": {"exp": 2**62},
    "issued in a minute": {"iat": NOW + 70},
    "issued in words": {"iat": "now"},
    "valid in a minute": {"nbf": NOW + 70},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a number for a jti": {"jti": 7},
    "a jti without end": {"jti": "x" * 5000},
}


@pytest.mark.parametrize("case", WRONG_CLAIMS)
def test_it_is_refused_with(shop: KeyedShop, case: str) -> None:
    changes = WRONG_CLAIMS[case]
    shift = int(time.time()) - NOW  # however long the tests before this one took
    moved = {
        name: value + shift if isinstance(value, int) and not isinstance(value, bool) and value < 2**53 else value
        for name, value in changes.items()
    }
    refused(redeem(shop, shop.holder.assertion(shop.application, **moved)))
    assert shop.codes_left() == 1


def test_a_clock_that_is_a_little_ahead_is_forgiven(shop: KeyedShop) -> None:
    ahead = int(time.time()) + 8
    assert redeem(shop, shop.holder.assertion(shop.application, iat=ahead, nbf=ahead)).status_code == 200


WRONG_HEADERS: dict[str, dict[str, Any]] = {
    "no algorithm": {"alg": "none"},
    "no algorithm, in capitals": {"alg": "NONE"},
    "a shared secret": {"alg": "HS256"},
    "another case": {"alg": "es256"},
    "an algorithm of another key": {"alg": "RS256"},
    "an algorithm we do not take": {"alg": "ES384"},
    "no algorithm at all": {"alg": None},
    "a list of algorithms": {"alg": ["ES256"]},
    "an unknown critical parameter": {"crit": ["x"], "x": 1},
    "an unencoded payload": {"b64": False, "crit": ["b64"]},
    "the type of an access token": {"typ": "at+jwt"},
    "the type of a DPoP proof": {"typ": "dpop+jwt"},
    "a type that is no text": {"typ": 7},
    "another key's name": {"kid": "second"},
    "a path for a key": {"kid": "../../etc/passwd"},
    "a statement for a key": {"kid": "' OR 1=1 --"},
    "NUL for a key": {"kid": "\0"},
    "a number for a key": {"kid": 7},
    "ten kilobytes for a key": {"kid": "k" * 10_000},
}


@pytest.mark.parametrize("case", WRONG_HEADERS)
def test_its_header_must_not_have(shop: KeyedShop, case: str) -> None:
    refused(redeem(shop, shop.holder.assertion(shop.application, header=WRONG_HEADERS[case])))


def test_types_that_say_what_it_is_are_fine(shop: KeyedShop) -> None:
    for typ in ("JWT", "client-authentication+jwt", "application/client-authentication+jwt"):
        assert redeem(shop, shop.holder.assertion(shop.application, header={"typ": typ})).status_code == 200


def test_a_key_in_the_header_or_behind_an_address_in_it_is_nobodys(
    shop: KeyedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(outgoing, "send", lambda method, url, **_: asked.append(url))
    stranger = KeyHolder()
    for header in (
        {"jwk": stranger.jwk},
        {"jku": "https://evil.test/jwks"},
        {"x5u": "https://evil.test/certificate"},
        {"x5c": ["MIIB"]},
    ):
        refused(redeem(shop, stranger.assertion(shop.application, header=header)))
        assert redeem(shop, shop.holder.assertion(shop.application, header=header)).status_code == 200
    assert asked == []


def test_the_shared_secret_made_of_a_public_key_opens_nothing(shop: KeyedShop) -> None:
    honest = shop.holder.assertion(shop.application, header={"alg": "HS256"}).rpartition(".")[0]
    for secret in (shop.holder.key.as_pem(private=False), json.dumps(shop.holder.jwk).encode(), b""):
        forged = base64url(hmac.digest(secret, honest.encode(), "sha256"))
        refused(redeem(shop, f"{honest}.{forged}"))


@pytest.mark.parametrize(
    "assertion",
    ["", "x", "a.b.c", "..", "e30.e30.", "e30.e30.AA", "eyJhbGciOiJFUzI1NiJ9.W10.AA", "eyJhbGciOiJFUzI1NiJ9.bnVsbA.AA",
     "eyJhbGciOiJFUzI1NiJ9." + "W1tb" * 3000 + ".AA", "a.b.c.d.e", "\u00e9.\u00e9.\u00e9", "x" * 60_000, "\x00.\x00.\x00"],
)  # fmt: skip
def test_junk_is_refused_as_such(shop: KeyedShop, assertion: str) -> None:
    refused(redeem(shop, assertion))


def test_what_was_signed_is_taken_to_the_letter(shop: KeyedShop) -> None:
    """Truncated, extended, padded and re-encoded: the signature may still fit, but it is not what was signed."""
    sign = shop.holder.assertion
    for spoil in (
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: text.replace(".", "=.", 1),
        lambda text: text + ".e30",
        lambda text: text[: text.rindex(".") + 1],
    ):
        refused(redeem(shop, spoil(sign(shop.application))))
    twice = f'{{"iss":"{shop.application.client_id}","iss":"{shop.application.client_id}"}}'
    refused(redeem(shop, shop.holder.sign({"alg": "ES256", "kid": "first"}, twice)))
    for odd in ("NaN", "Infinity", "1e999"):
        claims = f'{{"iss":"x","sub":"x","aud":"{shop.issuer}","jti":"a","exp":{odd}}}'.replace(
            '"x"', f'"{shop.application.client_id}"'
        )
        refused(redeem(shop, shop.holder.sign({"alg": "ES256", "kid": "first"}, claims)))


def test_one_way_to_prove_oneself_and_only_the_one_registered(shop: KeyedShop, world: World) -> None:
    refused(redeem(shop, client_secret="x"), "invalid_request", 400)
    basic = {"Authorization": "Basic eDp4"}
    refused(shop.token(shop.code_form(shop.code()), **basic), "invalid_request", 400)
    refused(shop.token(shop.form(client_secret="x", client_id=shop.application.client_id)))
    refused(shop.token(shop.form()))
    refused(redeem(shop, client_assertion_type=None))
    refused(redeem(shop, client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer"))
    refused(redeem(shop, client_id=world.application.client_id))


def test_a_client_with_a_secret_does_not_prove_itself_by_signing(shop: KeyedShop, world: World) -> None:
    Application.objects.filter(pk=world.application.pk).update(jwks=shop.holder.jwks)
    bobs = keyed.KeyedShop(world, shop.browser, shop.party, shop.passkey, shop.holder)
    bobs.party = keyed.ceremonies.client_of(world)
    refused(bobs.token(bobs.code_form(bobs.code(), client_secret=None)))


def test_keys_of_another_realm_or_client_are_nobodys_here(shop: KeyedShop, client: Browser, world: World) -> None:
    """The same kid, the same claims; only the key is another application's, or the realm's own."""
    other = keyed.register(world, client, KeyHolder(kid="first"))
    refused(redeem(shop, other.holder.assertion(shop.application)))
    now = int(time.time())
    claims = {"iss": shop.application.client_id, "sub": shop.application.client_id, "aud": shop.issuer, "jti": "a"}
    ours = keys.current_key(world.realm.pk, "ES256")
    refused(redeem(shop, jose.sign({**claims, "iat": now, "exp": now + 60}, ours, typ="JWT")))


def test_revoking_wants_the_same_proof(shop: KeyedShop) -> None:
    token = redeem(shop).json()["access_token"]
    path = shop.path("revoke")

    def revoke(**form: str) -> int:
        return shop.browser.post(path, keyed.urlencode(form), content_type=keyed.FORM).status_code

    assert revoke(token=token, client_id=shop.application.client_id) == 401
    assert shop.userinfo(token).status_code == 200
    proof = shop.holder.client(shop.application)
    assert revoke(token=token, **proof) == 200
    assert shop.userinfo(token).status_code == 401
    assert revoke(token=token, **proof) == 401  # the assertion was used


def test_guessing_is_slowed_down(shop: KeyedShop) -> None:
    form = shop.code_form("x", client_assertion="a.b.c")
    for _ in range(limits.FAILED_CLIENTS.requests):
        assert shop.token(form).status_code == 401
    assert shop.token(form).status_code == 429


def test_a_refusal_is_an_event_that_holds_no_assertion(shop: KeyedShop) -> None:
    assertion = shop.holder.assertion(shop.application, aud="https://evil.test")
    redeem(shop, assertion)
    event = record.last(shop.world.realm, EventType.TOKEN_REQUEST)
    assert event.outcome == "INVALID_CLIENT"
    assert assertion not in json.dumps([event.data, event.targets])


# --- keys at an address ---------------------------------------------------------------------------------------------------


class KeyServer:
    """What the client's server says, and how often it was asked."""

    def __init__(self, *holders: KeyHolder) -> None:
        self.holders, self.asked, self.is_down = list(holders), 0, False

    def get_json(self, url: str) -> Any:
        assert url == "https://keys.shop.test/jwks"
        self.asked += 1
        if self.is_down:
            raise Unreachable("the connection failed")
        return {"keys": [holder.jwk for holder in self.holders]}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The hands of the process's own clock."""
    hands = [1000.0]
    monkeypatch.setattr(fetched_keys.time, "monotonic", lambda: hands[0])
    return hands


@pytest.fixture
def key_server(monkeypatch: pytest.MonkeyPatch) -> KeyServer:
    server = KeyServer(KeyHolder())
    monkeypatch.setattr(outgoing, "get_json", server.get_json)
    return server


@pytest.fixture
def remote(world: World, client: Browser, key_server: KeyServer) -> KeyedShop:
    holder = key_server.holders[0]
    return keyed.register(world, client, holder, jwks=None, jwks_uri="https://keys.shop.test/jwks")


def test_keys_are_fetched_once_and_kept_for_five_minutes(
    remote: KeyedShop, key_server: KeyServer, clock: list[float]
) -> None:
    assert redeem(remote).status_code == 200
    assert redeem(remote).status_code == 200
    assert key_server.asked == 1
    clock[0] += GOOD_SECONDS + 1
    assert redeem(remote).status_code == 200
    assert key_server.asked == 2


def test_a_key_not_seen_before_is_looked_for_at_most_once_a_minute(
    remote: KeyedShop, key_server: KeyServer, clock: list[float]
) -> None:
    assert redeem(remote).status_code == 200
    for number in range(20):
        refused(redeem(remote, KeyHolder(kid=f"guess {number}").assertion(remote.application)))
    assert key_server.asked == 1
    new = KeyHolder(kid="second")
    key_server.holders.append(new)
    clock[0] += AGAIN_SECONDS + 1
    assert redeem(remote, new.assertion(remote.application)).status_code == 200
    assert redeem(remote).status_code == 200
    assert key_server.asked == 2


def test_a_server_that_is_down_for_a_while_locks_nobody_out(
    remote: KeyedShop, key_server: KeyServer, clock: list[float]
) -> None:
    assert redeem(remote).status_code == 200
    key_server.is_down = True
    clock[0] += GOOD_SECONDS + 1
    assert redeem(remote).status_code == 200
    clock[0] += fetched_keys.OLD_SECONDS
    refused(redeem(remote))
    key_server.is_down = False
    clock[0] += fetched_keys.AFTER_FAILURE_SECONDS + 1
    assert redeem(remote).status_code == 200


def test_keys_are_remembered_of_a_bounded_number_of_clients(
    remote: KeyedShop, key_server: KeyServer, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetched_keys, "_SETS_LIMIT", 2)
    for number in range(5):
        client_keys._fetched_keys(
            Application(pk=f"00000000-0000-0000-0000-00000000000{number}", jwks_uri="https://keys.shop.test/jwks"),
            wanted=True,
        )
    assert len(fetched_keys._remembered) == 2


def test_a_client_whose_keys_are_at_home_on_our_network_has_none(world: World, client: Browser) -> None:
    """An administrator wrote loopback; by default nobody is asked there (contract/extensions.md §7)."""
    holder = KeyHolder()
    shop = keyed.register(world, client, holder, jwks=None, jwks_uri="http://127.0.0.1:9/jwks")
    refused(redeem(shop))
