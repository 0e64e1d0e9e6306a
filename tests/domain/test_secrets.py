"""Tokens, their digests, and values sealed for one place alone."""

import base64
import secrets as random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import secrets


def test_a_token_is_256_bits_of_url_safe_text_and_a_link_token_has_64_characters():
    made = {secrets.new_token() for _ in range(100)}
    assert len(made) == 100
    assert {len(token) for token in made} == {43}
    assert len(secrets.new_token(48)) == 64


def test_only_the_very_token_matches_its_digest():
    token = secrets.new_token()
    stored = secrets.digest(token)
    assert token not in stored
    assert secrets.matches(token, stored)
    assert not secrets.matches(token[:-1], stored)
    assert not secrets.matches("", stored)


def test_any_text_can_be_held_against_a_digest():
    assert not secrets.matches("\x00 \ud800 ü", secrets.digest("x"))


def test_a_sealed_value_opens_in_its_own_place():
    sealed = secrets.seal(b"private", "signing_key.private_key:1")
    assert b"private" not in sealed
    assert secrets.unseal(sealed, "signing_key.private_key:1") == b"private"
    assert secrets.unseal(memoryview(sealed), "signing_key.private_key:1") == b"private"


def test_a_sealed_value_moved_elsewhere_does_not_open():
    sealed = secrets.seal(b"private", "signing_key.private_key:1")
    with pytest.raises(ValueError, match="does not open"):
        secrets.unseal(sealed, "signing_key.private_key:2")


def test_sealing_the_same_twice_gives_two_different_values():
    assert secrets.seal(b"private", "x") != secrets.seal(b"private", "x")


@given(st.data())
def test_a_changed_or_shortened_value_does_not_open(data):
    sealed = bytearray(secrets.seal(b"private", "x"))
    position = data.draw(st.integers(0, len(sealed) - 1))
    if data.draw(st.booleans()):
        sealed[position] ^= data.draw(st.integers(1, 255))
    else:
        del sealed[position:]
    with pytest.raises(ValueError, match="does not open"):
        secrets.unseal(bytes(sealed), "x")


def test_after_a_rotation_the_old_key_still_opens_and_the_new_one_seals(settings):
    old, new = random.token_bytes(32), random.token_bytes(32)
    settings.KEY_ENCRYPTION_KEYS = (old,)
    before = secrets.seal(b"before", "x")
    settings.KEY_ENCRYPTION_KEYS = (new, old)
    after = secrets.seal(b"after", "x")
    assert secrets.unseal(before, "x") == b"before"
    settings.KEY_ENCRYPTION_KEYS = (new,)
    assert secrets.unseal(after, "x") == b"after"
    with pytest.raises(ValueError, match="wrong KEY_ENCRYPTION_KEY"):
        secrets.unseal(before, "x")


def test_why_it_does_not_open_names_the_kind_of_value_and_no_row():
    with pytest.raises(ValueError, match="^sealed value for outgoing_mail.content does not open"):
        secrets.unseal(b"", "outgoing_mail.content:018f-secret-row")


@given(st.binary())
def test_base64url_goes_there_and_back(raw):
    assert secrets.from_base64url(secrets.base64url(raw)) == raw


@pytest.mark.parametrize("text", ["YQ==", "YR", " YQ", "YQ\n", "Y+/A", "Y", "ä", "YQ=", None, 5, b"YQ"])
def test_base64url_has_one_spelling(text):
    with pytest.raises(ValueError, match="base64url|decode|padded|characters|[Ii]nvalid|Only"):
        secrets.from_base64url(text)


def test_the_one_spelling_is_that_of_the_standard():
    assert secrets.from_base64url("YQ") == base64.urlsafe_b64decode("YQ==")
