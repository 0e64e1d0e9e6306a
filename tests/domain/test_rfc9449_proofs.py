"""What a DPoP proof must be (RFC 9449 §4.3, §8, §11), decided without a database: twenty-odd ways to be none."""

import base64
import hashlib
import time
from typing import Any

import pytest

from apps.tokens import dpop, signatures
from apps.tokens.dpop import NonceWanted, ProofRejected
from tests.keyholder import KeyHolder

URL = "https://id.acme.test/v1/tenants/T/token"
NOW = float(int(time.time()))
KEY = b"the server's own"
HOLDER = KeyHolder()


def read(proof: str, **changes: Any) -> dpop.Proof:
    return dpop.read_proof(proof, **{"method": "POST", "url": URL, "now": NOW, "nonce_key": KEY, **changes})


def proof(*, header: dict[str, Any] | None = None, token: str = "", **claims: Any) -> str:
    return HOLDER.proof("POST", URL, token=token, header=header, **{"iat": int(NOW), **claims})


def test_a_right_proof_tells_the_key_and_its_own_name() -> None:
    held = read(proof(jti="once"))
    assert (held.jkt, held.jti) == (HOLDER.jkt, "once")
    assert held.expires_at >= NOW + dpop.OLDEST_SECONDS  # remembered until it is too old to be taken


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_every_algorithm_that_is_named_will_do_where_it_is_allowed(algorithm: str) -> None:
    holder = KeyHolder(algorithm)
    shown = holder.proof("POST", URL, iat=int(NOW))
    assert read(shown).jkt == holder.jkt
    others = [name for name in signatures.ALGORITHMS if name != algorithm]
    with pytest.raises(ProofRejected):
        read(shown, algorithms=others)


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    jwk = HOLDER.bare_jwk
    canonical = f'{{"crv":"{jwk["crv"]}","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
    digest = hashlib.sha256(canonical.encode()).digest()
    assert read(proof()).jkt == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


PRIVATE = {**HOLDER.key.as_dict(private=True)}
OTHER = KeyHolder()
SMALL_RSA = {"kty": "RSA", "n": base64.urlsafe_b64encode(b"\xff" * 128).rstrip(b"=").decode(), "e": "AQAB"}
HUGE_RSA = {"kty": "RSA", "n": base64.urlsafe_b64encode(b"\xff" * 4096).rstrip(b"=").decode(), "e": "AQAB"}
WRONG_HEADERS: dict[str, dict[str, Any]] = {
    "no type": {"typ": None},
    "another type": {"typ": "JWT"},
    "the type of an access token": {"typ": "at+jwt"},
    "no algorithm": {"alg": "none"},
    "a shared secret": {"alg": "HS256"},
    "an algorithm of another key": {"alg": "RS256"},
    "an algorithm in another case": {"alg": "es256"},
    "no key": {"jwk": None},
    "a key that is no object": {"jwk": "key"},
    "a private key": {"jwk": PRIVATE},
    "a shared key": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "somebody else's key": {"jwk": OTHER.bare_jwk},
    "half a key": {"jwk": {"kty": "EC", "crv": "P-256", "x": HOLDER.bare_jwk["x"]}},
    "a point that is on no curve": {"jwk": {**HOLDER.bare_jwk, "y": HOLDER.bare_jwk["x"]}},
    "another curve": {"jwk": {**HOLDER.bare_jwk, "crv": "P-384"}},
    "coordinates that are numbers": {"jwk": {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}},
    "a key for encryption": {"jwk": {**HOLDER.bare_jwk, "use": "enc"}},
    "a small RSA key": {"alg": "RS256", "jwk": SMALL_RSA},
    "a huge RSA key": {"alg": "RS256", "jwk": HUGE_RSA},
    "an RSA exponent without end": {
        "alg": "RS256",
        "jwk": {**SMALL_RSA, "n": SMALL_RSA["n"] * 2, "e": "A" * 400 + "B"},
    },
    "an unknown critical parameter": {"crit": ["x"], "x": 1},
}


@pytest.mark.parametrize("case", WRONG_HEADERS)
def test_a_header_with(case: str) -> None:
    with pytest.raises(ProofRejected) as refused:
        read(proof(header=WRONG_HEADERS[case]))
    assert refused.value.error == "invalid_dpop_proof"


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another method": {"htm": "GET"},
    "the method in small letters": {"htm": "post"},
    "no method": {"htm": None},
    "another path": {"htu": f"{URL}s"},
    "another host": {"htu": URL.replace("acme", "evil")},
    "another scheme": {"htu": URL.replace("https", "http")},
    "another port": {"htu": URL.replace(".test", ".test:8443")},
    "a user before the host": {"htu": URL.replace("//", "//id.acme.test@")},
    "a path alone": {"htu": "/v1/tenants/T/token"},
    "no address": {"htu": None},
    "a number for an address": {"htu": 7},
    "an address that is none": {"htu": "https://[::1"},
    "an address without end": {"htu": URL + "x" * 5000},
    "no time": {"iat": None},
    "a time in words": {"iat": "now"},
    "a time that is true": {"iat": True},
    "a time more than a minute ago": {"iat": NOW - 61},
    "a time in the future": {"iat": NOW + 11},
    "a time beyond numbers": {"iat": 10**400},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a number for a jti": {"jti": 1},
    "a jti without end": {"jti": "x" * 300},
}


@pytest.mark.parametrize("case", WRONG_CLAIMS)
def test_claims_with(case: str) -> None:
    with pytest.raises(ProofRejected) as refused:
        read(proof(**WRONG_CLAIMS[case]))
    assert refused.value.error == "invalid_dpop_proof"


@pytest.mark.parametrize("seconds", [-60, -10, 0, 9.5, 10])
def test_a_clock_that_is_a_little_off_is_forgiven(seconds: float) -> None:
    assert read(proof(iat=NOW + seconds))


@pytest.mark.parametrize(
    "same",
    [f"{URL}?code=1", f"{URL}#x", URL.replace("https://id", "HTTPS://ID"), URL.replace(".test/", ".test:443/"),
     URL.replace("tenants", "t%65nants")],
)  # fmt: skip
def test_the_same_address_may_be_written_in_other_ways(same: str) -> None:
    assert read(proof(htu=same))


@pytest.mark.parametrize("junk", ["", "x", "a.b.c", "a.b.c,a.b.c", "\u00e9", "." * 3000, "x" * 20_000, "e30.e30.AA"])
def test_junk_is_no_proof(junk: str) -> None:
    with pytest.raises(ProofRejected):
        read(junk)


def test_two_proofs_in_one_header_are_none() -> None:
    with pytest.raises(ProofRejected):
        read(f"{proof()}, {proof()}")


def test_with_an_access_token_it_names_that_token_and_no_other() -> None:
    assert read(proof(token="a token"), access_token="a token")
    for wrong in (proof(), proof(token="another"), proof(ath=7), proof(ath=""), proof(token="a token", ath="\u00e9")):
        with pytest.raises(ProofRejected, match="ath"):
            read(wrong, access_token="a token")


# --- nonces ---------------------------------------------------------------------------------------------------------------


def test_a_nonce_is_good_in_its_window_and_the_next() -> None:
    given, seconds = dpop.nonce_at(KEY, NOW), dpop.NONCE_WINDOW_SECONDS
    for later in (0, seconds):
        assert read(proof(nonce=given, iat=NOW + later), now=NOW + later, nonce_required=True)
    with pytest.raises(NonceWanted):
        read(proof(nonce=given, iat=NOW + 2 * seconds), now=NOW + 2 * seconds, nonce_required=True)


@pytest.mark.parametrize("nonce", [None, "", "guess", 7, ["x"], dpop.nonce_at(b"another server's", NOW)])
def test_where_a_nonce_is_wanted_nothing_else_will_do(nonce: Any) -> None:
    with pytest.raises(NonceWanted) as refused:
        read(proof(nonce=nonce), nonce_required=True)
    assert refused.value.error == "use_dpop_nonce"


def test_a_nonce_that_nobody_asked_for_must_be_right_too() -> None:
    assert read(proof(nonce=dpop.nonce_at(KEY, NOW)))
    with pytest.raises(NonceWanted):
        read(proof(nonce="stale"))
