"""WebAuthn ceremonies: py_webauthn checks the signatures, this module checks the rest (WebAuthn L3 §7.1, §7.2).

The library accepts cross-origin ceremonies, foreign user handles and changed backup flags;
those are refused here. The only module that imports `webauthn`. Values in, values out: no database, no clock.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.jwk import ECKey, OKPKey, RSAKey
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    validate_certificate_chain,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import InvalidCertificateChain, InvalidJSONStructure, WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from apps.credentials import attestation
from apps.credentials.proofs import Kind, KnownKey, NewKey, ProofMalformed, ProofRejected, Proven, Question, jwt

ALGORITHMS = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
RSA_BITS = 2048
CREDENTIAL_ID_BYTES = 1023  # WebAuthn L3 §4, "credential id"
_ANCHORED_BY_LIBRARY = (AttestationFormat.APPLE, AttestationFormat.ANDROID_KEY)
_FORMATS = (
    AttestationFormat.NONE, AttestationFormat.PACKED, AttestationFormat.TPM, AttestationFormat.FIDO_U2F,
    *_ANCHORED_BY_LIBRARY,
)  # fmt: skip
_WEBAUTHN_ID = re.compile(r"[A-Za-z0-9_-]{1,1364}=*")
_NOT_A_CEREMONY = (WebAuthnException, InvalidJSONStructure, ValueError, TypeError, KeyError, IndexError, AttributeError)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A parsed, unbelieved assertion. `claims` are those in its challenge, None where the challenge is the bare nonce."""

    webauthn_id: str
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: str
    claims: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A parsed, unbelieved registration."""

    client_data: bytes
    attestation_object: bytes
    transports: tuple[str, ...] = ()


def parse_registration(raw: str) -> Registration:
    """Of a WEBAUTHN bind proof: JSON in a string (contract/wire.md §3.2). Raises ProofMalformed."""
    body = _object(_json(raw))
    transports = body.get("transports", [])
    if not isinstance(transports, list) or not all(map(_is_word, transports)):
        raise ProofMalformed("transports")
    client_data = _bytes(body, "client_data_json_base64")
    challenge_of(client_data)
    return Registration(client_data, _bytes(body, "attestation_object"), tuple(transports[:8]))


def challenge_of(client_data: bytes) -> bytes:
    """What the client says it signed; compare it before you believe anything. Raises ProofMalformed."""
    return _decode(_client_data(client_data).get("challenge"), "challenge")


def verify_registration(registration: Registration, question: Question) -> NewKey:
    """Raises ProofRejected. The challenge is the UTF-8 JSON {"sub","token"} (contract/wire.md §3.2), so it names this job
    and nobody else's. Does not check that the credential id is new: the database's constraint does."""
    challenge = challenge_of(registration.client_data)
    jwt.check_bind_claims(_claims_in(challenge), question)
    origin = _checked_origin(registration.client_data, "webauthn.create", question)
    statement = registration.attestation_object
    try:
        parsed = parse_attestation_object(statement)
        attested = parsed.auth_data.attested_credential_data
        if parsed.fmt not in _FORMATS:
            raise ProofRejected("attestation of a format that we do not know")
        if attested is None or not 0 < len(attested.credential_id) <= CREDENTIAL_ID_BYTES:
            raise ProofRejected("credential id")
        verified = verify_registration_response(
            credential=RegistrationCredential(
                id=bytes_to_base64url(attested.credential_id),
                raw_id=attested.credential_id,
                response=AuthenticatorAttestationResponse(
                    client_data_json=registration.client_data, attestation_object=statement
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=urlsplit(origin).hostname or "",
            expected_origin=[origin],
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
            pem_root_certs_bytes_by_fmt={each: list(question.attestation_roots) for each in _ANCHORED_BY_LIBRARY},
        )
        jwk = _jwk(verified.credential_public_key)
        trusted = _is_anchored(verified.fmt, parsed.att_stmt.x5c or [], attested.aaguid, question)
    except _NOT_A_CEREMONY as problem:
        raise ProofRejected(f"registration: {problem}"[:200]) from None
    return NewKey(
        kind=Kind.WEBAUTHN,
        webauthn_id=bytes_to_base64url(verified.credential_id),
        public_key=verified.credential_public_key,
        jwk=jwk.as_dict(private=False),
        jwk_thumbprint=jwk.thumbprint(),
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        attestation_format=AttestationFormat(verified.fmt).value,
        attestation_trusted=trusted,
        backup_eligible=parsed.auth_data.flags.be,
        backed_up=parsed.auth_data.flags.bs,
        user_verified=verified.user_verified,
        transports=registration.transports,
    )


def _is_anchored(statement_format: str, x5c: list[bytes], aaguid: bytes, question: Question) -> bool:
    """Whether somebody we trust says what the key is in. One that nobody says it of is not refused here, and not believed.
    Raises ProofRejected for a certificate that may not speak for this key."""
    attestation.check_certificate(statement_format, x5c, aaguid)
    if statement_format in _ANCHORED_BY_LIBRARY:  # which knows those roots, and refused what does not lead to them
        return True
    if not x5c or not question.attestation_roots:
        return False
    try:
        return validate_certificate_chain(x5c=x5c, pem_root_certs_bytes=list(question.attestation_roots))
    except InvalidCertificateChain:
        return False


def parse_assertion(raw: object) -> Assertion:
    """Of PublicKeyCredential.toJSON(). Raises ProofMalformed."""
    body = _object(raw)
    response = _object(body.get("response"))
    webauthn_id = body.get("id")
    if not isinstance(webauthn_id, str) or not _WEBAUTHN_ID.fullmatch(webauthn_id):
        raise ProofMalformed("id")
    user_handle = response.get("userHandle") or ""
    if not isinstance(user_handle, str) or len(user_handle) > 100:
        raise ProofMalformed("userHandle")
    return Assertion(
        webauthn_id=webauthn_id.rstrip("="),
        client_data=_bytes(response, "clientDataJSON"),
        authenticator_data=_bytes(response, "authenticatorData"),
        signature=_bytes(response, "signature"),
        user_handle=user_handle.rstrip("="),
    )


def parse_claims_assertion(raw: object) -> Assertion:
    """Of the reference's SDK: JSON in a string, whose challenge is JSON in its turn and names the passkey and the
    transaction (contract/wire.md §3.4). Raises ProofMalformed."""
    if not isinstance(raw, str):
        raise ProofMalformed("WebAuthn")
    body = _object(_json(raw))
    client_data = _bytes(body, "client_data")
    try:
        claims = _claims_in(challenge_of(client_data), "claims")
        webauthn_id = bytes_to_base64url(_decode(claims.get("pub_key_cred_id"), "pub_key_cred_id"))
    except ProofRejected as problem:
        raise ProofMalformed(str(problem)) from None
    return Assertion(
        webauthn_id=webauthn_id,
        client_data=client_data,
        authenticator_data=_bytes(body, "authenticator_data"),
        signature=_bytes(body, "signature"),
        user_handle="",
        claims=claims,
    )


def verify_assertion(assertion: Assertion, known: KnownKey, question: Question) -> Proven:
    """Raises ProofRejected. A page of ours is given the nonce as its challenge; the reference's SDK puts it into claims."""
    origin = _checked_origin(assertion.client_data, "webauthn.get", question)
    if assertion.claims is not None:
        jwt.check_login_claims(assertion.claims, question)
        challenge = challenge_of(assertion.client_data)
    else:
        challenge = _decode(question.nonce, "nonce")
        _check_handle(assertion.user_handle, known.user_handle)
    try:
        verified = verify_authentication_response(
            credential=AuthenticationCredential(
                id=known.webauthn_id,
                raw_id=_decode(known.webauthn_id, "id"),
                response=AuthenticatorAssertionResponse(
                    client_data_json=assertion.client_data,
                    authenticator_data=assertion.authenticator_data,
                    signature=assertion.signature,
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=urlsplit(origin).hostname or "",
            expected_origin=[origin],
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=question.verification_required,
        )
    except _NOT_A_CEREMONY as problem:
        raise ProofRejected(f"assertion: {problem}"[:200]) from None
    if (verified.credential_device_type.value == "multi_device") != known.backup_eligible:
        raise ProofRejected("backup eligibility changed")  # WebAuthn L3 §7.2: BE never changes
    return Proven(verified.user_verified, verified.new_sign_count, verified.credential_backed_up)


def _check_handle(told: str, known: str) -> None:
    """What we asked for was a discoverable passkey, and such a one says whose it is (WebAuthn L3 §7.2.6)."""
    if known and told != known:
        raise ProofRejected("user handle of somebody else" if told else "user handle is missing")


def _checked_origin(client_data: bytes, ceremony: str, question: Question) -> str:
    data = _client_data(client_data)
    if data.get("type") != ceremony:
        raise ProofRejected("another ceremony")
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise ProofRejected("cross-origin ceremony")
    origin = data.get("origin")
    if not isinstance(origin, str) or origin not in question.origins:
        raise ProofRejected("foreign origin")
    return origin


def _is_word(value: object) -> bool:
    """Fit to be stored: `raw` is JSON inside JSON, so its strings were seen by no strict parser."""
    return isinstance(value, str) and len(value) < 20 and value.isascii() and value.isprintable()


def _client_data(raw: bytes) -> Mapping[str, Any]:
    return _object(_json(raw))


def _claims_in(challenge: bytes, member: str = "") -> Mapping[str, Any]:
    """JSON that is the challenge itself, or a member of it."""
    try:
        said = _object(_json(challenge))
        return _object(said.get(member)) if member else said
    except ProofMalformed:
        raise ProofRejected("challenge is not this job's" if not member else "challenge holds no claims") from None


def _json(raw: str | bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise ProofMalformed("not JSON") from None


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ProofMalformed("not an object")
    return value


def _bytes(body: Mapping[str, Any], name: str) -> bytes:
    return _decode(body.get(name), name)


def _decode(value: object, name: str) -> bytes:
    """base64 or base64url, padded or not: SDKs differ, and what is decoded is verified anyway."""
    if not isinstance(value, str) or not value or len(value) > 65_536 or not value.isascii():
        raise ProofMalformed(name)
    text = value.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ProofMalformed(name) from None


def _jwk(cose: bytes) -> ECKey | OKPKey | RSAKey:
    """The key, if it is of the kind its algorithm names: a P-384 key that says ES256 would never verify. ValueError for a
    point that is on no curve."""
    decoded = decode_credential_public_key(cose)
    key: Any = decoded_public_key_to_cryptography(decoded)
    match decoded.alg, key:
        case COSEAlgorithmIdentifier.ECDSA_SHA_256, ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return ECKey.import_key(key)
        case COSEAlgorithmIdentifier.EDDSA, ed25519.Ed25519PublicKey():
            return OKPKey.import_key(key)
        case COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256, rsa.RSAPublicKey() if key.key_size >= RSA_BITS:
            return RSAKey.import_key(key)
    raise ProofRejected("key does not fit its algorithm")
