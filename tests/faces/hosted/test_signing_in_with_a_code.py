"""The pages of a sign-in by code, as a browser without scripts goes through them: each works, none tells who is who."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.authentication import wrong_codes
from apps.authentication.models import OneTimeCode, Session, WrongCodes
from apps.core import secrets
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.attempt import attempt
from apps.events.types import EventType
from tests import ceremonies, post
from tests import record as auditor
from tests.domain.test_signing_in import publish, rule
from tests.faces import doors
from tests.racing import race
from tests.world import World

pytestmark = pytest.mark.django_db

BOB = "bob@acme.test"


@pytest.fixture
def page(world: World, client: Browser) -> dict[str, Any]:
    """The sign-in page's forms: where they go, and the flow they are of."""
    ceremonies.open_codes(world)
    return read(client.get(doors.path_of(doors.sent_to(client, ceremonies.client_of(world)))))


def read(response: Any) -> dict[str, Any]:
    text = response.content.decode()
    assert response.status_code < 500, text
    actions = re.findall(r'<form method="post"(?: action="([^"]*)")?', text)
    hidden = dict(re.findall(r'<input type="hidden" name="(flow|id|token)" value="([^"]*)"', text))
    return {"text": text, "actions": [doors.path_of(each) for each in actions if each], **hidden}


def without_randomness(response: Any, address: str) -> str:
    random = r'csrfmiddlewaretoken" value="[^"]+"|request=[^"]+|nonce="[^"]+"|"resendAfter": \d+'
    return re.sub(random, "", response.content.decode()).replace(address, "?")


def send(client: Browser, page: dict[str, Any], address: str = BOB) -> Any:
    return client.post(page["actions"][0], {"flow": page["flow"], "email": address})


def enter(client: Browser, location: str, flow: str, code: str, **more: str) -> Any:
    return client.post(doors.path_of(location), {"flow": flow, "code": code, **more})


def test_a_known_person_comes_in_with_a_code_and_is_offered_a_passkey(
    world: World, client: Browser, page: dict[str, Any]
) -> None:
    sent = send(client, page)
    assert sent.status_code == 303
    assert BOB in client.get(doors.path_of(sent["Location"])).content.decode()
    done = enter(client, sent["Location"], page["flow"], post.last_code(), signals='{"platform":"macOS","secret":"x"}')
    assert done.status_code == 303
    assert "/offer?" in done["Location"]
    told = auditor.last(world.realm, EventType.AUTHENTICATION_TRANSACTION).data["personal"]["signals"]
    assert told == {"platform": "macOS"}
    offer = client.get(doors.path_of(done["Location"]))
    assert "Create a passkey" in offer.content.decode()
    begun = client.post(doors.path_of(doors.data_of(offer)["beginUrl"]), {"flow": page["flow"]})
    assert begun.json()["identity"] == world.bob.pk
    onward = client.post(doors.path_of(done["Location"]), {"flow": page["flow"]})
    assert onward["Location"].startswith("http://localhost:3000/callback?code=")
    assert client.post(doors.path_of(done["Location"]), {"flow": page["flow"]}).status_code == 410


STRONG = json.dumps({"id_token": {"acr": {"essential": True, "value": "phr"}}})


def test_where_a_code_is_too_little_a_passkey_is_asked_for(world: World, client: Browser) -> None:
    ceremonies.open_codes(world)
    passkey = ceremonies.give_passkey(world, world.bob)
    party = ceremonies.client_of(world)
    page = read(client.get(doors.path_of(doors.sent_to(client, party, claims=STRONG))))
    onward = enter(client, send(client, page)["Location"], page["flow"], post.last_code())["Location"]
    assert "/bi-authenticate?request=" in onward
    assert auditor.last(world.realm, EventType.AUTHENTICATION_TRANSACTION).data["awaits"] == "passkey"
    again = client.get(doors.path_of(onward))
    assert "asks for a passkey as well" in again.content.decode()
    assert "data-address-form" not in again.content.decode(), "another code would be too little again"
    asked = doors.data_of(again)
    proof = passkey.get(secrets.from_base64url(asked["publicKey"]["challenge"]), origin=ceremonies.origin())
    answer = client.post(
        asked["authenticateUrl"],
        {"transaction_id": asked["transactionId"], "proof": proof},
        content_type="application/json",
        headers={"Origin": ceremonies.origin()},
    ).json()
    assert answer["type"] == "allow", answer
    tokens = party.redeem(world.visitor, parse_qs(urlsplit(answer["redirect_url"]).query)["code"][0])
    assert ceremonies.payload_of(tokens["id_token"])["acr"] == "phr"


def test_who_has_no_passkey_for_it_is_no_further_and_the_client_is_told(world: World, client: Browser) -> None:
    ceremonies.open_codes(world)
    page = read(client.get(doors.path_of(doors.sent_to(client, ceremonies.client_of(world), claims=STRONG))))
    done = enter(client, send(client, page)["Location"], page["flow"], post.last_code())
    onward = client.post(doors.path_of(done["Location"]), {"flow": page["flow"]})["Location"]
    assert "error=unmet_authentication_requirements" in onward


def test_a_stranger_signs_up_says_a_name_and_goes_on(world: World, client: Browser, page: dict[str, Any]) -> None:
    sent = send(client, page, "new@acme.test")
    done = enter(client, sent["Location"], page["flow"], post.last_code())
    assert "/name?" in done["Location"]
    path = doors.path_of(done["Location"])
    assert client.post(path, {"flow": page["flow"], "display_name": "<script>"}).status_code == 422
    named = client.post(path, {"flow": page["flow"], "display_name": "Nell New"})
    assert "/offer?" in named["Location"]
    identity = Identity.objects.get(username="new@acme.test")
    assert identity.display_name == "Nell New"
    onward = client.post(doors.path_of(named["Location"]), {"flow": page["flow"]})
    assert "code=" in onward["Location"]


def test_nobody_but_a_newcomer_is_renamed(world: World, client: Browser, page: dict[str, Any]) -> None:
    sent = send(client, page)
    enter(client, sent["Location"], page["flow"], post.last_code())
    client.post(
        doors.path_of(sent["Location"]).replace("/code?", "/name?"), {"flow": page["flow"], "display_name": "Bobby"}
    )
    assert Identity.objects.get(pk=world.bob.pk).display_name == "Bob Baker"


def test_where_codes_are_the_way_to_come_back_nothing_is_offered(world: World, client: Browser) -> None:
    ceremonies.open_codes(world, returning={"method": "email_one_time_password"})
    page = read(client.get(doors.path_of(doors.sent_to(client, ceremonies.client_of(world)))))
    sent = send(client, page)
    done = enter(client, sent["Location"], page["flow"], post.last_code())
    assert done["Location"].startswith("http://localhost:3000/callback?code=")


def test_whom_the_rules_would_refuse_a_passkey_is_not_offered_one(
    world: World, client: Browser, page: dict[str, Any]
) -> None:
    publish(world, rule("in", "allow"))
    sent = send(client, page)
    assert "code=" in enter(client, sent["Location"], page["flow"], post.last_code())["Location"]


def test_wrong_codes_are_told_with_the_tries_that_are_left(world: World, client: Browser, page: dict[str, Any]) -> None:
    sent = send(client, page)
    for words in ("2 tries left", "one try left", "no longer works"):
        answer = enter(client, sent["Location"], page["flow"], "000000")
        assert (answer.status_code, words in answer.content.decode()) == (422, True), words
    again = client.post(
        doors.path_of(sent["Location"]).replace("/code?", "/code/send?"), {"flow": page["flow"], "again": 1}
    )
    assert again.status_code == 303
    assert "/offer?" in enter(client, sent["Location"], page["flow"], post.last_code())["Location"]


def test_no_answer_and_no_work_tells_who_has_an_address(world: World, client: Browser, page: dict[str, Any]) -> None:
    """Somebody, somebody suspended, and nobody: same statements, same bodies, at each of the steps."""
    ceremonies.open_codes(world, sign_up={"enabled": False})
    identities.suspend_identity(world.ctx, world.acme.customers.people["dave"])
    told = {}
    where = send(client, page, "first@acme.test")["Location"]
    client.get(doors.path_of(where))  # what a process reads once and keeps
    enter(client, where, page["flow"], "000000")  # the first that is wrong of this client, whoever it is about
    for address in (BOB, "dave@acme.test", "who@acme.test"):
        with CaptureQueriesContext(connection) as asked:
            steps = [send(client, page, address)]
            where = steps[0]["Location"]
            steps.append(client.get(doors.path_of(where)))
            steps.append(enter(client, where, page["flow"], "000000"))
        told[address] = [len(asked), *((step.status_code, without_randomness(step, address)) for step in steps)]
    assert told[BOB] == told["dave@acme.test"] == told["who@acme.test"]


def test_what_is_no_address_is_asked_for_again(client: Browser, page: dict[str, Any]) -> None:
    answer = send(client, page, "bob")
    assert answer.status_code == 422
    assert "ada@example.com" in answer.content.decode()
    assert 'value="bob"' in answer.content.decode()


def test_an_address_is_written_to_five_times_an_hour_and_a_client_asks_for_thirty(
    client: Browser, page: dict[str, Any]
) -> None:
    for _ in range(5):
        assert send(client, page, "who@acme.test").status_code == 303
    over = send(client, page, "who@acme.test")
    assert (over.status_code, "Too many tries" in over.content.decode()) == (429, True)
    assert int(over["Retry-After"]) > 3000
    for number in range(24):
        assert send(client, page, f"who{number}@acme.test").status_code == 303
    assert send(client, page).status_code == 429


def wrongly(client: Browser, sent: str, page: dict[str, Any], times: int, **asked: Any) -> None:
    for _ in range(times):
        client.post(doors.path_of(sent), {"flow": page["flow"], "code": "0"}, **asked)
    OneTimeCode.objects.update(tries=0)


@pytest.mark.parametrize("line", ["198.51.100.{}", "2001:db8:1:2::{:x}"], ids=["forwarded", "of one /64"])
def test_thirty_wrong_codes_from_one_client_and_no_further_one_is_looked_at(
    world: World, client: Browser, page: dict[str, Any], line: str
) -> None:
    """Whatever the client says of its address, whichever of its network's addresses it takes, and whatever became of the
    cache meanwhile: a restart, or a Redis that was emptied."""
    sent = send(client, page)["Location"]
    forwarded = "." in line
    for number in range(30):
        where = {"HTTP_X_FORWARDED_FOR": line.format(number)} if forwarded else {"REMOTE_ADDR": line.format(number)}
        wrongly(client, sent, page, 1, **where)
        cache.clear()
    again = {} if forwarded else {"REMOTE_ADDR": line.format(99)}
    answer = client.post(doors.path_of(sent), {"flow": page["flow"], "code": post.last_code()}, **again)
    assert answer.status_code == 429
    assert 3000 < int(answer["Retry-After"]) <= 3600
    assert not Session.objects.exists()


def test_a_thousand_wrong_codes_end_the_guessing_in_a_realm_from_wherever_it_comes(
    world: World, client: Browser, page: dict[str, Any]
) -> None:
    """As many addresses as somebody can rent, a guess from each (anchors G4); the realm beside it is not held up."""
    sent = send(client, page)["Location"]
    wrongly(client, sent, page, 1, REMOTE_ADDR="203.0.113.9")
    assert sorted(WrongCodes.objects.values_list("number", flat=True)) == [1, 1]  # of the client, and of everybody
    WrongCodes.objects.update(number=wrong_codes.IN_ONE_REALM)
    assert enter(client, sent, page["flow"], post.last_code()).status_code == 429
    assert not Session.objects.exists()
    wrong_codes.require_left(world.visitor, world.acme.staff.realm)
    in_an_hour = world.at(timedelta(hours=1, seconds=30))
    wrong_codes.require_left(in_an_hour, world.realm)
    wrong_codes.count(in_an_hour, world.realm)
    assert sorted(WrongCodes.objects.values_list("number", flat=True)) == [1, 1, wrong_codes.IN_ONE_REALM]


@pytest.mark.django_db(transaction=True)
def test_wrong_codes_at_the_same_moment_are_each_counted(world: World) -> None:
    def count() -> None:
        with attempt(world.visitor, EventType.OTP_CHALLENGE, world.realm, action="REDEEM"):
            wrong_codes.count(world.visitor, world.realm)

    race(*[count] * 8)
    assert sorted(WrongCodes.objects.values_list("number", flat=True)) == [8, 8]


def test_over_https_cookies_are_this_hosts_alone(world: World, client: Browser, settings: Any) -> None:
    """RFC 6265bis §4.1.3.2: no other host sets a cookie of that name, and no plain http carries it."""
    settings.SECURE_COOKIES = True
    ceremonies.open_codes(world)
    page = read(client.get(doors.path_of(doors.sent_to(client, ceremonies.client_of(world)))))
    enter(client, send(client, page)["Location"], page["flow"], post.last_code())
    ours = {name: cookie for name, cookie in client.cookies.items() if "csrf" not in name}
    assert set(ours) == {"__Host-flow", f"__Host-session_{world.realm.pk}"}
    for cookie in ours.values():
        kept = [cookie[name] for name in ("secure", "httponly", "samesite", "path", "domain")]
        assert kept == [True, True, "Lax", "/", ""]


def test_a_code_opens_nothing_in_another_browser(world: World, client: Browser, page: dict[str, Any]) -> None:
    sent = send(client, page)["Location"]
    for browser in (Browser(),):
        assert browser.get(doors.path_of(sent)).status_code == 404
        assert enter(browser, sent, page["flow"], post.last_code()).status_code == 404
    assert "/offer?" in enter(client, sent, page["flow"], post.last_code())["Location"]


def test_steps_are_taken_in_their_order(client: Browser, page: dict[str, Any]) -> None:
    """Skipping ahead, an empty form, a step twice: nothing that was not earned."""
    base = page["actions"][0].replace("/code/send?", "/{}?")
    assert client.get(base.format("code"))["Location"].partition("?")[0].endswith("/bi-authenticate")
    for step in ("name", "offer", "offer/begin"):
        assert client.post(base.format(step), {"flow": page["flow"]}).status_code == 404, step
    sent = send(client, page)["Location"]
    assert client.post(doors.path_of(sent), {"flow": page["flow"]}).status_code == 422
    enter(client, sent, page["flow"], post.last_code())
    assert "/offer?" in client.get(doors.path_of(sent))["Location"]
    assert "/offer?" in send(client, page)["Location"]


def test_the_policys_words_reach_who_proved_an_address(world: World, client: Browser, page: dict[str, Any]) -> None:
    otp = {"attribute": "credential.method", "operator": "in", "value": ["otp"]}
    publish(world, rule("otp", "deny", otp, "Passkeys only."), rule("in", "allow"))
    sent = send(client, page)["Location"]
    answer = enter(client, sent, page["flow"], post.last_code())
    assert (answer.status_code, "Passkeys only." in answer.content.decode()) == (403, True)
    assert not Session.objects.exists()


def test_a_form_of_another_site_sends_nothing(world: World, page: dict[str, Any], client: Browser) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    answer = strict.post(
        page["actions"][0], {"flow": page["flow"], "email": BOB}, headers={"Origin": "https://evil.test"}
    )
    assert answer.status_code == 403
    assert not OneTimeCode.objects.exists()


def test_each_step_asks_the_database_so_often_and_no_more(world: World, client: Browser, page: dict[str, Any]) -> None:
    counted = {}
    steps = {
        "send": lambda: send(client, page),
        "page": lambda: client.get(doors.path_of(answers["send"]["Location"])),
        "enter": lambda: enter(client, answers["send"]["Location"], page["flow"], post.last_code()),
        "offer": lambda: client.get(doors.path_of(answers["enter"]["Location"])),
        "begin": lambda: client.post(
            doors.path_of(doors.data_of(answers["offer"])["beginUrl"]), {"flow": page["flow"]}
        ),
        "onward": lambda: client.post(doors.path_of(answers["enter"]["Location"]), {"flow": page["flow"]}),
    }
    answers: dict[str, Any] = {}
    for name, step in steps.items():
        with CaptureQueriesContext(connection) as asked:
            answers[name] = step()
        counted[name] = len(asked)
    most = {"send": 20, "page": 8, "enter": 45, "offer": 12, "begin": 25, "onward": 25}
    assert {name: n for name, n in counted.items() if n > most[name]} == {}, counted
