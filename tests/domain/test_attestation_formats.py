"""What formats of attestation beside packed say is held against the key, and believed from known roots alone (WebAuthn
L3 §8.3, §8.4, §8.6, §8.7, §8.8). Chains and statements are made here, as the makers make theirs."""

import hashlib
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from apps.credentials.models import Credential
from apps.credentials.services.passkeys import ProofRefused
from tests import ceremonies
from tests.authenticator import ES256, NO_AAGUID, RS256, SoftPasskey
from tests.world import World

pytestmark = pytest.mark.django_db

AAGUID = bytes(range(16))
APPLE_NONCE, ANDROID_KEY = "1.2.840.113635.100.8.2", "1.3.6.1.4.1.11129.2.1.17"
AIK_USAGE = x509.ObjectIdentifier("2.23.133.8.3")
MANUFACTURER, MODEL, FIRMWARE = "2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"
Statement = tuple[str, dict[str, Any]]


class Maker:
    """A root, and what it certifies."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Maker's root")])
        self.root = self._sign(self.name, self.key.public_key(), ca=True)

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.DER)

    def certify(self, key: Any, *, subject: str = "Key", **extensions: bytes) -> bytes:
        """`extensions`: dotted name with underscores → DER."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)] if subject else [])
        made = self._sign(name, key.public_key(), extensions=extensions)
        return made.public_bytes(serialization.Encoding.DER)

    def certify_aik(self, key: Any) -> bytes:
        told = {MANUFACTURER: "id:4E544300", MODEL: "NPCT6xx", FIRMWARE: "id:13"}
        device = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(kind), said) for kind, said in told.items()])
        made = self._sign(
            x509.Name([]),
            key.public_key(),
            x509.SubjectAlternativeName([x509.DirectoryName(device)]),
            x509.ExtendedKeyUsage([AIK_USAGE]),
        )
        return made.public_bytes(serialization.Encoding.DER)

    def _sign(
        self, subject: x509.Name, key: Any, *more: Any, ca: bool = False, extensions: dict[str, bytes] | None = None
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        for name, value in (extensions or {}).items():
            said = x509.UnrecognizedExtension(x509.ObjectIdentifier(name.replace("_", ".")), value)
            builder = builder.add_extension(said, critical=False)
        return builder.sign(self.key, hashes.SHA256())


def der(tag: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return tag + size + body


def hashed(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def fido_u2f(maker: Maker, passkey: SoftPasskey, data: bytes, client_data: bytes) -> Statement:
    key = ec.generate_private_key(ec.SECP256R1())
    point = passkey.key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    signed = b"\x00" + data[:32] + hashed(client_data) + passkey.credential_id + point
    return "fido-u2f", {"sig": key.sign(signed, ec.ECDSA(hashes.SHA256())), "x5c": [maker.certify(key)]}


def apple(maker: Maker, passkey: SoftPasskey, data: bytes, client_data: bytes) -> Statement:
    nonce = der(b"\x30", der(b"\xa1", der(b"\x04", hashed(data + hashed(client_data)))))
    return "apple", {"x5c": [maker.certify(passkey.key, **{APPLE_NONCE.replace(".", "_"): nonce})]}


def android_key(maker: Maker, passkey: SoftPasskey, data: bytes, client_data: bytes) -> Statement:
    """KeyDescription: version, level, version, level, challenge, unique id, by software, by hardware (sign, generated)."""
    number, level = b"\x02\x01\x03", b"\x0a\x01\x01"
    purpose = der(b"\xa1", der(b"\x31", b"\x02\x01\x02"))
    origin = der(b"\xbf\x85\x3e", b"\x02\x01\x00")
    told = der(
        b"\x30", number, level, number, level, der(b"\x04", hashed(client_data)), der(b"\x04"), der(b"\x30"),
        der(b"\x30", purpose, origin),
    )  # fmt: skip
    certificate = maker.certify(passkey.key, **{ANDROID_KEY.replace(".", "_"): told})
    signature = passkey.key.sign(data + hashed(client_data), ec.ECDSA(hashes.SHA256()))
    return "android-key", {"alg": ES256, "sig": signature, "x5c": [certificate, maker.der]}


def tpm(maker: Maker, passkey: SoftPasskey, data: bytes, client_data: bytes) -> Statement:
    """TPMT_PUBLIC and TPMS_ATTEST of the TPM 2.0 Library, Part 2, §12.2.4, §10.12.8."""
    key, sha256 = rsa.generate_private_key(65537, 2048), b"\x00\x0b"
    n = passkey.key.public_key().public_numbers().n.to_bytes(256, "big")
    area = struct.pack(">H2sI H", 1, sha256, 0x00060472, 0) + struct.pack(">HHHI", 0x10, 0x10, 2048, 0)
    area += struct.pack(">H", len(n)) + n
    name = sha256 + hashed(area)
    extra = hashed(data + hashed(client_data))
    info = b"\xffTCG\x80\x17" + struct.pack(">H", 0) + struct.pack(">H", len(extra)) + extra + bytes(17 + 8)
    info += struct.pack(">H", len(name)) + name + struct.pack(">H", 0)
    signature = key.sign(info, padding.PKCS1v15(), hashes.SHA256())
    return "tpm", {
        "ver": "2.0", "alg": RS256, "x5c": [maker.certify_aik(key)], "sig": signature, "certInfo": info, "pubArea": area,
    }  # fmt: skip


FORMATS: dict[str, tuple[Callable[..., Statement], dict[str, Any]]] = {
    "tpm": (tpm, {"aaguid": AAGUID, "algorithm": RS256}),
    "android-key": (android_key, {"aaguid": AAGUID}),
    "apple": (apple, {"aaguid": AAGUID}),
    "fido-u2f": (fido_u2f, {"aaguid": NO_AAGUID}),
}
ANCHORED_ANYWAY = ("android-key", "apple")  # one that leads to no known root is no such statement


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker()


def bind(world: World, kind: str, maker: Maker, change: Any = None) -> Credential:
    make, properties = FORMATS[kind]

    def state(passkey: SoftPasskey, data: bytes, client_data: bytes) -> Statement:
        fmt, statement = make(maker, passkey, data, client_data)
        return fmt, {**statement, **(change(statement) if change else {})}

    invitation = ceremonies.invite(world, world.bob)
    return ceremonies.bind(world.visitor, invitation, SoftPasskey(**properties), attestation=state)


@pytest.mark.parametrize("kind", FORMATS)
class TestEachFormat:
    def test_is_trusted_from_a_known_root(self, world: World, settings: Any, maker: Maker, kind: str) -> None:
        settings.ATTESTATION_ROOTS = (maker.pem,)
        credential = bind(world, kind, maker)
        assert (credential.attestation_trusted, credential.attestation_format) == (True, kind)

    def test_is_not_trusted_from_another(self, world: World, settings: Any, maker: Maker, kind: str) -> None:
        settings.ATTESTATION_ROOTS = (Maker().pem,)
        if kind in ANCHORED_ANYWAY:
            with pytest.raises(ProofRefused):
                bind(world, kind, maker)
        else:
            assert bind(world, kind, maker).attestation_trusted is False

    def test_of_another_key_is_refused(self, world: World, settings: Any, maker: Maker, kind: str) -> None:
        settings.ATTESTATION_ROOTS = (maker.pem,)
        make, properties = FORMATS[kind]
        other = SoftPasskey(**properties)

        def stolen(_: SoftPasskey, data: bytes, client_data: bytes) -> Statement:
            return make(maker, other, data, client_data)

        invitation, passkey = ceremonies.invite(world, world.bob), SoftPasskey(**properties)
        with pytest.raises(ProofRefused):
            ceremonies.bind(world.visitor, invitation, passkey, attestation=stolen)
        assert not Credential.objects.exists()

    def test_without_a_certificate_is_refused(self, world: World, settings: Any, maker: Maker, kind: str) -> None:
        settings.ATTESTATION_ROOTS = (maker.pem,)
        with pytest.raises(ProofRefused):
            bind(world, kind, maker, change=lambda statement: {"x5c": []})


def test_none_says_nothing_and_may_carry_nothing(world: World, settings: Any, maker: Maker) -> None:
    settings.ATTESTATION_ROOTS = (maker.pem,)
    invitation = ceremonies.invite(world, world.bob)
    with pytest.raises(ProofRefused):
        ceremonies.bind(world.visitor, invitation, SoftPasskey(), attestation=lambda *_: ("none", {"sig": b"x"}))
    credential = ceremonies.bind(world.visitor, invitation, SoftPasskey())
    assert (credential.attestation_format, credential.attestation_trusted) == ("none", False)
