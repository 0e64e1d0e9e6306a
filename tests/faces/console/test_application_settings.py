"""What an application's settings let an administrator choose: refresh tokens, signing out, keys, profiles, consent."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors as applications
from apps.applications.models import Application
from apps.applications.protocol import DEVICE_CODE
from apps.applications.services import applications as applications_verbs
from apps.authentication.models import Session
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.tokens.issuer import discovery
from tests.words import words_of
from tests.world import World

pytestmark = pytest.mark.django_db

KEY = {"kty": "EC", "crv": "P-256", "kid": "one", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip


def address(application: Application) -> str:
    return f"/console/realms/{application.realm_id}/applications/{application.pk}/configuration"


def form_of(client: Client, application: Application, **changes: Any) -> dict[str, Any]:
    """The form as it stands, with some answers changed; a switch that is False is not sent, as a browser would not."""
    form = client.get(address(application)).context["form"]
    values = {name: form[name].value() for name in form.fields} | changes
    return {name: value for name, value in values.items() if value is not None and value is not False}


def save(client: Client, application: Application, **changes: Any) -> Any:
    return client.post(address(application), form_of(client, application, **changes))


def fresh(application: Application) -> Application:
    return applications.get_application_at(application.tenant_id, application.realm_id, application.pk)


def refused(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


def machine(world: World) -> Application:
    return applications_verbs.create_application(
        world.ctx,
        world.acme.admin_realm,
        display_name="Robot",
        protocol_config={
            "type": "oauth2",
            "grant_type": ["client_credentials"],
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
        },
    ).application


def public(world: World) -> Application:
    return applications_verbs.create_application(
        world.ctx,
        world.realm,
        display_name="Phone",
        protocol_config={
            "type": "oidc",
            "confidentiality": "public",
            "redirect_uris": ["com.phone.app:/back"],
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
        },
        authenticator_config=world.acme.customers.config,
    ).application


def test_refresh_tokens_are_given_for_as_long_and_in_the_way_that_is_chosen(world: World, ada: Client) -> None:
    assert save(ada, world.application, refresh_enabled="on", refresh_expires_after="604800").status_code == 303
    row = fresh(world.application)
    chosen = (row.refresh_token_enabled, row.refresh_token_expires_after_seconds, row.refresh_token_rotates)
    assert chosen == (True, 604_800, True)
    save(ada, world.application, refresh_rotates=False)
    assert fresh(world.application).refresh_token_rotates is False
    save(ada, world.application, refresh_enabled=False)
    assert fresh(world.application).refresh_token_enabled is False


def test_signing_out_has_its_addresses(world: World, ada: Client) -> None:
    save(
        ada,
        world.application,
        post_logout_redirect_uris="https://shop.test/bye\r\nhttps://shop.test/seen",
        backchannel_logout_uri="https://shop.test/ended",
        backchannel_logout_session_required="on",
    )
    row = fresh(world.application)
    assert row.post_logout_redirect_uri_list == ["https://shop.test/bye", "https://shop.test/seen"]
    assert (row.backchannel_logout_uri, row.backchannel_logout_session_required) == ("https://shop.test/ended", True)


def test_a_client_proves_itself_by_keys_that_are_pasted(world: World, ada: Client) -> None:
    save(ada, world.application, auth_method="private_key_jwt", jwks=json.dumps({"keys": [KEY]}))
    row = fresh(world.application)
    assert (row.token_endpoint_auth_method, row.jwks) == ("private_key_jwt", {"keys": [KEY]})
    assert '"kid": "one"' in ada.get(address(row)).context["form"]["jwks"].value()
    save(ada, world.application, jwks="", jwks_uri="https://shop.test/jwks.json")
    row = fresh(world.application)
    assert (row.jwks, row.jwks_uri) == (None, "https://shop.test/jwks.json")


def test_other_keys_ask_for_the_passkey_as_a_new_secret_does(world: World, ada: Client) -> None:
    keys = {"auth_method": "private_key_jwt", "jwks": json.dumps({"keys": [KEY]})}
    save(ada, world.application, **keys)
    Session.objects.exclude(application=None).update(authenticated_at=world.ctx.now - timedelta(minutes=6))
    indented = {"jwks": json.dumps({"keys": [KEY]}, indent=8), "name": "Renamed"}
    assert save(ada, world.application, **indented)["Location"].endswith("/configuration")
    assert fresh(world.application).display_name == "Renamed"
    for changes in (
        {"jwks": json.dumps({"keys": [{**KEY, "kid": "mine"}]})}, {"auth_method": "client_secret"},
        {"jwks": "", "jwks_uri": "https://evil.test/jwks"}, {"jwks": ""},
    ):  # fmt: skip
        answer = save(ada, world.application, **changes)
        assert answer["Location"].startswith("/console/confirm/"), changes
    assert fresh(world.application).jwks == {"keys": [KEY]}


def test_a_client_with_keys_is_told_of_no_secret(world: World, ada: Client) -> None:
    save(ada, world.application, auth_method="private_key_jwt", jwks=json.dumps({"keys": [KEY]}))
    pages = [ada.get(address(world.application).replace("/configuration", path)) for path in ("", "/quick-start")]
    for page in pages:
        assert "proves itself with its keys" in page.content.decode()
        assert "CLIENT_SECRET" not in page.content.decode()
        assert 'id="rotate"' not in page.content.decode()


def test_the_endpoints_are_those_that_discovery_tells_of(world: World, ada: Client) -> None:
    shown = ada.get(address(world.application).replace("/configuration", "")).context["endpoints"]
    told = {str(value) for name, value in discovery(world.application).items() if name.endswith(("_endpoint", "_uri"))}
    issuer = f"/v1/{world.application.path}"
    assert {each["path"] for each in shown} == {url.partition(issuer)[2] for url in told} | {
        "/.well-known/openid-configuration"
    }


def test_the_way_a_secret_is_sent_stays_as_it_was_said(world: World, ada: Client) -> None:
    applications_verbs.update_application(
        world.ctx, fresh(world.application), protocol_config={"token_endpoint_auth_method": "client_secret_post"}
    )
    save(ada, world.application, name="Storefront")
    assert fresh(world.application).token_endpoint_auth_method == "client_secret_post"


def test_the_switches_of_advanced_security_are_what_they_say(world: World, ada: Client) -> None:
    save(ada, world.application, par="on", dpop="on", pairwise="on", third_party="on", device_flow="on")
    row = fresh(world.application)
    assert (row.require_pushed_authorization_requests, row.dpop_bound_access_tokens) == (True, True)
    assert (row.subject_type, row.is_first_party) == ("pairwise", False)
    assert row.grant_types == ["authorization_code", DEVICE_CODE]
    save(ada, world.application, par=False, dpop=False, pairwise=False, third_party=False, device_flow=False)
    row = fresh(world.application)
    assert (row.require_pushed_authorization_requests, row.dpop_bound_access_tokens) == (False, False)
    assert (row.subject_type, row.is_first_party, row.grant_types) == ("public", True, ["authorization_code"])


def test_only_signed_requests_needs_the_keys_to_check_them(world: World, ada: Client) -> None:
    answer = save(ada, world.application, signed="on")
    assert answer.context["form"].errors.keys() == {"signed"}
    save(ada, world.application, signed="on", jwks=json.dumps({"keys": [KEY]}))
    assert fresh(world.application).require_signed_request_object
    save(ada, world.application, signed=False, jwks=json.dumps({"keys": [KEY]}))
    assert not fresh(world.application).require_signed_request_object


def test_fapi2_is_one_choice_with_its_conditions(world: World, ada: Client) -> None:
    keys = {"auth_method": "private_key_jwt", "jwks": json.dumps({"keys": [KEY]})}
    assert save(ada, world.application, security_profile="fapi2", **keys).status_code == 303
    row = fresh(world.application)
    assert (row.is_fapi2, row.requires_pushed_requests, row.requires_dpop) == (True, True, True)
    page = ada.get(address(row))
    assert page.context["form"].security_shown


def test_fapi2_says_at_each_field_what_it_still_needs(world: World, ada: Client) -> None:
    errors = refused(save(ada, world.application, security_profile="fapi2", pkce="plain", signing_algorithm="RS256"))
    assert errors.keys() == {"auth_method", "pkce", "signing_algorithm"}
    assert not fresh(world.application).is_fapi2


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"auth_method": "private_key_jwt"}, "jwks", "Paste the client's public keys"),
        ({"jwks": "{"}, "jwks", "This is no JSON"),
        ({"jwks": '{"keys": [], "keys": []}'}, "jwks", "a key is given twice"),
        ({"jwks": "[" * 40 + "]" * 40}, "jwks", "nested deeper than 32"),
        ({"jwks": "[]"}, "jwks", "with one key at least"),
        ({"jwks": '"text"'}, "jwks", "with one key at least"),
        ({"jwks": "1e999"}, "jwks", "This is no JSON"),
        ({"jwks": json.dumps({"keys": [{**KEY, "d": "secret"}]})}, "jwks", "give public keys only"),
        ({"jwks": json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]})}, "jwks", "give public keys only"),
        ({"jwks": "x" * 70_000}, "jwks", "at most 65536 characters"),
        ({"jwks": json.dumps({"keys": [KEY]}), "jwks_uri": "https://a.test/j"}, "jwks_uri", "not both"),
        ({"jwks_uri": "http://shop.test/jwks"}, "jwks_uri", "Must be https"),
        ({"jwks_uri": "https://a.test/\x00"}, "jwks_uri", "Null characters are not allowed"),
        ({"backchannel_logout_uri": "ftp://x"}, "backchannel_logout_uri", "Scheme not allowed"),
        ({"post_logout_redirect_uris": "https://a.test/#x"}, "post_logout_redirect_uris", "a fragment"),
        ({"sector_identifier_uri": "nowhere"}, "sector_identifier_uri", ""),
        ({"pairwise": "on", "subject_field": "email"}, "subject_field", "must be id for pairwise"),
        ({"refresh_expires_after": "-1"}, "refresh_expires_after", "Select a valid choice"),
        ({"security_profile": "fapi3"}, "security_profile", "Select a valid choice"),
        ({"token_format": "opaque"}, "token_format", "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_saved(
    world: World, ada: Client, changes: dict[str, str], field: str, words: str
) -> None:
    errors = refused(save(ada, world.application, name="Changed", **changes))
    assert errors.keys() == {field}
    assert words.lower() in " ".join(errors[field]).lower()
    assert fresh(world.application).display_name == "Shop"


def test_what_is_wrong_in_advanced_security_does_not_hide(world: World, ada: Client) -> None:
    assert not ada.get(address(world.application)).context["form"].security_shown
    assert save(ada, world.application, auth_method="private_key_jwt").context["form"].security_shown


def test_a_change_beside_somebody_elses_shows_switches_in_words(world: World, ada: Client) -> None:
    form = form_of(ada, world.application, name="Mine")
    applications_verbs.update_application(
        world.request,
        fresh(world.application),
        protocol_config={"is_first_party": False, "token_configuration": {"refresh_token": {"enabled": True}}},
        seen_at=None,
    )
    row = Application.objects.get(pk=world.application.pk)
    form["version"] = "2020-01-01T00:00:00+00:00"
    answer = ada.post(address(row), form)
    assert answer.status_code == 409
    assert {(each.label, each.stored) for each in answer.context["form"].differences} == {
        ("Name", "Shop"),
        ("Somebody else's application", "on"),
        ("Give refresh tokens", "on"),
    }


def test_a_machine_is_asked_nothing_that_is_about_people(world: World, ada: Client) -> None:
    application = machine(world)
    fields = ada.get(address(application)).context["form"].fields.keys()
    people = {"redirect_uris", "refresh_enabled", "third_party", "pairwise", "post_logout_redirect_uris", "device_flow"}
    assert not fields & people
    assert {"auth_method", "dpop", "target_realm", "token_format"} <= fields
    assert save(ada, application).status_code == 303
    assert "changes" not in events.events_in(application.realm, EventFilter(types=["APPLICATION_CHANGE"]))[0].data


def test_a_public_client_has_no_keys_and_no_profile(world: World, ada: Client) -> None:
    application = public(world)
    fields = ada.get(address(application)).context["form"].fields.keys()
    assert not fields & {"auth_method", "jwks", "jwks_uri", "security_profile", "target_realm"}
    assert save(ada, application, dpop="on", refresh_enabled="on").status_code == 303
    row = fresh(application)
    assert (row.requires_dpop, row.refresh_token_enabled, row.token_endpoint_auth_method) == (True, True, "none")


def test_an_application_of_the_admin_realm_is_narrowed_to_one_realm(world: World, ada: Client) -> None:
    application = machine(world)
    assert save(ada, application, target_realm=world.realm.pk).status_code == 303
    assert fresh(application).target_realm_id == world.realm.pk
    save(ada, application, target_realm="")
    assert fresh(application).target_realm_id is None


def test_another_tenants_realm_is_no_target(world: World, ada: Client) -> None:
    application = machine(world)
    assert refused(save(ada, application, target_realm=world.evil.customers.realm.pk)).keys() == {"target_realm"}
    assert "Evil" not in words_of(ada.get(address(application)))


def test_who_may_only_read_is_told_the_same_in_words(world: World, ada: Client, clerk: Any) -> None:
    keys = {"auth_method": "private_key_jwt", "jwks": json.dumps({"keys": [KEY]})}
    save(ada, world.application, security_profile="fapi2", refresh_enabled="on", third_party="on", **keys)
    page = clerk("applications:read").get(address(world.application)).content.decode()
    for words in ("FAPI 2.0", "Client keys (private_key_jwt)", "people are asked", "Refresh tokens"):
        assert words in page
    assert 'name="security_profile"' not in page
