"""A fresh certificate at every bind and login (contract/extensions.md §5, §10): X.509 v3, self-issued, minutes long, tied to
what was asked by one URI among its alternative names. Parsed by `cryptography`, which takes DER alone."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, SignatureAlgorithmOID
from joserfc.jwk import ECKey

from apps.credentials.proofs import (
    SKEW,
    Kind,
    KnownKey,
    NewKey,
    ProofMalformed,
    ProofRejected,
    Proven,
    Question,
    Subject,
)

URI_PREFIX = "urn:identity-cloud:proof:"
LIFE = timedelta(minutes=5)
_URI = re.compile(rf"{URI_PREFIX}([A-Za-z0-9_-]{{43}})")
_LENGTH = 8_192  # of base64: an honest one has under 1,000
_SERIAL_BITS = (64, 128)  # 128 random bits have fewer than 64 once in 2^64
_NAME = (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME)
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A parsed, unbelieved certificate. `jwk_thumbprint` and `proof_digest` are "" where there is no such thing in it."""

    parsed: x509.Certificate
    jwk_thumbprint: str
    proof_digest: str


def proof_digest(audience: str, transaction: str, nonce: str) -> str:
    """base64url(SHA-256(aud ‖ 0x00 ‖ transaction ‖ 0x00 ‖ nonce)): what a right certificate's URI holds."""
    answered = b"\x00".join(part.encode() for part in (audience, transaction, nonce))
    return base64.urlsafe_b64encode(hashlib.sha256(answered).digest()).rstrip(b"=").decode()


def parse(raw: object) -> Certificate:
    """Of DER in standard base64. Raises ProofMalformed."""
    if not isinstance(raw, str) or not 0 < len(raw) <= _LENGTH or not raw.isascii():
        raise ProofMalformed("not base64 of a certificate")
    try:
        parsed = x509.load_der_x509_certificate(base64.b64decode(raw, validate=True))
    except (binascii.Error, *_UNREADABLE):
        raise ProofMalformed("not a certificate in DER") from None
    return Certificate(parsed, _thumbprint(parsed), _digest_in(parsed))


def verify_new(certificate: Certificate, question: Question) -> NewKey:
    """At bind: signed by its own key. Raises ProofRejected."""
    key = _key_of(certificate.parsed)
    _check(certificate, question, key)
    jwk = ECKey.import_key(key)
    return NewKey(Kind.X509, _spki(key), jwk.as_dict(private=False), jwk.thumbprint())


def verify(certificate: Certificate, known: KnownKey, question: Question) -> Proven:
    """At login: signed by the key that was registered, whatever key the certificate says it is of. Raises ProofRejected."""
    if _spki(_key_of(certificate.parsed)) != known.public_key:
        raise ProofRejected("another key than the registered one")
    registered = serialization.load_der_public_key(known.public_key)
    if not isinstance(registered, ec.EllipticCurvePublicKey):
        raise ProofRejected("another key than the registered one")
    _check(certificate, question, registered)
    return Proven()


def _check(certificate: Certificate, question: Question, key: ec.EllipticCurvePublicKey) -> None:
    """The signature first: nothing is said of a certificate that nobody signed."""
    parsed = certificate.parsed
    _check_signature(parsed, key)
    if parsed.version is not x509.Version.v3:
        raise ProofRejected("not a version 3 certificate")
    if not _SERIAL_BITS[0] <= _serial_of(parsed).bit_length() <= _SERIAL_BITS[1]:
        raise ProofRejected("serial number is not 128 random bits")
    _check_window(parsed, question)
    wanted = _parts(question.subject)
    if _name_of(parsed, "subject") != wanted or _name_of(parsed, "issuer") != wanted:
        raise ProofRejected("subject and issuer are not the identity's path")
    _check_extensions(parsed)
    asked = proof_digest(question.audience, question.transaction, question.nonce)
    if not hmac.compare_digest(certificate.proof_digest.encode(), asked.encode()):
        raise ProofRejected("does not answer this transaction")


def _check_signature(parsed: x509.Certificate, key: ec.EllipticCurvePublicKey) -> None:
    if parsed.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        raise ProofRejected("not signed with ECDSA and SHA-256")
    try:
        parsed.verify_directly_issued_by(parsed)  # algorithm inside as outside, issuer its own
        key.verify(parsed.signature, parsed.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ProofRejected("signature is not the key's") from None
    except _UNREADABLE as problem:
        raise ProofRejected(f"not self-issued: {problem}"[:200]) from None


def _check_window(parsed: x509.Certificate, question: Question) -> None:
    begins, ends = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    if not timedelta(0) < ends - begins <= LIFE:
        raise ProofRejected("valid for longer than five minutes, or never")
    if question.now < begins - SKEW:
        raise ProofRejected("not valid yet")
    if question.now > ends + SKEW:
        raise ProofRejected("expired")


def _check_extensions(parsed: x509.Certificate) -> None:
    """What must be there is there and as critical as it must be; of the rest nothing may be critical, or make it a CA."""
    extensions = _extensions_of(parsed)
    usage, purposes = extensions.pop(x509.KeyUsage, None), extensions.pop(x509.ExtendedKeyUsage, None)
    if usage is None or not usage.critical or not _signs_only(usage.value):
        raise ProofRejected("key usage is not digitalSignature alone, and critical")
    if purposes is None or purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.CLIENT_AUTH]:
        raise ProofRejected("extended key usage is not clientAuth alone")
    names = extensions.pop(x509.SubjectAlternativeName, None)
    if names is None or names.critical or len(names.value) != 1:
        raise ProofRejected("not exactly one alternative name")
    for kind, further in extensions.items():
        if further.critical or (kind is x509.BasicConstraints and further.value.ca):
            raise ProofRejected("an extension that nobody asked for")


def _signs_only(usage: Any) -> bool:
    others = (
        usage.content_commitment, usage.key_encipherment, usage.data_encipherment, usage.key_agreement,
        usage.key_cert_sign, usage.crl_sign,
    )  # fmt: skip
    return usage.digital_signature and not any(others)


def _extensions_of(parsed: x509.Certificate) -> dict[Any, Any]:
    """By class; several that `cryptography` does not know share one place, which is fine: none may be critical."""
    try:
        found = list(parsed.extensions)
    except _UNREADABLE:
        raise ProofRejected("extensions do not parse, or are given twice") from None
    return {
        **{type(each.value): each for each in found},
        **{f"critical {each.oid.dotted_string}": each for each in found if each.critical and _is_unknown(each)},
    }


def _is_unknown(extension: Any) -> bool:
    return isinstance(extension.value, x509.UnrecognizedExtension)


def _key_of(parsed: x509.Certificate) -> ec.EllipticCurvePublicKey:
    try:
        key = parsed.public_key()
    except _UNREADABLE:
        raise ProofRejected("no key that we know, or a point that is on no curve") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ProofRejected("not a P-256 key")
    return key


def _spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _thumbprint(parsed: x509.Certificate) -> str:
    """RFC 7638, of the key that the certificate says it is of."""
    try:
        return ECKey.import_key(_key_of(parsed)).thumbprint()
    except ProofRejected:
        return ""


def _digest_in(parsed: x509.Certificate) -> str:
    try:
        names = list(parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (x509.ExtensionNotFound, *_UNREADABLE):
        return ""
    if len(names) != 1 or not isinstance(names[0], x509.UniformResourceIdentifier):
        return ""
    found = _URI.fullmatch(names[0].value)
    return found[1] if found else ""


def _serial_of(parsed: x509.Certificate) -> int:
    return max(parsed.serial_number, 0)


def _parts(subject: Subject) -> list[tuple[Any, str]]:
    return list(zip(_NAME, (subject.identity, subject.realm, subject.tenant), strict=True))


def _name_of(parsed: x509.Certificate, which: str) -> list[tuple[Any, str]]:
    """One attribute in each part, in the order they stand in; anything else is nobody's name."""
    try:
        name: x509.Name = getattr(parsed, which)
    except _UNREADABLE:
        return []
    if any(len(list(part)) != 1 for part in name.rdns):
        return []
    return [(each.oid, str(each.value)) for each in name]
