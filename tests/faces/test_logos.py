"""A logo's way: taken in over the API, named by a theme, fetched by anybody (contract/extensions.md §9)."""

import base64
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.events.models import Event
from apps.events.types import EventType
from apps.realms import logos, themes
from apps.realms.look import look_of
from apps.realms.models import Logo
from tests import ceremonies, record
from tests.drawing import drawn
from tests.faces.api.caller import Caller, read, violations
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(world: World, client: Client) -> Caller:
    return Caller(client, ceremonies.management_token(world.ctx, world.acme), world.realm)


def uploaded(api: Caller, content: bytes = b"") -> Any:
    text = base64.b64encode(content or drawn("acme")).decode()
    return api.post("/logos", {"logo": {"content": text}})


def fetched(client: Client, url: str, **headers: str) -> Any:
    return client.get(url.removeprefix(settings.IDENTITY_CLOUD_AUTH_URL), headers=headers)


def test_an_uploaded_logo_is_named_by_a_theme_and_fetched_by_anybody(world: World, api: Caller) -> None:
    logo = read(uploaded(api))
    assert (logo["media_type"], logo["width"], logo["height"]) == ("image/png", 64, 32)
    made = read(api.post("/themes", {"theme": {"email_realm_name": "Acme", "logo_url_light": logo["url"]}}))
    assert made["logo_url_light"] == logo["url"] == look_of(world.realm).logo_url
    assert read(api.patch(f"/themes/{made['id']}", {"theme": made}))["logo_url_light"] == logo["url"]
    found = fetched(Client(), logo["url"])
    assert found.content == bytes(Logo.objects.get().content)
    assert found["Content-Type"] == "image/png"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert found["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "immutable" in found["Cache-Control"]
    assert not found.cookies
    again = fetched(Client(), logo["url"], **{"If-None-Match": found["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_record_names_the_digest_and_never_the_picture(world: World, api: Caller) -> None:
    theme = themes.create_theme(world.ctx, world.realm, email_realm_name="Acme")
    logo = read(uploaded(api))
    uploading = record.last(world.realm, EventType.THEME_CHANGE)
    digest = logo["url"].rpartition("/")[2]
    assert uploading.data == {"action": "UPLOAD_LOGO", "digest": digest}
    api.patch(f"/themes/{theme.pk}", {"theme": {"logo_url_light": logo["url"]}})
    (before, after) = record.last(world.realm, EventType.THEME_CHANGE).data["changes"]["logo_url_light"]
    assert (before, after.rpartition("/")[2]) == ("", digest)
    assert all(len(str(event.data)) < 2_000 for event in Event.objects.filter(type=EventType.THEME_CHANGE))


def test_the_same_picture_is_one_logo_and_each_realm_has_its_own(world: World, api: Caller) -> None:
    first, again = read(uploaded(api)), read(uploaded(api))
    elsewhere = read(uploaded(api.at(world.acme.staff.realm)))
    assert first == again
    assert first["id"] != elsewhere["id"]
    assert Logo.objects.count() == 2


def test_a_theme_names_only_logos_of_its_own_realm(world: World, api: Caller) -> None:
    theme = themes.create_theme(world.ctx, world.realm, email_realm_name="Acme")
    staff = read(uploaded(api.at(world.acme.staff.realm)))["url"]
    evil = logos.address_of(logos.path_of(logos.keep_logo(world.ctx, world.evil.customers.realm, drawn("evil"))))
    own = read(uploaded(api))["url"]
    digest = own.rpartition("/")[2]
    for wrong in (staff, evil, own.replace(digest, "0" * 64)):
        expected = [("theme.logo_url_dark", "there is no such logo in this realm")]
        assert violations(api.patch(f"/themes/{theme.pk}", {"theme": {"logo_url_dark": wrong}})) == expected
    for path in (f"/realms/{world.realm.pk}", f"/tenants/{world.acme.tenant.pk}"):
        foreign = own.replace(path, f"{path.rpartition('/')[0]}/0000000000000000")
        assert fetched(Client(), foreign).status_code == 404
    assert fetched(Client(), staff.replace(staff.rpartition("/")[2], "x")).status_code == 404


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("logo.content", "missing")),
        ({"content": None}, ("logo.content", "not a string")),
        ({"content": 7}, ("logo.content", "not a string")),
        ({"content": "%%%"}, ("logo.content", "not base64")),
        ({"content": "é"}, ("logo.content", "not base64")),
        ({"content": "PHN2Zz4="}, ("logo.content", "must be a PNG, JPEG or WebP picture")),
        ({"content": "A" * 700_000}, ("logo.content", "larger than 512 KiB")),
        ({"content": "", "url": "https://acme.test"}, ("logo.url", "unknown field")),
    ],
)
def test_what_is_no_picture_is_refused(api: Caller, given: Any, expected: tuple[str, str]) -> None:
    assert expected in violations(api.post("/logos", {"logo": given}))
    assert not Logo.objects.exists()


def test_what_nobody_names_is_forgotten_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logos, "KEPT", 2)
    worn = logos.keep_logo(world.ctx, world.realm, drawn("worn"))
    once = logos.keep_logo(world.ctx, world.realm, drawn("once"))
    theme = themes.create_theme(world.ctx, world.realm, email_realm_name="A", logo_url_light=logos.path_of(once))
    themes.update_theme(world.ctx, theme, logo_url_light=logos.path_of(worn))
    tried = [logos.keep_logo(world.ctx, world.realm, drawn(f"tried {n}")) for n in range(4)]
    kept = {logo.digest for logo in Logo.objects.all()}
    assert kept == {worn.digest, once.digest, tried[2].digest, tried[3].digest}
