"""Into the console and out of it (contract/extensions.md §1, §2)."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from apps.core import secrets
from apps.directory import selectors as directory
from apps.directory.services import groups, identities
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.onboarding import services as onboarding
from apps.realms.models import OutgoingMail
from apps.tokens.issuer import endpoints_of
from apps.web import cookies
from tests import ceremonies
from tests.words import words_of
from tests.world import World, join

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer that takes the same time for every address takes none here."""
    monkeypatch.setattr("apps.console.views.login._ANSWER_AFTER_SECONDS", 0)


@pytest.fixture
def mailed() -> Callable[[], Any]:
    """What the newest mail in the outbox says, and to whom."""

    def read() -> dict[str, str]:
        row = OutgoingMail.objects.order_by("-id")[0]
        content = json.loads(secrets.unseal(row.sealed_content, f"outgoing_mail.content:{row.pk}"))
        return {"recipient": row.recipient, **content}

    return read


def begin(world: World, client: Client, **query: str) -> dict[str, str]:
    """Goes to sign in at Acme; returns what the console asks its issuer for."""
    answer = client.get("/console/login", {"tenant": world.acme.tenant.pk, **query})
    assert answer.status_code == 302
    address = urlsplit(answer["Location"])
    assert answer["Location"].startswith(endpoints_of(world.acme.console).authorization)
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def arrive(world: World, asked: dict[str, str]) -> dict[str, str]:
    """Ada answers what the console asked, with her passkey; returns what her browser brings back."""
    passkey = ceremonies.give_passkey(world, world.ada)
    client = ceremonies.client_of(world, world.acme.console)
    names = ("state", "nonce", "code_challenge")
    done = ceremonies.sign_in(world.visitor, client, passkey, **{name: asked[name] for name in names})
    return {"code": done.code, "state": asked["state"], "iss": endpoints_of(world.acme.console).issuer}


def second_administrator(world: World) -> Any:
    """Another administrator of Acme."""
    person = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    group = directory.groups_in(world.acme.admin_realm).get(is_managed=True)
    groups.add_members(world.ctx, group, [person.pk])
    return person


def last(world: World, kind: str) -> Any:
    return events.events_in(world.acme.admin_realm, EventFilter(types=[kind]))[0]


def test_an_administrator_signs_in_through_the_tenants_own_realm(world: World, client: Client) -> None:
    asked = begin(world, client, next=f"/console/realms/{world.realm.pk}/")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    answer = client.get("/console/callback", arrive(world, asked))
    assert (answer.status_code, answer["Location"]) == (302, f"/console/realms/{world.realm.pk}/")
    assert answer.cookies[cookies.console_cookie()]["httponly"]
    assert client.get(answer["Location"]).status_code == 200
    signed_in, token = last(world, "CONSOLE_SIGN_IN"), last(world, "TOKEN_REQUEST")
    assert (signed_in.outcome, signed_in.correlation_id) == ("SUCCESS", token.correlation_id)
    assert (signed_in.actor_id, signed_in.actor_display_name) == (world.ada.pk, world.ada.display_name)


def test_the_next_sign_in_of_a_browser_knows_the_tenant(world: World, client: Client) -> None:
    client.get("/console/callback", arrive(world, begin(world, client)))
    answer = client.get("/console/login")
    assert answer["Location"].startswith(endpoints_of(world.acme.console).authorization)
    assert client.get("/console/login?elsewhere=1").status_code == 200


@pytest.mark.parametrize("lie", ["state", "iss", "code", "error"])
def test_an_answer_that_does_not_fit_opens_nothing(world: World, client: Client, lie: str) -> None:
    brought = arrive(world, begin(world, client)) | {lie: "something else"}
    answer = client.get("/console/callback", brought)
    assert answer.status_code == (400 if lie == "state" else 403)  # by its state a browser finds what it began
    assert cookies.console_cookie() not in answer.cookies


def test_an_answer_opens_one_session_only(world: World, client: Client) -> None:
    brought = arrive(world, begin(world, client))
    name = f"identity_cloud_sign_in_{brought['state'][:16]}"
    pending = client.cookies[name].value
    assert client.get("/console/callback", brought).status_code == 302
    client.cookies[name] = pending
    assert client.get("/console/callback", brought).status_code == 403


def test_an_answer_in_another_browser_opens_nothing(world: World, client: Client) -> None:
    brought = arrive(world, begin(world, client))
    assert Client().get("/console/callback", brought).status_code == 400


@pytest.mark.parametrize("path", ["https://evil.test/", "//evil.test/", "/signup", "/console/\\evil", "/console//x"])
def test_signing_in_leads_nowhere_but_into_the_console(world: World, client: Client, path: str) -> None:
    answer = client.get("/console/callback", arrive(world, begin(world, client, next=path)))
    assert answer["Location"] == "/console/"


def test_a_username_is_passed_on_as_a_hint(world: World, client: Client) -> None:
    assert begin(world, client, username="ada@acme.test")["login_hint"] == "ada@acme.test"


@pytest.mark.parametrize(
    ("tenant", "status", "words"),
    [
        ("0001ffffffffffff", 404, "There is no tenant with this ID"),
        ("acme", 422, "16 characters"),
        ("", 422, "This field is required"),
        ("'; DROP TABLE", 422, "16 characters"),
    ],
)
def test_a_tenant_that_is_none_is_said_beside_the_field(client: Client, tenant: str, status: int, words: str) -> None:
    answer = client.get("/console/login", {"tenant": tenant, "username": "ada"})
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert 'value="ada"' in answer.content.decode()


@pytest.mark.parametrize("value", ["", "x", '"\\000"', "0001ffffffffffff"])
def test_a_remembered_tenant_that_is_none_just_asks(client: Client, value: str) -> None:
    client.cookies["identity_cloud_tenant"] = value
    assert client.get("/console/login").status_code == 200


def test_one_tenant_is_mailed_as_one_button(world: World, client: Client, mailed: Callable[[], Any]) -> None:
    answer = client.post("/console/login", {"email": "ADA@acme.test"})
    assert (answer.status_code, answer["Location"]) == (303, "/console/login?elsewhere=1&sent=1")
    mail = mailed()
    assert mail["recipient"] == "ada@acme.test"
    assert "You administer Acme" in mail["text"]
    assert f"/console/login?tenant={world.acme.tenant.pk}&username=ada%40acme.test" in mail["text"]
    assert last(world, "CONSOLE_SIGN_IN").data["action"] == "MAIL_LINKS"


def test_every_tenant_of_an_address_is_mailed(world: World, client: Client, mailed: Callable[[], Any]) -> None:
    onboarding.create_tenant(world.ctx, name="Second", admin_email="ada@acme.test", delivery_method="RETURN")
    client.post("/console/login", {"email": "ada@acme.test"})
    text = mailed()["text"]
    assert "Acme" in text
    assert "Second" in text
    assert "Evil" not in words_of(text)


def test_a_stranger_reads_the_same_answer_and_gets_no_mail(world: World, client: Client) -> None:
    known = client.post("/console/login", {"email": "ada@acme.test"})
    unknown = client.post("/console/login", {"email": "nobody@acme.test"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert OutgoingMail.objects.count() == 1
    assert "If this address administers a tenant" in client.get(unknown["Location"]).content.decode()


def test_people_of_customer_realms_are_no_administrators(world: World, client: Client) -> None:
    client.post("/console/login", {"email": world.bob.primary_email_address})
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("address", ["", "ada", "ada@", "a" * 250 + "@x.test", "a\x00@acme.test"])
def test_an_address_that_is_none_is_said_beside_the_field(client: Client, address: str) -> None:
    answer = client.post("/console/login", {"email": address})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


def test_an_address_is_not_mailed_without_end(world: World, client: Client) -> None:
    answers = [client.post("/console/login", {"email": "ada@acme.test"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_signing_out_ends_the_session_and_says_so(world: World, ada: Client) -> None:
    answer = ada.post("/console/sign-out")
    assert (answer.status_code, answer["Location"]) == (303, "/console/signed-out")
    assert "You are signed out" in ada.get("/console/signed-out").content.decode()
    assert ada.get("/console/realms").status_code == 302
    assert last(world, "SESSION_CHANGE").data["action"] == "END"


def test_a_link_does_not_sign_out(world: World, ada: Client) -> None:
    assert ada.get("/console/sign-out").status_code == 405
    assert ada.get("/console/realms").status_code == 200


def test_who_leaves_the_administrators_is_out_at_once(world: World, sign_in: Callable[..., Client]) -> None:
    second = second_administrator(world)
    client = sign_in(world.acme, second)
    assert client.get("/console/realms").status_code == 200
    identities.suspend_identity(world.ctx, second)
    assert client.get("/console/realms").status_code == 302


def test_a_session_of_another_tenants_console_opens_its_own_tenant_only(world: World, eve: Client) -> None:
    page = eve.get("/console/realms").content.decode()
    assert "Evil" in page
    assert "Customers</a>" not in page.replace("Evil Customers</a>", "")


def test_two_tabs_may_be_on_their_way_at_once(world: World, client: Client) -> None:
    first, second = begin(world, client), begin(world, client)
    for asked in (first, second):
        assert client.get("/console/callback", arrive(world, asked)).status_code == 302


def test_many_tabs_leave_few_cookies(world: World, client: Client) -> None:
    for _ in range(12):
        begin(world, client)
    begun = [
        name for name, morsel in client.cookies.items() if name.startswith("identity_cloud_sign_in") and morsel.value
    ]
    assert len(begun) == 4


def test_a_sign_in_wants_a_proof_no_older_than_a_session_may_be_idle(world: World, client: Client) -> None:
    """Else the desk that somebody left would open again by itself."""
    assert begin(world, client)["max_age"] == "1800"
