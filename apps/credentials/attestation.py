"""What an attestation's certificates say beyond that the statement is signed (WebAuthn L3 §7.1 steps 21–24, §8.2.1, §8.3.1).

The library checks the statement; here is checked that the certificate is of the kind that may make one, and of the model of
authenticator that the key says it is in. Pure.
"""

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

from apps.credentials.proofs import ProofRejected

_AAGUID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")  # id-fido-gen-ce-aaguid
_OCTETS_OF_16 = b"\x04\x10"
_UNIT = "Authenticator Attestation"
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)


def check_certificate(statement_format: str, certificates: Sequence[bytes], aaguid: bytes) -> None:
    """`certificates` are x5c, DER, the attestation's own first. Raises ProofRejected."""
    if not certificates or statement_format not in ("packed", "tpm"):
        return
    try:
        own = x509.load_der_x509_certificate(certificates[0])
        extensions = own.extensions
    except _UNREADABLE:
        raise ProofRejected("attestation certificate does not parse") from None
    if own.version is not x509.Version.v3 or _is_authority(extensions):
        raise ProofRejected("attestation certificate is not of an authenticator")
    if statement_format == "packed" and _UNIT not in _units(own):
        raise ProofRejected("attestation certificate is not of an authenticator")
    _check_model(extensions, aaguid)


def _check_model(extensions: x509.Extensions, aaguid: bytes) -> None:
    try:
        said = extensions.get_extension_for_oid(_AAGUID)
    except x509.ExtensionNotFound:
        return
    value = said.value.value if isinstance(said.value, x509.UnrecognizedExtension) else b""
    if said.critical or value != _OCTETS_OF_16 + aaguid:
        raise ProofRejected("attestation certificate is of another model of authenticator")


def _is_authority(extensions: x509.Extensions) -> bool:
    """One that does not say is none either: both standards want it said."""
    try:
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return True


def _units(certificate: x509.Certificate) -> list[str | bytes]:
    return [each.value for each in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)]
