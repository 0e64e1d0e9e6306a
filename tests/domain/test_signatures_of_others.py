"""Reading what anybody may send as a signed JWT: believed or refused, never anything else; and keys, fetched once."""

import json
import threading
import time
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.applications.models import Application
from apps.core import outgoing
from apps.tokens import assertions, client_keys, dpop, fetched_keys, request_objects, signatures
from apps.tokens.dpop import ProofRejected
from apps.tokens.signatures import ALGORITHMS, SignatureRejected
from tests.authenticator import base64url
from tests.keyholder import KeyHolder
from tests.waiting import PATIENCE_SECONDS

HOLDER = KeyHolder()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from([*ALGORITHMS, "none", "HS256", ""]) | JSON,
        "typ": st.sampled_from(["dpop+jwt", "JWT", "oauth-authz-req+jwt"]) | JSON,
        "kid": JSON,
        "jwk": st.just(HOLDER.bare_jwk)
        | JSON
        | st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e"]), JSON),
        "crit": JSON,
    },
)
NAMES = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "htm",
    "htu",
    "ath",
    "nonce",
    "client_id",
    "scope",
    "resource",
]
CLAIMS = st.dictionaries(st.sampled_from(NAMES), JSON) | JSON


def token_of(header: Any, claims: Any, signature: bytes) -> str:
    return ".".join(
        (base64url(json.dumps(header).encode()), base64url(json.dumps(claims).encode()), base64url(signature))
    )


def read_and_verify(token: str) -> None:
    read = signatures.read(token, kinds=("", "jwt", "dpop+jwt"), algorithms=ALGORITHMS)
    signatures.require_signature(read, signatures.key_from(read.header.get("jwk"), read.algorithm))


@settings(max_examples=400, deadline=None)
@given(header=HEADERS | JSON, claims=CLAIMS, signature=st.binary(max_size=64))
def test_whatever_comes_is_read_or_refused(header: Any, claims: Any, signature: bytes) -> None:
    token = token_of(header, claims, signature)
    with pytest.raises(ProofRejected):
        dpop.read_proof(token, method="POST", url="https://id.acme.test/token", now=1e9, nonce_key=b"k")
    with pytest.raises(SignatureRejected):
        read_and_verify(token)


@settings(max_examples=400, deadline=None)
@given(claims=st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_was_signed_is_taken_or_refused(claims: dict[str, Any]) -> None:
    for check in (
        lambda: assertions.check(claims, client_id="c", audiences=("i",), now=1e9),
        lambda: request_objects.parameters_of(claims, client_id="c", issuer="i", is_fapi2=False, now=1e9),
    ):
        with pytest.raises(SignatureRejected):
            check()


TEXT = st.text(st.characters(codec=None, categories=None), max_size=12)
VALUES = TEXT | st.integers() | st.lists(TEXT, max_size=3) | JSON


@settings(max_examples=400, deadline=None)
@given(parameters=st.dictionaries(st.sampled_from(["state", "scope", "claims", "max_age", "resource"]) | TEXT, VALUES))
def test_whatever_a_client_asks_for_is_text_or_refused(parameters: dict[str, Any]) -> None:
    right = {"iss": "c", "client_id": "c", "aud": "i", "exp": 1e9 + 60}
    try:
        query = request_objects.parameters_of(
            {**parameters, **right}, client_id="c", issuer="i", is_fapi2=False, now=1e9
        )
    except SignatureRejected as refusal:
        str(refusal).encode("ascii")
    else:
        assert dict(parse_qsl(query))["client_id"] == "c"


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=400))
def test_text_is_no_token(text: str) -> None:
    with pytest.raises(SignatureRejected):
        signatures.read(text, kinds=("",), algorithms=ALGORITHMS)


def test_a_signature_is_of_every_bit() -> None:
    token = HOLDER.sign({"alg": "ES256"}, {"iss": "c"})
    signatures.require_signature(signatures.read(token, kinds=("",), algorithms=ALGORITHMS), HOLDER.key)
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        spoilt = f"{token[:place]}{other}{token[place + 1 :]}"
        with pytest.raises(SignatureRejected):
            signatures.require_signature(signatures.read(spoilt, kinds=("",), algorithms=ALGORITHMS), HOLDER.key)


def test_a_token_of_any_size_is_refused_at_once() -> None:
    began = time.thread_time()  # the processor's, which no other process takes away
    for token in ("a" * 1_000_000, "." * 1_000_000, f"{'a' * 8000}.{'a' * 8000}.{'a' * 8000}"):
        with pytest.raises(SignatureRejected):
            signatures.read(token, kinds=("",), algorithms=ALGORITHMS)
    assert time.thread_time() - began < 0.5


def test_of_many_who_need_the_same_keys_one_asks_and_the_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def get_json(url: str) -> Any:
        asked.append(url)
        time.sleep(0.2)
        return HOLDER.jwks

    monkeypatch.setattr(outgoing, "get_json", get_json)
    fetched_keys._remembered.clear()
    application = Application(jwks_uri="https://keys.shop.test/jwks")
    token = signatures.read(HOLDER.sign({"alg": "ES256", "kid": "first"}, {}), kinds=("",), algorithms=ALGORITHMS)
    failed: list[BaseException] = []

    def verify() -> None:
        try:
            client_keys.require_signed_by(application, token)
        except BaseException as problem:  # noqa: BLE001 - a thread would swallow it
            failed.append(problem)

    threads = [threading.Thread(target=verify) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert (asked, failed) == (["https://keys.shop.test/jwks"], [])


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"keys": None}, {"keys": {}}, {"keys": [None, 1, "x", [], {}]}, {"keys": [{"kty": "oct"}]}],
)
def test_a_document_that_is_no_key_set_holds_no_keys(monkeypatch: pytest.MonkeyPatch, document: Any) -> None:
    monkeypatch.setattr(outgoing, "get_json", lambda url: document)
    fetched_keys._remembered.clear()
    token = signatures.read(HOLDER.sign({"alg": "ES256"}, {}), kinds=("",), algorithms=ALGORITHMS)
    with pytest.raises(SignatureRejected, match="none of the client's keys"):
        client_keys.require_signed_by(Application(jwks_uri="https://keys.shop.test/jwks"), token)
    with pytest.raises(SignatureRejected, match="none of the client's keys"):
        client_keys.require_signed_by(Application(jwks=document), token)
