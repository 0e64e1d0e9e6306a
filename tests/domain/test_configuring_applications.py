"""What an application and its authenticator may be told: every wrong field by its path, no dangerous URL, no crash."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.applications import protocol
from apps.authenticators import configuration, urls_allowed
from apps.core.errors import Invalid

WEB = {
    "type": "oidc", "confidentiality": "confidential", "grant_type": ["authorization_code"],
    "redirect_uris": ["https://shop.acme.test/callback"],
    "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256", "subject_field": "id"},
    "pkce": "s256", "allowed_scopes": ["stock:read"], "token_format": "self_contained",
}  # fmt: skip
ROOT = "application.protocol_config"
SIGNING = "token_configuration.token_signing_algorithm"


def parse(has_authenticator=True, **changes):
    given = {name: value for name, value in {**WEB, **changes}.items() if value is not ...}
    return protocol.parse(given, available_scopes=["stock:read", "stock:write"], has_authenticator=has_authenticator)


def wrong(**changes):
    with pytest.raises(Invalid) as refused:
        parse(**changes)
    return [violation.field.removeprefix(f"{ROOT}.") for violation in refused.value.violations]


def test_an_ordinary_web_application_is_taken():
    config = parse()
    assert (config.protocol, config.pkce, config.grant_types) == ("oidc", "s256", ("authorization_code",))
    assert config.redirect_uris == ("https://shop.acme.test/callback",)
    assert (config.expires_after_seconds, config.signing_algorithm) == (3600, "ES256")


def test_what_only_answers_carry_is_ignored_in_a_request():
    parse(client_id="mine", client_secret="mine")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": ...}, "type"), ({"type": "saml"}, "type"), ({"type": []}, "type"),
        ({"confidentiality": "secret"}, "confidentiality"),
        ({"grant_type": []}, "grant_type"), ({"grant_type": "authorization_code"}, "grant_type"),
        ({"grant_type": ["password"]}, "grant_type"), ({"grant_type": ["implicit"]}, "grant_type"),
        ({"grant_type": [["authorization_code"]]}, "grant_type"), ({"grant_type": [None]}, "grant_type"),
        ({"redirect_uris": []}, "redirect_uris"), ({"redirect_uris": "https://a.test"}, "redirect_uris"),
        ({"redirect_uris": [None]}, "redirect_uris.0"), ({"redirect_uris": ["https://a.test", {}]}, "redirect_uris.1"),
        ({"allowed_scopes": "stock:read"}, "allowed_scopes"), ({"allowed_scopes": ["openid"]}, "allowed_scopes.0"),
        ({"allowed_scopes": ["stock:read", "stock:*"]}, "allowed_scopes.1"), ({"allowed_scopes": [[]]}, "allowed_scopes.0"),
        ({"pkce": "none"}, "pkce"), ({"pkce": "disabled", "confidentiality": "public"}, "pkce"),
        ({"token_format": "jwt"}, "token_format"),
        ({"token_configuration": []}, "token_configuration"), ({"token_configuration": "x"}, "token_configuration"),
        ({"token_configuration": {"expires_after": 0}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": -1}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": True}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": "60"}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": 10**12}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": 60, "token_signing_algorithm": "none"}}, SIGNING),
        ({"token_configuration": {"expires_after": 60, "token_signing_algorithm": "HS256"}}, SIGNING),
        ({"token_configuration": {"expires_after": 60, "subject_field": "phone"}}, "token_configuration.subject_field"),
        ({"token_configuration": {"expires_after": 60, "colour": 1}}, "token_configuration.colour"),
        ({"response_types": ["token"]}, "response_types"), ({"is_managed": True}, "is_managed"),
        ({"grant_type": ["client_credentials"], "confidentiality": "public", "type": "oauth2"}, "grant_type"),
        ({"grant_type": ["client_credentials"]}, "type"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_path(changes, field):
    assert field in wrong(**changes)


def test_every_mistake_is_named_at_once():
    assert set(wrong(type="x", pkce="y", redirect_uris=["javascript:alert(1)"], allowed_scopes=["z"])) == {
        "type", "pkce", "redirect_uris.0", "allowed_scopes.0",
    }  # fmt: skip


def test_signing_people_in_needs_an_authenticator_and_a_machine_does_not():
    assert wrong(has_authenticator=False) == ["application.authenticator_config_id"]
    parse(has_authenticator=False, type="oauth2", grant_type=["client_credentials"], redirect_uris=[])


DANGEROUS = [
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:x",
    "about:blank", "ftp://a.test", "ws://a.test", "wss://a.test", "app:/callback", "http://shop.acme.test/callback",
    "http://localhost.evil.test", "https://", "https:///callback", "//a.test", "/callback", "", "https://a.test/#x",
    "https://a.test/#", "https://ada@a.test", "https://ada:x@a.test", "https://*.a.test", "https://a.test.",
    "https://a.test:port", "https://a.test:99999", "https://a.test:0", "https://ä.test", "https://a.test/ x",
    "https://a.test/\r\nX: y", "https://a.test/\x00", "https://a.test\\@evil.test", "https://[::1",
    "x" * 2049, "https://a.test/" + "x" * 2048,
    None, 5, [], {}, "https://a.test/<script>", 'https://a.test/"', "http://0.0.0.0/", "http://10.0.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("uri", DANGEROUS, ids=lambda uri: ascii(uri)[:40])
def test_no_dangerous_redirect_is_registered(uri):
    assert urls_allowed.refuse_redirect(uri)
    assert "redirect_uris.0" in wrong(redirect_uris=[uri])


@pytest.mark.parametrize(
    "uri",
    ["https://a.test", "https://a.test/", "https://a.test:8443/x?y=z", "http://localhost:3000/callback", "http://127.0.0.1/",
     "http://[::1]:5000/", "https://xn--bcher-kva.test/"],
)  # fmt: skip
def test_ordinary_redirects_are_registered(uri):
    assert urls_allowed.refuse_redirect(uri) == ""


def test_an_apps_own_scheme_is_for_public_clients_and_has_a_dot():
    assert urls_allowed.refuse_redirect("com.acme.shop:/callback", private_use=True) == ""
    assert urls_allowed.refuse_redirect("com.acme.shop:/callback")
    assert urls_allowed.refuse_redirect("shop:/callback", private_use=True)


@pytest.mark.parametrize(
    "origin", ["https://a.test", "https://a.test:8443", "http://localhost:3000", "http://127.0.0.1:1"]
)
def test_ordinary_origins_are_trusted(origin):
    assert urls_allowed.refuse_origin(origin) == ""


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "", "a.test", "https://a.test/x", "https://a.test?x", "https://a.test#x", "http://a.test", "https://*.a.test",
     "https://ada@a.test", "ftp://a.test", "https://", "javascript:alert(1)", None, 5, "https://a.test https://b.test", "https://a.test\x00"],
)  # fmt: skip
def test_what_is_no_origin_is_not_trusted(origin):
    assert urls_allowed.refuse_origin(origin)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:x",
        "",
        None,
        "http://a.test/",
        "https://a.test/#x",
        "no-scheme",
        "https://a.test\r\n",
    ],
)
def test_what_must_not_be_invoked_is_refused(url):
    assert urls_allowed.refuse_invoke_url(url)


ATOMS = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PROTOCOL_FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(WEB, JSON))
CONFIG_FIELDS = st.fixed_dictionaries(
    {"type": st.sampled_from(["hosted_web", "embedded"]) | JSON},
    optional=dict.fromkeys(["authentication_methods", "trusted_origins", "invoke_url", "invocation_type", "x"], JSON),
)


@given(PROTOCOL_FIELDS)
def test_whatever_an_application_is_told_is_taken_or_refused_by_path(fields):
    try:
        protocol.parse({**WEB, **fields}, available_scopes=["stock:read"], has_authenticator=True)
    except Invalid as refusal:
        paths = [violation.field for violation in refusal.violations]
        assert all(path.startswith(("application.protocol_config", "application.authenticator")) for path in paths)  # noqa: PT017
        assert paths  # noqa: PT017


@given(CONFIG_FIELDS | JSON)
def test_whatever_an_authenticator_is_told_is_storable_or_refused_by_path(given_config):
    try:
        stored = configuration.parse(given_config)
    except Invalid as refusal:
        assert all(violation.field.startswith(configuration.ROOT) for violation in refusal.violations)  # noqa: PT017
    else:
        assert stored["type"] in ("hosted_web", "embedded")
        json.dumps(stored, allow_nan=False).encode()
