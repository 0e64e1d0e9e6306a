"""The authentication profile of a hosted authenticator: closed, consistent with the methods beside it, read back whole."""

from typing import Any

import pytest

from apps.authenticators import configuration
from apps.authenticators.profile import Method, profile_of
from apps.core.errors import Invalid
from tests.ceremonies import METHODS, PROFILE

CODE = "email_one_time_password"
ROOT = "authenticator_config.config.authentication_profile"
WHOLE = {
    "sign_up": {"enabled": True, "verify_email": "email_one_time_password"},
    "new_browser": {"verify_email": "email_one_time_password"},
    "returning": {"method": "webauthn_passkey", "fallback": "email_one_time_password"},
    "recovery": "email",
}


def parsed(profile: Any, methods: Any = METHODS, kind: str = "hosted_web") -> dict[str, Any]:
    given = {"type": kind, "authentication_methods": methods, "trusted_origins": [], "authentication_profile": profile}
    return configuration.parse(given | ({"invoke_url": "https://app.test/x"} if kind == "embedded" else {}))


def refused(profile: Any, **further: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as problem:
        parsed(profile, **further)
    return {each.field: each.description for each in problem.value.violations}


def test_a_profile_is_kept_as_it_is_and_what_is_left_out_is_filled_in() -> None:
    assert parsed(WHOLE)["authentication_profile"] == WHOLE
    assert parsed(PROFILE)["authentication_profile"] == WHOLE
    least = parsed({"returning": {"method": "software_passkey"}})["authentication_profile"]
    assert (least["sign_up"]["enabled"], least["returning"]["fallback"], least["recovery"]) == (
        False,
        "none",
        "admin_only",
    )


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"extra": 1}, "extra"),
        ({"sign_up": {"enabled": "yes"}}, "sign_up.enabled"),
        ({"sign_up": {"enabled": True, "verify_email": "sms"}}, "sign_up.verify_email"),
        ({"sign_up": {"enabled": True, "captcha": True}}, "sign_up.captcha"),
        ({"sign_up": []}, "sign_up"),
        ({"new_browser": {"verify_email": None}}, "new_browser.verify_email"),
        ({"returning": None}, "returning"),
        ({"returning": {}}, "returning.method"),
        ({"returning": {"method": "password"}}, "returning.method"),
        ({"returning": {"method": ["webauthn_passkey"]}}, "returning.method"),
        ({"returning": {"method": "webauthn_passkey", "fallback": "webauthn_passkey"}}, "returning.fallback"),
        ({"recovery": "sms"}, "recovery"),
        ({"recovery": {}}, "recovery"),
    ],
)
def test_what_is_unknown_or_of_the_wrong_kind_is_refused_with_its_path(change: dict[str, Any], path: str) -> None:
    assert list(refused({**WHOLE, **change})) == [f"{ROOT}.{path}"]


@pytest.mark.parametrize("profile", [[], "x", 1, True])
def test_a_profile_is_an_object(profile: Any) -> None:
    assert refused(profile) == {ROOT: "not an object"}


def test_nobody_is_asked_for_what_the_config_does_not_list() -> None:
    found = refused(WHOLE, methods=[{"type": "software_passkey"}])
    assert set(found) == {f"{ROOT}.returning.method", f"{ROOT}.returning.fallback"}


@pytest.mark.parametrize("methods", [[{"type": {}}], [{"type": []}], ["x"], {}, "x", [None]])
def test_odd_methods_beside_a_profile_are_refused_in_their_own_place(methods: Any) -> None:
    assert any(
        field.startswith("authenticator_config.config.authentication_methods")
        for field in refused(WHOLE, methods=methods)
    )


def test_embedded_authenticators_have_none() -> None:
    assert refused(WHOLE, kind="embedded") == {ROOT: "unknown field"}


@pytest.mark.parametrize(
    ("listed", "method", "fallback"),
    [
        (["webauthn_passkey", "software_passkey", CODE], "webauthn_passkey", "software_passkey"),
        ([CODE, "webauthn_passkey"], "webauthn_passkey", CODE),
        (["software_passkey", CODE], "software_passkey", CODE),
        ([CODE], CODE, "none"),
    ],
)
def test_listing_codes_and_saying_nothing_more_means_that_an_address_lets_in(
    listed: list[str], method: str, fallback: str
) -> None:
    """With the reference there is nothing else to say (contract/wire.md §1.8, §3.5)."""
    given = {"type": "hosted_web", "authentication_methods": [{"type": each} for each in listed], "trusted_origins": []}
    before = {"type": "hosted_web", "authentication_methods": [{"type": "webauthn_passkey"}], "trusted_origins": []}
    for config in (configuration.opened(given), configuration.merged(before, given)):
        profile = configuration.parse(config)["authentication_profile"]
        assert profile["sign_up"]["enabled"] is True
        assert profile["returning"] == {"method": method, "fallback": fallback}
        assert profile["recovery"] == "admin_only"


def test_who_said_by_link_alone_is_not_opened_by_another_change() -> None:
    said = {"type": "hosted_web", "authentication_methods": METHODS, "authentication_profile": None}
    assert "authentication_profile" not in configuration.parse(configuration.opened(said))
    before = configuration.parse(said)
    for change in ({"trusted_origins": ["https://a.test"]}, {"authentication_methods": METHODS}):
        assert "authentication_profile" not in configuration.parse(configuration.merged(before, change))
    for odd in (None, "x", {"type": "hosted_web", "authentication_methods": [None, {"type": {}}]}):
        assert configuration.opened(odd) == odd


def test_without_one_people_come_by_link_alone_and_null_takes_it_away() -> None:
    for config in (parsed(None), configuration.parse({"type": "hosted_web", "authentication_methods": METHODS})):
        assert "authentication_profile" not in config
        profile = profile_of(config)
        assert (profile.codes_open, profile.signs_up, profile.recovers_by_mail) == (False, False, False)
        assert profile.passkey_kinds == (Method.WEBAUTHN, Method.SOFTWARE)
