"""Refresh tokens, clients' keys, logout, pairwise subjects, FAPI 2.0: what may be configured, and what goes together."""

import pytest

from apps.applications import protocol
from apps.core.errors import Invalid

ROOT = "application.protocol_config"
KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
KEYS = {"keys": [{**KEY, "kid": "one"}]}
WEB = {
    "type": "oidc", "grant_type": ["authorization_code"], "redirect_uris": ["https://shop.acme.test/callback"],
    "token_configuration": {"expires_after": 3600},
}  # fmt: skip
FAPI2 = {"security_profile": "fapi2", "jwks": KEYS}


def parse(**changes):
    return protocol.parse({**WEB, **changes}, available_scopes=[], has_authenticator=True)


def token(**fields):
    return {"token_configuration": {"expires_after": 3600, **fields}}


def wrong(**changes):
    with pytest.raises(Invalid) as refused:
        parse(**changes)
    return [(each.field.removeprefix(f"{ROOT}."), each.description) for each in refused.value.violations]


def test_refresh_tokens_are_off_and_rotate_until_somebody_says_otherwise():
    config = parse()
    assert (config.refresh_token_enabled, config.refresh_token_rotates) == (False, True)
    assert config.refresh_token_expires_after_seconds == 0


@pytest.mark.parametrize("changes", [
    {"grant_type": ["authorization_code", "refresh_token"]},
    token(refresh_token={"enabled": True}),
])  # fmt: skip
def test_refresh_tokens_are_wanted_in_either_of_two_ways(changes):
    config = parse(**changes)
    assert (config.refresh_token_enabled, config.grant_types) == (True, ("authorization_code",))


@pytest.mark.parametrize(("changes", "field"), [
    (token(refresh_token=[]), "token_configuration.refresh_token"),
    (token(refresh_token={"enabled": 1}), "token_configuration.refresh_token.enabled"),
    (token(refresh_token={"rotate": "no"}), "token_configuration.refresh_token.rotate"),
    (token(refresh_token={"expires_after": -1}), "token_configuration.refresh_token.expires_after"),
    (token(refresh_token={"expires_after": True}), "token_configuration.refresh_token.expires_after"),
    (token(refresh_token={"forever": True}), "token_configuration.refresh_token.forever"),
    ({"grant_type": ["refresh_token"]}, "grant_type"),
    ({"post_logout_redirect_uris": "https://a.test"}, "post_logout_redirect_uris"),
    ({"post_logout_redirect_uris": ["http://a.test"]}, "post_logout_redirect_uris.0"),
    ({"backchannel_logout_uri": "http://a.test"}, "backchannel_logout_uri"),
    ({"backchannel_logout_uri": 7}, "backchannel_logout_uri"),
    ({"backchannel_logout_session_required": "yes"}, "backchannel_logout_session_required"),
    ({"jwks": {}}, "jwks"), ({"jwks": {"keys": []}}, "jwks"), ({"jwks": []}, "jwks"),
    ({"jwks": {"keys": [KEY] * 21}}, "jwks.keys"),
    ({"jwks": {"keys": [KEY, "x"]}}, "jwks.keys.1"),
    ({"jwks": {"keys": [{**KEY, "d": "secret"}]}}, "jwks.keys.0"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "secret"}]}}, "jwks.keys.0"),
    ({"jwks": {"keys": [{**KEY, "kid": 1}]}}, "jwks.keys.0"),
    ({"jwks": {"keys": [{**KEY, "n": "x" * 9000}]}}, "jwks.keys.0"),
    ({"jwks": KEYS, "jwks_uri": "https://a.test/keys"}, "jwks_uri"),
    ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
    ({"require_signed_request_object": True}, "require_signed_request_object"),
    ({"require_signed_request_object": "yes", "jwks": KEYS}, "require_signed_request_object"),
    ({"dpop_bound_access_tokens": None}, "dpop_bound_access_tokens"),
    ({"subject_type": "secret"}, "subject_type"),
    ({"subject_type": "pairwise", **token(subject_field="email")}, "token_configuration.subject_field"),
    ({"security_profile": "fapi1"}, "security_profile"),
    ({"is_first_party": "no"}, "is_first_party"), ({"target_realm_id": 1}, "target_realm_id"),
])  # fmt: skip
def test_what_is_wrong_is_told_by_its_path(changes, field):
    assert field in [named for named, _ in wrong(**changes)]


def test_fapi_2_brings_its_own_defaults():
    config = parse(**FAPI2)
    assert (config.token_endpoint_auth_method, config.signing_algorithm, config.pkce) == (
        "private_key_jwt",
        "ES256",
        "s256",
    )


@pytest.mark.parametrize(("changes", "field"), [
    ({"confidentiality": "public"}, "confidentiality"),
    ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
    ({"pkce": "plain"}, "pkce"), ({"jwks": None}, "jwks"),
    (token(token_signing_algorithm="RS256"), "token_configuration.token_signing_algorithm"),
])  # fmt: skip
def test_fapi_2_takes_nothing_weaker(changes, field):
    assert field in [named for named, _ in wrong(**{**FAPI2, **changes})]


def stored(**changes):
    refresh = {"enabled": True, "expires_after": 60, "rotate": True}
    base = {**WEB, "confidentiality": "confidential", "token_endpoint_auth_method": "client_secret_basic"}
    return {**base, **token(refresh_token=refresh, subject_field="id"), **changes}


def test_a_change_of_one_refresh_setting_leaves_the_others():
    whole = protocol.merged(stored(), {"token_configuration": {"refresh_token": {"rotate": False}}})
    assert whole["token_configuration"]["refresh_token"] == {"enabled": True, "expires_after": 60, "rotate": False}


def test_keys_in_the_one_form_replace_those_in_the_other():
    assert "jwks" not in protocol.merged(stored(jwks=KEYS), {"jwks_uri": "https://a.test/keys"})
    assert "jwks_uri" not in protocol.merged(stored(jwks_uri="https://a.test/keys"), {"jwks": KEYS})
