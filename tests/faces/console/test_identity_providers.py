"""Identity providers at the console: added, checked, changed, switched, deleted; and who signs in through them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.events.types import EventType
from apps.federation import configuration, discovery
from apps.federation import services as federation
from apps.federation.models import IdentityLink, IdentityProvider
from tests import record, vouching
from tests.vouching import Provider
from tests.world import World

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Contoso",
    "issuer": "https://93.184.215.14/realms/staff",
    "client_id": "ic",
    "client_secret": "hush-hush",
    "scopes": "openid email",
    "username": "upn",
    "further": "title = job_title",
    "link_by_verified_email": "on",
}


@pytest.fixture
def there(settings: Any) -> Iterator[Provider]:
    settings.OUTGOING_ALLOW_LOOPBACK = True
    with vouching.listening() as provider:
        yield provider


def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/identity-providers"


def made(world: World, **given: Any) -> IdentityProvider:
    own = {"type": "oidc", "issuer": FORM["issuer"], "client_id": "ic", "client_secret": "hush-hush", **given}
    return federation.create_identity_provider(world.ctx, world.realm, display_name="Contoso", **own)


def test_one_is_added_and_shows_what_to_register(ada: Client, world: World) -> None:
    assert "No identity providers yet" in ada.get(base(world)).content.decode()
    answer = ada.post(f"{base(world)}/new", FORM)
    provider = IdentityProvider.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{base(world)}/{provider.pk}")
    assert provider.attribute_map == {"username": "upn", "title": "job_title"}
    assert (provider.scopes, provider.link_by_verified_email) == (["openid", "email"], True)
    page = ada.get(answer["Location"]).content.decode()
    assert configuration.redirect_uri(provider) in page
    assert "hush-hush" not in page
    assert "Nobody new gets in" not in page
    assert provider.issuer in ada.get(base(world)).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"issuer": "http://93.184.215.14"}, "Must be https"),
        ({"issuer": "https://127.0.0.1"}, "not public"),
        ({"scopes": "email"}, "openid"),
        ({"further": "title"}, "field = claim"),
        ({"further": "primary_email_address = upn"}, "nknown field"),
        ({"name": "<b>"}, "character"),
        ({"client_secret": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(ada: Client, world: World, wrong: dict[str, str], words: str) -> None:
    answer = ada.post(f"{base(world)}/new", FORM | wrong)
    assert answer.status_code == 422
    assert words.lower() in answer.content.decode().lower()
    assert not IdentityProvider.objects.exists()


def test_an_issuer_stands_once(ada: Client, world: World) -> None:
    made(world)
    answer = ada.post(f"{base(world)}/new", FORM)
    assert "This realm has a provider with that issuer" in answer.content.decode()


def test_a_change_keeps_the_secret_and_both_sides_of_a_conflict_are_shown(ada: Client, world: World) -> None:
    provider = made(world)
    path = f"{base(world)}/{provider.pk}"
    form = {**FORM, "client_secret": "", "name": "Fabrikam", "version": provider.updated_at.isoformat()}
    assert ada.post(f"{path}/edit", form).status_code == 303
    provider.refresh_from_db()
    assert (provider.display_name, configuration.unseal(provider)) == ("Fabrikam", "hush-hush")
    assert provider.issuer == FORM["issuer"]
    assert ada.post(f"{path}/edit", form).status_code == 409


def test_it_is_checked_switched_and_deleted_by_its_name(ada: Client, world: World, there: Provider) -> None:
    path = f"{base(world)}/{made(world, issuer=there.issuer).pk}"
    assert "It answers" in ada.post(f"{path}/check", follow=True).content.decode()
    there.metadata = {"issuer": "https://evil.example"}
    assert "names another issuer" in ada.post(f"{path}/check", follow=True).content.decode()
    discovery.forget(there.issuer)
    ada.post(f"{path}/switch", {"enabled": "no"})
    assert IdentityProvider.objects.get().enabled is False
    assert ada.post(f"{path}/delete", {"confirmation": "contoso"}).status_code == 422
    assert ada.post(f"{path}/delete", {"confirmation": "Contoso"}).status_code == 303
    assert not IdentityProvider.objects.exists()


def test_administrators_have_none(ada: Client, world: World) -> None:
    place = f"/console/realms/{world.acme.admin_realm.pk}/identity-providers"
    assert "Not for administrators" in ada.get(place).content.decode()
    assert "administrators sign in with passkeys" in ada.post(f"{place}/new", FORM, follow=True).content.decode()
    assert not IdentityProvider.objects.exists()


def test_a_persons_link_is_seen_and_taken_away(ada: Client, world: World) -> None:
    provider = made(world)
    IdentityLink.objects.create(
        realm=world.realm, tenant_id=world.realm.tenant_id, provider=provider, identity=world.bob, subject="b",
        last_used_at=world.ctx.now, created_at=world.ctx.now, updated_at=world.ctx.now,
    )  # fmt: skip
    person = f"/console/realms/{world.realm.pk}/identities/{world.bob.pk}"
    assert "Signs in through" in ada.get(person).content.decode()
    assert ada.post(f"{person}/disconnect", {"provider": "x" * 40}).status_code == 404
    assert ada.post(f"{person}/disconnect", {"provider": provider.pk}).status_code == 303
    assert not IdentityLink.objects.exists()
    assert record.last(world.realm, EventType.IDENTITY_CHANGE).data["action"] == "UNLINK"


def test_who_may_only_read_changes_nothing(clerk: Any, world: World) -> None:
    provider = made(world)
    reader = clerk("realms:read", "identity-providers:read")
    page = reader.get(f"{base(world)}/{provider.pk}").content.decode()
    assert "Check provider" not in page
    assert "Delete provider" not in page
    for door in (
        "new",
        f"{provider.pk}/edit",
        f"{provider.pk}/check",
        f"{provider.pk}/switch",
        f"{provider.pk}/delete",
    ):
        assert reader.post(f"{base(world)}/{door}", FORM).status_code == 403
