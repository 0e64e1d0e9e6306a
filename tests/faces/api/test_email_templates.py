"""R/email-templates (contract/extensions.md §9)."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.core import secrets
from apps.credentials.services import jobs
from apps.directory.models import Identity
from apps.events.types import EventType
from apps.realms import mail, themes
from apps.realms.mail_kinds import KINDS
from apps.realms.models import EmailTemplate, OutgoingMail, Realm
from tests import ceremonies, record
from tests.faces.api.caller import FORBIDDEN, Caller, missing, read, violations
from tests.racing import race
from tests.world import World, build

PATH = "/email-templates/binding_link"
BODY = '<h1>Welcome aboard, {{ display_name }}</h1><p><a class="button" href="{{ action_url }}">Board</a></p>'
TEXT = "Ahoy {{ display_name }}: {{ action_url }}"


def change(api: Caller, path: str = PATH, **changes: Any) -> Any:
    return api.patch(path, {"email_template": changes})


def sent(realm: Realm) -> dict[str, str]:
    """The last message in the realm's outbox, opened."""
    row = OutgoingMail.objects.filter(realm=realm).latest("id")
    return json.loads(secrets.unseal(row.sealed_content, mail._purpose(row)))


def invite(world: World) -> dict[str, str]:
    config = world.acme.customers.config
    jobs.create_job(world.ctx, world.bob, delivery_method="EMAIL", authenticator_config=config)
    return sent(world.realm)


# --- reading ------------------------------------------------------------------------------------------------------------
def test_each_kind_has_a_wording_to_begin_with(world: World, api: Caller) -> None:
    body = read(api.get("/email-templates"))
    assert [each["kind"] for each in body["email_templates"]] == list(KINDS)
    assert body["total_size"] == 4
    for each in body["email_templates"]:
        assert read(api.get(f"/email-templates/{each['kind']}")) == each
    found = read(api.get(PATH))
    assert found == {
        "kind": "binding_link",
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "subject": "Create your passkey for {{ organization_name }}",
        "body_html": KINDS["binding_link"].body_html,
        "body_text": KINDS["binding_link"].body_text,
        "variables": found["variables"],
        "is_default": True,
    }
    assert {"name": "action_url", "description": "The link.", "required": True} in found["variables"]


@pytest.mark.parametrize("kind", ["nothing", "BINDING_LINK", "welcome", "../base", "é"])
def test_another_kind_is_none(api: Caller, kind: str) -> None:
    if "/" in kind:
        assert api.get(f"/email-templates/{kind}").status_code == 404
        return
    for response in (api.get(f"/email-templates/{kind}"), change(api, f"/email-templates/{kind}", subject="x")):
        assert read(response, 404) == missing("email template", "EmailTemplate", kind)


# --- changing -----------------------------------------------------------------------------------------------------------
def test_a_change_is_what_the_next_mail_says(world: World, api: Caller) -> None:
    before = invite(world)
    assert before["subject"] == "Create your passkey for Acme"
    assert "Create your passkey, Bob Baker" in before["html"]
    assert "invites you to sign in with a passkey" in before["text"]
    found = read(change(api, subject="Aboard {{ organization_name }}!", body_html=BODY, body_text=TEXT))
    assert (found["is_default"], found["body_html"], found["body_text"]) == (False, BODY, TEXT)
    assert read(api.get(PATH)) == found
    after = invite(world)
    assert after["subject"] == "Aboard Acme!"
    assert "Welcome aboard, Bob Baker" in after["html"]
    assert after["text"].startswith("Ahoy Bob Baker: http")
    assert "-- \nSent by Identity Cloud for Acme" in after["text"]
    event = record.last(world.realm, EventType.EMAIL_TEMPLATE_CHANGE)
    assert (event.outcome, event.data["action"], event.data["kind"]) == ("SUCCESS", "UPDATE", "binding_link")
    assert event.data["changes"]["body_text"] == [KINDS["binding_link"].body_text, TEXT]


def test_what_is_not_said_stays(api: Caller) -> None:
    change(api, subject="One")
    found = read(change(api, body_text=TEXT))
    assert (found["subject"], found["body_text"], found["body_html"]) == ("One", TEXT, KINDS["binding_link"].body_html)


def test_every_realm_has_its_own(world: World, api: Caller) -> None:
    change(api, subject="Ours")
    staff = api.at(world.acme.staff.realm)
    assert read(staff.get(PATH))["is_default"]
    assert EmailTemplate.objects.filter(realm=world.realm).count() == EmailTemplate.objects.count() == 1


def test_a_value_cannot_break_out_of_its_place(world: World, api: Caller) -> None:
    change(api, subject="For {{ display_name }}", body_html=BODY, body_text=TEXT)
    hostile = '"><script>alert(1)</script>{{ action_url }}{% now %}'
    Identity.objects.filter(pk=world.bob.pk).update(display_name=hostile)
    world.bob.refresh_from_db()
    message = invite(world)
    assert "<script>" not in message["html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ action_url }}{% now %}" in message["html"]
    assert message["text"].startswith(f"Ahoy {hostile}: http")
    assert message["subject"] == f"For {hostile}"


def test_a_look_that_is_hostile_stays_text(world: World, api: Caller) -> None:
    change(api, subject="{{ organization_name }}", body_html=f"<p>{{{{ organization_name }}}}</p>{BODY}")
    themes.create_theme(world.ctx, world.realm, email_realm_name="A & B, 'quoted'")
    message = invite(world)
    assert message["subject"] == "A & B, 'quoted'"
    assert "A &amp; B, &#x27;quoted&#x27;" in message["html"] or "A &amp; B, 'quoted'" in message["html"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject": ""}, ("subject", "empty string")),
        ({"subject": "a\nBcc: eve@evil.test"}, ("subject", "line 1, column 2: must be one line")),
        ({"subject": "a\r\nb"}, ("subject", "line 1, column 2: must be one line")),
        ({"subject": "a\u2028b"}, ("subject", "line 1, column 2: control characters are not allowed")),
        ({"subject": "x" * 201}, ("subject", "longer than 200 characters")),
        ({"subject": "{{ password }}"}, ("subject", "line 1, column 1: unknown variable password")),
        ({"subject": 5}, ("subject", "not a string")),
        ({"subject": None}, ("subject", "not a string")),
        ({"body_html": f"{BODY}\n<script>x</script>"}, ("body_html", "line 2, column 1: <script> is not allowed;")),
        ({"body_html": "<p>nothing</p>"}, ("body_html", "must contain {{ action_url }}")),
        ({"body_html": "x" * 20_001}, ("body_html", "longer than 20000 characters")),
        ({"body_html": "{% load x %}"}, ("body_html", "line 1, column 1: {% load x %} is not {{ variable }}")),
        ({"body_text": "Hello"}, ("body_text", "must contain {{ action_url }}")),
        ({"body_text": "{{ action_url }}\n  {{ code }}"}, ("body_text", "line 2, column 3: unknown variable code")),
        ({"body_text": "{{ action_url }}\x07"}, ("body_text", "line 1, column 17: control characters")),
        ({"color": "red"}, ("color", "unknown field")),
    ],
)
def test_what_does_not_render_is_refused_and_shown_where(
    world: World, api: Caller, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    for response in (change(api, **changes), api.post(f"{PATH}:preview", {"email_template": changes})):
        ((field, why),) = violations(response)
        assert field == f"email_template.{expected[0]}"
        assert why.startswith(expected[1])
    assert read(api.get(PATH))["is_default"]


def test_all_that_is_wrong_is_said_at_once(api: Caller) -> None:
    found = violations(change(api, subject="", body_html="<img>", body_text="{{ x }}"))
    assert [field for field, _ in found] == [f"email_template.{name}" for name in ("subject", "body_html", "body_text")]


def test_what_only_we_say_is_passed_over(api: Caller) -> None:
    assert read(change(api, kind="recovery", is_default=False, variables=[], subject="S"))["kind"] == "binding_link"


# --- versions -----------------------------------------------------------------------------------------------------------
def test_a_version_that_is_over_changes_nothing(world: World, api: Caller) -> None:
    ours = api.get(PATH)["ETag"]
    first = api.patch(PATH, {"email_template": {"subject": "One"}}, If_Match=ours)
    assert first.status_code == 200
    for response in (
        api.patch(PATH, {"email_template": {"subject": "Two"}}, If_Match=ours),
        api.delete(PATH, If_Match=ours),
    ):
        assert read(response, 412)["code"] == "precondition_failed"
    assert read(api.get(PATH))["subject"] == "One"
    assert api.delete(PATH, If_Match=first["ETag"]).status_code == 200
    assert api.get(PATH)["ETag"] == ours


def test_deleting_takes_the_realms_own_wording_back(world: World, api: Caller) -> None:
    change(api, subject="Mine")
    for _ in range(2):
        response = api.delete(PATH)
        assert (response.status_code, response.content) == (200, b"")
    assert read(api.get(PATH))["is_default"]
    assert invite(world)["subject"] == "Create your passkey for Acme"
    first, again = record.events(world.realm, EventType.EMAIL_TEMPLATE_CHANGE)[-2:]
    assert first.data["changes"] == {"subject": ["Mine", "Create your passkey for {{ organization_name }}"]}
    assert "changes" not in again.data


@pytest.mark.django_db(transaction=True)
def test_of_two_who_saw_the_same_version_one_wins() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    api = Caller(Client(), token, world.realm)
    seen = api.get(PATH)["ETag"]

    def write(subject: str) -> Any:
        body = {"email_template": {"subject": subject}}
        return lambda: Caller(Client(), token, world.realm).patch(PATH, body, If_Match=seen).status_code

    assert sorted(race(*(write(f"Subject {n}") for n in range(4))).won) == [200, 412, 412, 412]
    assert EmailTemplate.objects.count() == 1


def test_a_realm_with_a_wording_of_its_own_can_be_deleted(world: World, api: Caller) -> None:
    made = read(api.tenant.post("/realms", {"realm": {"display_name": "Short"}}))
    there = api.at(Realm(pk=made["id"], tenant_id=world.acme.tenant.pk))
    change(there, subject="S")
    assert there.delete("").status_code == 200


# --- trying it out ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_shows_the_whole_message(world: World, api: Caller, kind: str) -> None:
    message = read(api.post(f"/email-templates/{kind}:preview"))
    assert sorted(message) == ["html", "subject", "text"]
    assert "Acme" in message["subject"]
    assert message["html"].startswith("<!DOCTYPE html>") or message["html"].startswith("<!doctype html>")
    assert "{{" not in "".join(message.values())
    assert not OutgoingMail.objects.filter(realm=world.realm).exists()


@pytest.mark.parametrize("body", [None, [], False, 0, ""])
def test_a_preview_takes_an_object_or_nothing(api: Caller, body: Any) -> None:
    assert violations(api.post(f"{PATH}:preview", body)) == [("email_template", "missing")]


def test_a_preview_shows_what_is_not_stored_yet(world: World, api: Caller) -> None:
    message = read(api.post(f"{PATH}:preview", {"email_template": {"subject": "Maybe {{ display_name }}"}}))
    assert message["subject"] == "Maybe Ada Lovelace"
    assert read(api.get(PATH))["is_default"]


@pytest.fixture
def ada(world: World, client: Client) -> Caller:
    """Ada's own token."""
    passkey = ceremonies.give_passkey(world, world.ada)
    scope = "openid themes:read themes:update"
    tokens = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, world.acme.console), passkey, scope=scope)
    return Caller(client, tokens["access_token"], world.realm)


def test_a_test_goes_to_who_asks_for_it(world: World, ada: Caller) -> None:
    body = {"email_template": {"subject": "Aboard", "body_html": BODY}}
    assert read(ada.post(f"{PATH}:sendTest", body)) == {"recipient": "ada@acme.test"}
    row = OutgoingMail.objects.get(realm=world.realm)
    message = sent(world.realm)
    assert (row.recipient, message["subject"]) == ("ada@acme.test", "[Test] Aboard")
    assert "Welcome aboard, Ada" in message["html"]
    event = record.last(world.realm, EventType.EMAIL_TEMPLATE_CHANGE)
    assert (event.data["action"], event.actor_id) == ("SEND_TEST", world.ada.pk)


def test_nobody_else_is_sent_a_test(world: World, api: Caller, ada: Caller) -> None:
    assert read(api.post(f"{PATH}:sendTest"), 403) == FORBIDDEN
    assert violations(ada.post(f"{PATH}:sendTest", {"recipient": "eve@evil.test"}))
    assert not OutgoingMail.objects.filter(realm=world.realm).exists()


def test_who_has_no_address_gets_none(world: World, ada: Caller) -> None:
    Identity.objects.filter(pk=world.ada.pk).update(primary_email_address="")
    assert read(ada.post(f"{PATH}:sendTest"), 422)["message"] == "there is no address to send it to"


def test_ten_tests_an_hour_are_enough(world: World, ada: Caller) -> None:
    codes = [ada.post(f"{PATH}:sendTest").status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
    assert OutgoingMail.objects.filter(realm=world.realm).count() == 10


def test_a_wording_that_no_longer_renders_gives_way_to_ours(world: World, api: Caller) -> None:
    change(api, subject="S")
    EmailTemplate.objects.update(body_html="<marquee>{{ action_url }}</marquee>")
    message = invite(world)
    assert message["subject"] == "Create your passkey for Acme"
    assert "marquee" not in message["html"]
