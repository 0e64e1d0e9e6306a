"""Which tokens are believed: ours, of the right kind, now, not revoked; never for what their header asks (RFC 8725)."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from apps.applications.models import AccessToken
from apps.applications.services import applications
from apps.directory.services import identities
from apps.tokens import jose, keys, verification
from apps.tokens.models import SigningKey
from apps.tokens.services import access, revocation
from apps.tokens.services.access import InsufficientScope, InvalidToken
from tests import ceremonies
from tests.authenticator import base64url
from tests.ceremonies import forge, payload_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(world):
    return ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), ceremonies.give_passkey(world, world.bob))


def believed(world, token, ctx=None):
    try:
        return access.read_bearer(ctx or world.visitor, token)
    except InvalidToken:
        return None


def header_of(token):
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))


def minted(world, claims, *, typ="at+jwt", kid=None, key=None, **header):
    """A token that the realm's very own key signed, with whatever claims: what a stolen signer could make."""
    own = keys.current_key(world.realm.pk, "ES256")
    protected = {"typ": typ, "alg": own.algorithm, "kid": kid or own.kid, **header}
    return jwt.encode(protected, claims, key or own.key, algorithms=[own.algorithm])


def test_an_access_token_is_believed_and_says_who_may_do_what_where(world, answer):
    bearer = believed(world, answer["access_token"])
    assert (bearer.identity, bearer.application) == (world.bob, world.application)
    assert (bearer.tenant_id, bearer.realm_id) == (world.acme.tenant.pk, world.realm.pk)
    assert bearer.scopes == {"openid"}
    assert header_of(answer["access_token"])["typ"] == "at+jwt"


def test_a_management_token_speaks_for_the_application_in_every_realm_of_the_tenant(world):
    bearer = believed(world, ceremonies.management_token(world.visitor, world.acme))
    assert (bearer.identity, bearer.realm_id, bearer.audience) == (None, None, ("identity-cloud",))
    assert "identities:create" in bearer.scopes
    assert bearer.actor.type == "application"


def test_the_row_holds_no_token(world, answer):
    row = AccessToken.objects.values().get()
    assert answer["access_token"] not in str(row)
    assert answer["access_token"][-6:] == row["token_suffix"]


def test_an_id_token_is_no_access_token_nor_the_other_way_round(world, answer):
    assert believed(world, answer["id_token"]) is None
    with pytest.raises(jose.TokenRejected):
        jose.verify(answer["access_token"], verification.find_key, typ="JWT", now=world.ctx.now.timestamp())


def test_a_login_request_is_no_access_token(world):
    from apps.authentication import flows

    flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
    assert believed(world, flows.sign_request(world.visitor, flow)) is None


@pytest.mark.parametrize(
    "typ", ["JWT", "at+JWT", "AT+JWT", "application/at+jwt", "", "logout+jwt", None, 5, ["at+jwt"]]
)
def test_no_other_kind_passes_for_an_access_token(world, answer, typ):
    assert believed(world, forge(answer["access_token"], header={"typ": typ})) is None


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "", None, 5, [], "HS256", "RS256", "es256", "ES384", "EdDSA"]
)
def test_no_other_algorithm_passes_for_the_keys_own(world, answer, alg):
    token = forge(answer["access_token"], header={"alg": alg})
    assert believed(world, token) is None
    assert believed(world, token.rpartition(".")[0] + ".") is None


def test_the_public_key_is_no_shared_secret(world, answer):
    own = keys.current_key(world.realm.pk, "ES256")
    public = own.key.as_dict(private=False)
    pem = own.key.as_pem(private=False)
    head, body, _ = forge(answer["access_token"], header={"alg": "HS256"}).split(".")
    for secret in (pem, pem.strip(), json.dumps(public).encode(), base64.urlsafe_b64decode(public["x"] + "=")):
        signature = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
        assert believed(world, f"{head}.{body}.{base64url(signature)}") is None


def test_a_key_that_the_token_brings_along_is_not_used(world, answer):
    attacker = ECKey.generate_key("P-256", private=True)
    public = attacker.as_dict(private=False)
    certificate = base64.b64encode(b"certificate").decode()
    for extra in (
        {"jwk": public},
        {"x5c": [certificate]},
        {"jku": "https://evil.test/jwks"},
        {"x5u": "https://evil.test"},
    ):
        token = minted(world, payload_of(answer["access_token"]), key=attacker, **extra)
        assert believed(world, token) is None


KIDS = [
    "",
    None,
    5,
    [],
    {},
    "x",
    "../../etc/passwd",
    "' OR 1=1 --",
    "\x00",
    "a" * 129,
    "a" * 10_000,
    "ü",
    "\ud800",
    "%00",
    "*",
]


@pytest.mark.parametrize("kid", KIDS, ids=lambda kid: ascii(kid)[:30])
def test_a_key_id_is_looked_up_and_nothing_more(world, answer, kid):
    assert believed(world, forge(answer["access_token"], header={"kid": kid})) is None


def test_the_key_of_another_realm_makes_no_token_of_this_one(world, answer):
    for elsewhere in (world.acme.staff.realm, world.evil.customers.realm, world.acme.admin_realm):
        foreign = keys.current_key(elsewhere.pk, "ES256")
        token = minted(world, payload_of(answer["access_token"]), kid=foreign.kid, key=foreign.key)
        assert believed(world, token) is None


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_what_we_would_have_to_understand_is_refused(world, answer, header):
    assert believed(world, forge(answer["access_token"], header=header)) is None


def test_a_changed_claim_breaks_the_signature(world, answer):
    for claims in ({"sub": "eve"}, {"exp": 9_999_999_999}, {"scope": "openid identities:create"}, {"iss": "x"}):
        assert believed(world, forge(answer["access_token"], claims=claims)) is None


def test_a_token_our_key_signed_but_we_never_gave_out_is_not_believed(world, answer):
    claims = payload_of(answer["access_token"])
    assert believed(world, minted(world, claims)) is None
    assert believed(world, minted(world, {**claims, "scope": "identities:create"})) is None


@pytest.mark.parametrize(
    "changes",
    [{"exp": None}, {"iat": None}, {"exp": "9999999999"}, {"exp": True}, {"exp": 1e30}, {"exp": -1}, {"exp": 0},
     {"nbf": 9_999_999_999}, {"iat": 9_999_999_999}, {"nbf": "soon"}, {"nbf": None, "iat": 9_999_999_999}],
)  # fmt: skip
def test_time_is_required_and_checked(world, answer, changes):
    claims = {
        name: value for name, value in {**payload_of(answer["access_token"]), **changes}.items() if value is not None
    }
    with pytest.raises(jose.TokenRejected):
        jose.verify(minted(world, claims), verification.find_key, typ="at+jwt", now=world.ctx.now.timestamp())


def test_a_token_expires_to_the_second_and_bears_ten_seconds_of_a_fast_clock(world, answer):
    claims = payload_of(answer["access_token"])
    assert claims["exp"] - claims["iat"] == 3600
    assert believed(world, answer["access_token"], world.at(timedelta(seconds=3590)))
    assert believed(world, answer["access_token"], world.at(timedelta(seconds=3601))) is None
    assert believed(world, answer["access_token"], world.at(timedelta(seconds=-9)))
    assert believed(world, answer["access_token"], world.at(timedelta(seconds=-60))) is None


def test_any_byte_changed_cut_or_added_is_refused(world, answer):
    token = answer["access_token"]
    for changed in (
        *(token[:-count] for count in range(1, 8)), token[1:], token + "A", token + "=", token + "\n", " " + token,
        token + ".", token.replace(".", "..", 1), f"Bearer {token}", token.upper(), token + "\u00e9", "." * 2, "", "a.b.c",
        "a" * 20_000,
    ):  # fmt: skip
        assert believed(world, changed) is None


def test_a_signature_has_one_spelling(world, answer):
    """64 bytes end in two characters of which the last has four loose bits: fifteen other spellings decode alike."""
    token = answer["access_token"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in alphabet.replace(token[-1], ""):
        assert believed(world, token[:-1] + letter) is None


def test_an_ecdsa_signature_in_der_is_refused(world, answer):
    own = keys.current_key(world.realm.pk, "ES256")
    head, body, _ = answer["access_token"].split(".")
    private = serialization.load_pem_private_key(own.key.as_pem(private=True), None)
    der = private.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    assert believed(world, f"{head}.{body}.{base64url(der)}") is None


@pytest.mark.django_db
@given(token=st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_shown_as_a_token_is_only_not_believed(world, token):
    assert believed(world, token) is None


# --- revoked, and whose it was ---------------------------------------------------------------------------------------


def test_a_revoked_token_is_refused_at_once_and_revoking_is_an_event(world, answer):
    revocation.revoke_token(world.visitor, world.application, answer["access_token"])
    assert believed(world, answer["access_token"]) is None


def test_an_application_revokes_its_own_tokens_and_no_others(world, answer):
    for other in (world.acme.staff.application, world.evil.customers.application, world.acme.management_api):
        revocation.revoke_token(world.visitor, other, answer["access_token"])
    assert believed(world, answer["access_token"])


def test_the_token_of_a_suspended_or_deleted_person_is_refused(world, answer):
    identities.suspend_identity(world.ctx, world.bob)
    assert believed(world, answer["access_token"]) is None
    identities.unsuspend_identity(world.ctx, world.bob)
    assert believed(world, answer["access_token"]) is None  # what was ended stays ended
    identities.delete_identity(world.ctx, world.bob)
    assert believed(world, answer["access_token"]) is None


def test_the_token_of_a_deleted_application_is_refused(world, answer):
    applications.delete_application(world.ctx, world.application)
    assert believed(world, answer["access_token"]) is None


def test_userinfo_wants_the_very_application_and_the_openid_scope(world, answer):
    told = access.read_userinfo(world.visitor, world.application, answer["access_token"])
    assert (told["sub"], told["preferred_username"], told["email_verified"]) == (world.bob.pk, "bob", False)
    with pytest.raises(InvalidToken):
        access.read_userinfo(world.visitor, world.acme.staff.application, answer["access_token"])
    with pytest.raises(InvalidToken):
        access.read_userinfo(
            world.visitor, world.acme.management_api, ceremonies.management_token(world.visitor, world.acme)
        )
    AccessToken.objects.filter(application=world.application).update(scope="")
    with pytest.raises(InsufficientScope):
        access.read_userinfo(world.visitor, world.application, answer["access_token"])


# --- keys ---------------------------------------------------------------------------------------------------------------


def test_no_private_half_is_ever_published_or_stored_in_clear(world):
    for key in keys.jwks(world.realm)["keys"]:
        assert set(key) <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}
    row = SigningKey.objects.get(realm=world.realm, state="current")
    assert b"PRIVATE" not in bytes(row.sealed_private_key)
    assert row.kid in {key["kid"] for key in keys.jwks(world.realm)["keys"]}


def test_every_realm_has_its_own_key(world):
    kids = list(SigningKey.objects.filter(state="current").values_list("realm_id", "kid"))
    assert len({kid for _, kid in kids}) == len(kids) == len({realm for realm, _ in kids})


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA", "ES256"])
def test_an_application_signs_with_the_algorithm_it_was_given(world, algorithm):
    from tests.ceremonies import Client
    from tests.world import web

    made = applications.create_application(
        world.ctx, world.realm, display_name=algorithm, authenticator_config=world.acme.customers.config,
        protocol_config=web(token_configuration={"expires_after": 60, "token_signing_algorithm": algorithm}),
    )  # fmt: skip
    client = Client(made.application, made.client_secret)
    answer = ceremonies.tokens_for(world.visitor, client, ceremonies.give_passkey(world, world.bob))
    assert header_of(answer["id_token"])["alg"] == header_of(answer["access_token"])["alg"] == algorithm
    assert believed(world, answer["access_token"])
    assert header_of(answer["id_token"])["kid"] in {key["kid"] for key in keys.jwks(world.realm)["keys"]}
