"""What is dangerous wants the passkey of the last minutes: a stolen cookie is not enough, and nothing typed is lost."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from apps.applications.models import AccessToken
from apps.authentication.models import KeptAct, Session
from apps.authentication.services import Authenticated
from apps.core import secrets
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.directory.services import groups
from apps.events.models import Event
from apps.policy import selectors as policy
from apps.realms.models import Realm
from apps.tokens import assurance
from apps.tokens.issuer import endpoints_of
from apps.web import cookies
from tests import ceremonies
from tests.isolation import atlas
from tests.world import World, join

pytestmark = pytest.mark.django_db

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def session_of(client: Client) -> Session:
    return Session.objects.get(token_digest=secrets.digest(client.cookies[cookies.console_cookie()].value))


def grow_old(client: Client, **changes: Any) -> None:
    """Six minutes pass since the passkey."""
    session = session_of(client)
    proven_at = session.authenticated_at - timedelta(minutes=6)
    Session.objects.filter(pk=session.pk).update(**{"authenticated_at": proven_at, **changes})


def prove(world: World, client: Client, confirm: str, person: Identity, **changes: str) -> Any:
    """Follows the page's button to the issuer, where `person` gives a proof; returns the console's answer to it."""
    asked = {
        name: values[0] for name, values in parse_qs(urlsplit(client.get(f"{confirm}/prove")["Location"]).query).items()
    }
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    done = answer_of(world, asked, person)
    query = parse_qs(urlsplit(done.redirect_url).query)
    brought = {name: values[0] for name, values in query.items()} | changes
    return client.get("/console/callback", brought)


def answer_of(world: World, asked: dict[str, str], person: Identity) -> Authenticated:
    names = ("state", "nonce", "code_challenge", "prompt", "max_age", "claims")
    passkey = ceremonies.give_passkey(world, person)
    client = ceremonies.client_of(world, world.acme.console)
    return ceremonies.sign_in(
        replace(world.visitor, now=timezone.now()), client, passkey, **{name: asked[name] for name in names}
    )


def shown(client: Client, confirm: str) -> dict[str, str]:
    """The fields of the form that sends the act again."""
    page = client.get(confirm).content.decode()
    return dict(HIDDEN.findall(page))


@pytest.fixture
def spare(ada: Client, world: World) -> Realm:
    """A realm that could be deleted at once."""
    ada.post("/console/realms/new", {"name": "Spare", "classification": "SECURE_CUSTOMER"})
    return Realm.objects.get(tenant=world.acme.tenant, display_name="Spare")


@pytest.fixture
def deletion(ada: Client, spare: Realm) -> str:
    """Ada pressed "Delete realm" with a proof that is too old; the address of the page that asks for her passkey."""
    grow_old(ada)
    answer = ada.post(
        f"/console/realms/{spare.pk}/delete",
        {"confirmation": "Spare"},
        headers={"Referer": f"http://testserver/console/realms/{spare.pk}/settings"},
    )
    assert answer.status_code == 303
    assert answer["Location"].startswith("/console/confirm/")
    return str(answer["Location"])


def test_after_the_passkey_what_was_typed_is_there_and_one_press_does_it(
    ada: Client, world: World, spare: Realm, deletion: str
) -> None:
    assert "Confirm that it is you" in ada.get(deletion).content.decode()
    assert "confirmation" not in shown(ada, deletion)
    assert prove(world, ada, deletion, world.ada)["Location"] == deletion
    fields = shown(ada, deletion)
    assert fields["confirmation"] == "Spare"
    assert Realm.objects.filter(pk=spare.pk).exists()
    answer = ada.post(f"/console/realms/{spare.pk}/delete", fields)
    assert (answer.status_code, answer["Location"]) == (303, "/console/realms")
    assert not Realm.objects.filter(pk=spare.pk).exists()
    told = Event.objects.filter(realm_id=world.acme.admin_realm.pk, type="CONSOLE_SIGN_IN").order_by("id")
    assert [each.data.get("action", "") for each in told] == ["", "ASK_PROOF", "PROVE"]


def test_a_kept_act_is_sealed_and_sent_once(ada: Client, world: World, spare: Realm, deletion: str) -> None:
    assert b"Spare" not in bytes(KeptAct.objects.get().sealed_content)
    prove(world, ada, deletion, world.ada)
    fields = shown(ada, deletion)
    ada.post(f"/console/realms/{world.realm.pk}/delete", fields)
    again = ada.post(f"/console/realms/{spare.pk}/delete", fields)
    assert (again.status_code, again["Location"]) == (303, "/console/")
    assert Realm.objects.filter(pk=spare.pk).exists()
    assert ada.get(deletion).status_code == 404


def test_a_stolen_cookie_does_not_see_the_act_and_is_worth_nothing_after_the_proof(
    ada: Client, world: World, spare: Realm, deletion: str
) -> None:
    thief = Client()
    thief.cookies[cookies.console_cookie()] = ada.cookies[cookies.console_cookie()].value
    assert thief.get(deletion).status_code == 404  # another browser
    assert thief.get(f"{deletion}/prove").status_code == 404
    pressed = thief.post(f"/console/realms/{spare.pk}/delete", {"confirmation": "Spare"})
    assert ada.get(pressed["Location"]).status_code == 404  # nor does Ada meet what a thief prepared for her
    prove(world, ada, deletion, world.ada)
    assert thief.get("/console/realms").status_code == 302
    assert ada.get("/console/realms").status_code == 200
    assert Realm.objects.filter(pk=spare.pk).exists()


def test_somebody_elses_passkey_does_not_do_it(ada: Client, world: World, spare: Realm, deletion: str) -> None:
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    admins = directory.groups_in(world.acme.admin_realm).get(is_managed=True)
    groups.add_members(world.ctx, admins, [grace.pk])
    before = ada.cookies[cookies.console_cookie()].value
    answer = prove(world, ada, deletion, grace)
    assert answer.status_code == 403
    assert "somebody else signed in" in answer.content.decode()
    assert ada.cookies[cookies.console_cookie()].value == before
    assert "confirmation" not in shown(ada, deletion)


@pytest.mark.parametrize("lie", ["state", "iss", "code"])
def test_an_answer_that_does_not_fit_proves_nothing(ada: Client, world: World, deletion: str, lie: str) -> None:
    assert prove(world, ada, deletion, world.ada, **{lie: "something else"}).status_code in (400, 403)
    assert "confirmation" not in shown(ada, deletion)


def test_an_answer_proves_once(ada: Client, world: World, deletion: str) -> None:
    asked = {
        name: values[0] for name, values in parse_qs(urlsplit(ada.get(f"{deletion}/prove")["Location"]).query).items()
    }
    done = answer_of(world, asked, world.ada)
    name = f"identity_cloud_sign_in_{asked['state'][:16]}"
    kept, brought = (
        ada.cookies[name].value,
        {"code": done.code, "state": asked["state"], "iss": endpoints_of(world.acme.console).issuer},
    )
    assert ada.get("/console/callback", brought).status_code == 302
    grow_old(ada)
    ada.cookies[name] = kept
    assert ada.get("/console/callback", brought).status_code == 403
    assert not session_of(ada).authenticated_at > session_of(ada).last_seen_at - timedelta(minutes=5)


def test_a_code_by_mail_is_no_passkey(ada: Client, spare: Realm) -> None:
    grow_old(ada, authenticated_at=session_of(ada).authenticated_at, acr=assurance.OTP)
    answer = ada.post(f"/console/realms/{spare.pk}/delete", {"confirmation": "Spare"})
    assert answer["Location"].startswith("/console/confirm/")


def test_two_tabs_each_keep_their_own(ada: Client, world: World, spare: Realm, deletion: str) -> None:
    rotate = f"/console/realms/{world.realm.pk}/settings/signing-keys/rotate"
    other = ada.post(rotate, {"replaces": "x"})["Location"]
    first = ada.get(f"{deletion}/prove")
    prove(world, ada, other, world.ada)
    assert shown(ada, deletion)["confirmation"] == "Spare"  # the other tab's proof is the same person's
    assert shown(ada, other)["replaces"] == "x"
    assert first.status_code == 302


def test_an_act_of_a_session_is_no_other_sessions(
    ada: Client, world: World, deletion: str, sign_in: Callable[..., Client]
) -> None:
    again = sign_in(world.acme)
    again.cookies["csrftoken"] = ada.cookies["csrftoken"].value
    assert again.get(deletion).status_code == 404


def test_few_acts_wait_at_once_and_none_for_long(ada: Client, world: World, deletion: str) -> None:
    for number in range(12):
        ada.post(f"/console/realms/{world.realm.pk}/delete", {"confirmation": str(number)})
    assert KeptAct.objects.count() == 10
    assert ada.get(deletion).status_code == 404


def test_what_is_too_large_to_keep_is_refused(ada: Client, world: World) -> None:
    grow_old(ada)
    answer = ada.post(f"/console/realms/{world.realm.pk}/delete", {"confirmation": "x" * 300_000})
    assert answer["Location"] == "/console/"
    assert not KeptAct.objects.exists()


DANGEROUS = (
    "realms/{realm_id}/delete", "realms/{realm_id}/settings/signing-keys/rotate",
    "realms/{realm_id}/settings/signing-keys/{key_id}/retire", "realms/{realm_id}/applications/new",
    "realms/{realm_id}/applications/{application_id}/rotate-secret",
    "realms/{realm_id}/applications/{application_id}/delete", "realms/{realm_id}/applications/bulk",
    "realms/{realm_id}/applications/{application_id}/tokens/new", "realms/{realm_id}/provisioning/token",
    "realms/{realm_id}/policy/publish", "realms/{realm_id}/authenticators/{config_id}/delete",
    "realms/{realm_id}/resource-servers/{resource_server_id}/delete", "realms/{realm_id}/roles/{role_id}/delete",
    "realms/{realm_id}/resource-servers/bulk", "realms/{realm_id}/roles/bulk", "administrators/bulk",
    "realms/{realm_id}/groups/{group_id}/delete", "realms/{realm_id}/identities/{identity_id}/delete",
    "realms/{realm_id}/identities/{identity_id}/passkeys/new", "realms/{realm_id}/streams/new",
    "realms/{realm_id}/streams/{stream_id}/edit", "realms/{realm_id}/streams/{stream_id}/rotate-secret",
    "realms/{realm_id}/identity-providers/new", "realms/{realm_id}/identity-providers/{provider_id}/edit",
    "realms/{realm_id}/identity-providers/{provider_id}/delete",
    "realms/{realm_id}/streams/{stream_id}/delete", "administrators/new", "administrators/set-up",
    "administrators/{identity_id}", "administrators/{identity_id}/link", "administrators/{identity_id}/remove",
)  # fmt: skip


def test_every_dangerous_door_asks_and_does_nothing_meanwhile(ada: Client, world: World) -> None:
    here = atlas.furnish(world, world.acme.customers)
    grow_old(ada)
    version, tokens = policy.published(world.realm).version, AccessToken.objects.count()
    told = Event.objects.count()
    for template in DANGEROUS:
        answer = ada.post(f"/console/{template.format(**here)}", {"confirmation": "x", "kind": "web"})
        assert answer.status_code == 303, template
        assert answer["Location"].startswith("/console/confirm/"), template
    assert (policy.published(world.realm).version, AccessToken.objects.count()) == (version, tokens)
    new = Event.objects.order_by("-id")[: Event.objects.count() - told]
    assert {(each.type, each.data["action"]) for each in new} == {("CONSOLE_SIGN_IN", "ASK_PROOF")}


@pytest.mark.parametrize(
    "path",
    [
        "identities/{ada}/suspend",
        "identities/{ada}/passkeys/new",
        "groups/{group}/add",
        "groups/{group}/remove",
        "roles/new",
        "applications/{application}/configuration",
        "authenticators/{config}",
    ],
)
def test_in_the_admin_realm_people_and_rights_are_administrators(ada: Client, world: World, path: str) -> None:
    realm = world.acme.admin_realm
    group = directory.groups_in(realm).get(is_managed=True)
    grow_old(ada)
    api, config = world.acme.management_api.pk, world.acme.console.authenticator_config_id
    where = path.format(ada=world.ada.pk, group=group.pk, application=api, config=config)
    answer = ada.post(f"/console/realms/{realm.pk}/{where}", {"delivery": "EMAIL"})
    assert answer["Location"].startswith("/console/confirm/")


def test_elsewhere_daily_work_asks_for_nothing(ada: Client, world: World) -> None:
    grow_old(ada)
    for path in (f"identities/{world.bob.pk}/suspend", f"groups/{world.acme.customers.contractors.pk}/edit"):
        answer = ada.post(f"/console/realms/{world.realm.pk}/{path}", {"name": "Contractors"})
        assert "/console/confirm/" not in answer.get("Location", "")


def test_who_lacks_the_right_is_not_asked_for_a_passkey(world: World, clerk: Callable[..., Client]) -> None:
    clara = clerk("realms:read")
    grow_old(clara)
    assert clara.post(f"/console/realms/{world.realm.pk}/delete", {"confirmation": "x"}).status_code == 403
    assert not KeptAct.objects.exists()
