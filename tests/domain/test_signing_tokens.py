"""What we sign, put together by ourselves, is what joserfc would have signed, and what it verifies (RFC 7515, RFC 7518)."""

import pytest
from joserfc import jwt

from apps.tokens import jose

ALGORITHMS = ("ES256", "EdDSA", "RS256", "PS256")
CLAIMS = {"sub": "Ω \"'/\\", "aud": ["a", "b"], "exp": 1, "deep": {"none": None, "number": 1.5, "yes": True}}


@pytest.fixture(scope="module", params=ALGORITHMS)
def key(request: pytest.FixtureRequest) -> jose.SigningKey:
    made = jose.generate(request.param)
    return jose.SigningKey(made.thumbprint(), request.param, made)


@pytest.mark.parametrize("header", [{}, {"jku": "https://keys.test/ü"}], ids=["plain", "jku"])
def test_header_and_claims_are_written_as_joserfc_writes_them(key: jose.SigningKey, header: dict[str, str]) -> None:
    ours = jose.sign(CLAIMS, key, typ="at+jwt", **header)
    protected = {"typ": "at+jwt", "alg": key.algorithm, "kid": key.kid, **header}
    theirs = jwt.encode(protected, dict(CLAIMS), key.key, algorithms=[key.algorithm])
    assert ours.split(".")[:2] == theirs.split(".")[:2]
    if key.algorithm in ("EdDSA", "RS256"):  # the others sign with something random
        assert ours == theirs


def test_joserfc_verifies_it_again_and_again(key: jose.SigningKey) -> None:
    """Again and again, for one signature in 128 begins with a zero byte that has to be kept."""
    for number in range(600 if key.algorithm == "ES256" else 3):
        token = jose.sign({**CLAIMS, "jti": str(number)}, key, typ="JWT")
        assert jwt.decode(token, key.key, algorithms=[key.algorithm]).claims["jti"] == str(number)


def test_what_is_no_json_or_no_text_is_signed_by_nobody(key: jose.SigningKey) -> None:
    for claims in ({"a": object()}, {"a": b"bytes"}, {"a": "\ud800"}):
        with pytest.raises((TypeError, ValueError)):
            jose.sign(claims, key, typ="JWT")
