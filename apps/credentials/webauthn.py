"""WebAuthn ceremonies: py_webauthn checks the signatures, this module checks the rest (WebAuthn L3 §7.1, §7.2).

The library accepts cross-origin ceremonies, foreign user handles and changed backup flags;
those are refused here. The only module that imports `webauthn`. Values in, values out: no database, no clock.
"""

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
    AttestationObject,
    AttestedCredentialData,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from apps.credentials import attestation
from apps.credentials.ceremonies import Assertion, Registration, challenge_of, checked_origin, claims_in, decode
from apps.credentials.proofs import Kind, KnownKey, NewKey, ProofRejected, Proven, Question, jwt

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
_NOT_A_CEREMONY = (WebAuthnException, InvalidJSONStructure, ValueError, TypeError, KeyError, IndexError, AttributeError)


def verify_registration(registration: Registration, question: Question) -> NewKey:
    """Raises ProofRejected. The challenge is the UTF-8 JSON {"sub","token"} (contract/wire.md §3.2), so it names this job
    and nobody else's. Does not check that the credential id is new: the database's constraint does."""
    challenge = challenge_of(registration.client_data)
    jwt.check_bind_claims(claims_in(challenge), question)
    origin = checked_origin(registration.client_data, "webauthn.create", question)
    try:
        parsed = parse_attestation_object(registration.attestation_object)
        verified = _verified(registration, challenge, origin, question, parsed.auth_data.attested_credential_data)
        jwk = _jwk(verified.credential_public_key)
        trusted = _is_anchored(parsed, question)
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


def _verified(
    registration: Registration,
    challenge: bytes,
    origin: str,
    question: Question,
    attested: AttestedCredentialData | None,
) -> VerifiedRegistration:
    if attested is None or not 0 < len(attested.credential_id) <= CREDENTIAL_ID_BYTES:
        raise ProofRejected("credential id")
    return verify_registration_response(
        credential=RegistrationCredential(
            id=bytes_to_base64url(attested.credential_id),
            raw_id=attested.credential_id,
            response=AuthenticatorAttestationResponse(
                client_data_json=registration.client_data, attestation_object=registration.attestation_object
            ),
        ),
        expected_challenge=challenge,
        expected_rp_id=urlsplit(origin).hostname or "",
        expected_origin=[origin],
        require_user_verification=True,
        supported_pub_key_algs=list(ALGORITHMS),
        pem_root_certs_bytes_by_fmt={each: list(question.attestation_roots) for each in _ANCHORED_BY_LIBRARY},
    )


def _is_anchored(parsed: AttestationObject, question: Question) -> bool:
    """Whether somebody we trust says what the key is in. One that nobody says it of is not refused here, and not believed.
    Raises ProofRejected for a certificate that may not speak for this key, and for a format that we do not know."""
    x5c, data = parsed.att_stmt.x5c or [], parsed.auth_data.attested_credential_data
    if parsed.fmt not in _FORMATS:
        raise ProofRejected("attestation of a format that we do not know")
    attestation.check_certificate(parsed.fmt, x5c, data.aaguid if data else b"")
    if parsed.fmt in _ANCHORED_BY_LIBRARY:  # which knows those roots, and refused what does not lead to them
        return True
    if not x5c or not question.attestation_roots:
        return False
    try:
        return validate_certificate_chain(x5c=x5c, pem_root_certs_bytes=list(question.attestation_roots))
    except InvalidCertificateChain:
        return False


def verify_assertion(assertion: Assertion, known: KnownKey, question: Question) -> Proven:
    """Raises ProofRejected. A page of ours is given the nonce as its challenge; the reference's SDK puts it into claims."""
    origin = checked_origin(assertion.client_data, "webauthn.get", question)
    if assertion.claims is not None:
        jwt.check_login_claims(assertion.claims, question)
        challenge = challenge_of(assertion.client_data)
    else:
        challenge = decode(question.nonce, "nonce")
        _check_handle(assertion.user_handle, known.user_handle)
    try:
        verified = verify_authentication_response(
            credential=AuthenticationCredential(
                id=known.webauthn_id,
                raw_id=decode(known.webauthn_id, "id"),
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
