"""Referential access tokens: a JWE that says nothing to who holds it (RFC 7516; anchors C8)."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey

from apps.applications.models import AccessToken
from apps.core import secrets
from apps.core.secrets import base64url, from_base64url
from apps.tokens import references
from apps.tokens.jose import TokenRejected
from tests import ceremonies
from tests.faces.api.caller import Caller
from tests.faces.oidc.shop import FORM, Shop
from tests.world import World

RENEWING = {"expires_after": 3600, "token_signing_algorithm": "ES256", "refresh_token": {"enabled": True}}


@pytest.fixture
def opaque(shop: Shop) -> Shop:
    shop.register(token_format="referential", token_configuration=RENEWING)
    return shop


def header_of(token: str) -> dict[str, Any]:
    return json.loads(from_base64url(token.split(".")[0]))


def key_of(token: str) -> OctKey:
    realm_id, _, key_id = header_of(token)["kid"].partition(".")
    return OctKey.import_key(secrets.derived_keys(f"access_token.reference:{realm_id}")[key_id])


def introspected(shop: Shop, token: str) -> dict[str, Any]:
    return shop.browser.post(
        shop.path("introspect"), urlencode({"token": token}), content_type=FORM, headers=shop.basic()
    ).json()


def test_it_is_a_jwe_whose_plaintext_is_only_a_reference(opaque: Shop) -> None:
    token = opaque.tokens()["access_token"]
    realm_id = opaque.world.realm.pk
    header = header_of(token)
    assert (header["alg"], header["enc"], header["typ"]) == ("dir", "A256GCM", "at+jwe")
    assert header["kid"].startswith(f"{realm_id}.")
    opened = jwe.decrypt_compact(token, key_of(token), algorithms=["dir", "A256GCM"])  # an implementation not ours
    row = AccessToken.objects.get(token_checksum=secrets.digest(token))
    assert opened.plaintext == row.jti.encode()
    assert (row.token_format, row.token_suffix) == ("referential", token[-6:])
    assert row.claims["sub"] == opaque.world.bob.pk
    for text in (opaque.world.bob.pk, "bob", "openid", row.jti):
        assert text not in token


def test_it_does_all_that_a_self_contained_one_does(opaque: Shop) -> None:
    tokens = opaque.tokens()
    assert opaque.userinfo(tokens["access_token"]).json()["sub"] == opaque.world.bob.pk
    said = introspected(opaque, tokens["access_token"])
    assert {"active", "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "scope", "client_id", "bi_p", "bi_ty"} <= set(
        said
    )
    assert (said["active"], said["scope"], said["username"]) == (True, "openid", "bob")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    after = opaque.token(form, **opaque.basic()).json()
    assert references.is_reference(after["access_token"])
    assert opaque.userinfo(after["access_token"]).status_code == 200


def test_it_is_revoked_at_once(opaque: Shop) -> None:
    token = opaque.tokens()["access_token"]
    opaque.browser.post(opaque.path("revoke"), urlencode({"token": token}), content_type=FORM, headers=opaque.basic())
    assert opaque.userinfo(token).status_code == 401
    assert introspected(opaque, token) == {"active": False}


def test_the_management_api_takes_one(world: World, client: Any) -> None:
    application = world.acme.management_api
    application.token_format = "referential"
    application.save(update_fields=["token_format"])
    api = Caller(client, ceremonies.management_token(world.ctx, world.acme), world.realm)
    assert references.is_reference(api.token)
    assert api.get("/identities").status_code == 200
    listed = api.at(world.acme.admin_realm).get(f"/applications/{application.pk}/tokens").json()["tokens"]
    assert [item["token_format"] for item in listed] == ["referential"]


def test_every_token_is_another(opaque: Shop) -> None:
    realm_id = opaque.world.realm.pk
    assert len({references.refer(realm_id, "same") for _ in range(50)}) == 50


# --- attacks ----------------------------------------------------------------------------------------------------


def rewritten(token: str, **header: Any) -> str:
    """Another header over the same text."""
    changed = {name: value for name, value in {**header_of(token), **header}.items() if value is not None}
    return ".".join([base64url(json.dumps(changed, separators=(",", ":")).encode()), *token.split(".")[1:]])


def sealed_anew(token: str, **header: Any) -> str:
    """What a holder of the very key could make, which nobody is: the header alone must refuse it."""
    changed = {**header_of(token), **header}
    registry = jwe.JWERegistry(algorithms=["dir", "A256GCM", "DEF"], strict_check_header=False)
    plaintext = references.follow(token)[1].encode()
    return jwe.encrypt_compact(changed, plaintext, key_of(token), registry=registry)


FORGERIES: dict[str, Callable[[str], str]] = {
    "alg": lambda token: rewritten(token, alg="RSA1_5"),
    "no alg": lambda token: rewritten(token, alg="none"),
    "PBES2": lambda token: rewritten(token, alg="PBES2-HS256+A128KW", p2c=10**9, p2s="AAAA"),
    "p2c": lambda token: rewritten(token, p2c=10**9),
    "enc": lambda token: rewritten(token, enc="A128CBC-HS256"),
    "zip": lambda token: rewritten(token, zip="DEF"),
    "zip under the right key": lambda token: sealed_anew(token, zip="DEF"),
    "typ": lambda token: rewritten(token, typ="JWT"),
    "typ under the right key": lambda token: sealed_anew(token, typ="JWT"),
    "no typ": lambda token: rewritten(token, typ=None),
    "crit": lambda token: rewritten(token, crit=["exp"], exp=1),
    "jku": lambda token: rewritten(token, jku="https://evil.test/keys"),
    "kid of nothing": lambda token: rewritten(token, kid="x"),
    "kid too long": lambda token: rewritten(token, kid="0" * 10_000),
    "kid of another realm": lambda token: rewritten(token, kid=f"{'0' * 16}.{header_of(token)['kid'][17:]}"),
    "kid of another key": lambda token: rewritten(token, kid=f"{header_of(token)['kid'][:17]}00000000"),
    "kid of SQL": lambda token: rewritten(token, kid="' OR 1=1 --"),
    "an encrypted key": lambda token: token.replace("..", ".AAAA."),
    "cut": lambda token: token[:-1],
    "extended": lambda token: token + "A",
    "padded": lambda token: token + "=",
    "a line more": lambda token: token + "\n",
    "four parts": lambda token: token.rpartition(".")[0],
    "six parts": lambda token: token + ".AAAA",
    "no tag": lambda token: token.rpartition(".")[0] + ".",
    "short tag": lambda token: token.rpartition(".")[0] + ".AAAA",
    "huge": lambda token: token.rpartition(".")[0] + "A" * 20_000 + "." + token.rpartition(".")[2],
    "emptiness": lambda token: "....",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_it_is_refused_by_every_verifier(opaque: Shop, forgery: str) -> None:
    token = FORGERIES[forgery](opaque.tokens()["access_token"])
    with pytest.raises(TokenRejected):
        references.follow(token)
    assert introspected(opaque, token) == {"active": False}
    if "\n" not in token:  # a header cannot hold one
        assert opaque.userinfo(token).status_code == 401


def test_every_changed_character_breaks_it(opaque: Shop) -> None:
    token = opaque.tokens()["access_token"]
    for place, character in enumerate(token):
        changed = f"{token[:place]}{'A' if character != 'A' else 'B'}{token[place + 1 :]}"
        with pytest.raises(TokenRejected):
            references.follow(changed)


def test_a_reference_that_was_never_given_out_opens_nothing(opaque: Shop) -> None:
    """Sealed with the right key, and still only a name: the row decides."""
    token = opaque.tokens()["access_token"]
    jti = references.follow(token)[1]
    for forged in (
        references.refer(opaque.world.realm.pk, jti),
        references.refer(opaque.world.acme.staff.realm.pk, jti),
    ):
        assert opaque.userinfo(forged).status_code == 401


def test_it_opens_in_its_own_realm_alone(opaque: Shop) -> None:
    token = opaque.tokens()["access_token"]
    here, beside = opaque.world.realm.pk, opaque.world.acme.staff.realm.pk
    assert references.follow(token)[0] == here
    with pytest.raises(TokenRejected):
        references.follow(rewritten(token, kid=header_of(token)["kid"].replace(here, beside)))


def test_an_older_key_still_opens_what_it_sealed(opaque: Shop, settings: Any) -> None:
    token = opaque.tokens()["access_token"]
    settings.KEY_ENCRYPTION_KEYS = [b"n" * 32, *settings.KEY_ENCRYPTION_KEYS]
    references._keys.cache_clear()
    try:
        assert references.follow(token)[0] == opaque.world.realm.pk
        assert header_of(references.refer(opaque.world.realm.pk, "x"))["kid"] != header_of(token)["kid"]
    finally:
        references._keys.cache_clear()


@given(token=st.text(max_size=200) | st.from_regex(r"[\w-]*(\.[\w-]*){4}", fullmatch=True))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_shown_is_only_rejected(token: str) -> None:
    with pytest.raises(TokenRejected):
        references.follow(token)
