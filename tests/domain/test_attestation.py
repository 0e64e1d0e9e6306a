"""What an authenticator's maker says of it is believed from known roots alone (WebAuthn L3 §7.1 steps 21–24, F10)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.authenticators.models import AuthenticatorConfig
from apps.credentials.models import Credential
from apps.credentials.services.passkeys import NotDeviceBound, ProofRefused
from apps.events.types import EventType
from apps.policy import services as policy
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.world import World

pytestmark = pytest.mark.django_db

AAGUID = bytes(range(16))
AAGUID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


class Maker:
    """Of authenticators: a root of its own, and certificates below it."""

    def __init__(self, **validity: datetime) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("Maker's root", "Certificate Authority")
        self.root = self._sign(self.name, self.key.public_key(), ca=True, **validity)

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def certify(self, key: Any, *, unit: str = "Authenticator Attestation", **lies: Any) -> bytes:
        made = self._sign(_name("Authenticator", unit), key.public_key(), **lies)
        return made.public_bytes(serialization.Encoding.DER)

    def _sign(self, subject: x509.Name, key: Any, *, ca: bool = False, **lies: Any) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(lies.get("begins", now - timedelta(days=1)))
        builder = builder.not_valid_after(lies.get("ends", now + timedelta(days=1)))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if "aaguid" in lies:
            said = x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04\x10" + lies["aaguid"])
            builder = builder.add_extension(said, critical=lies.get("aaguid_critical", False))
        return builder.sign(self.key, hashes.SHA256())


def _name(common: str, unit: str) -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: "DE", NameOID.ORGANIZATION_NAME: "Maker", NameOID.ORGANIZATIONAL_UNIT_NAME: unit,
        NameOID.COMMON_NAME: common,
    }  # fmt: skip
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker()


@pytest.fixture
def believed(settings: Any, maker: Maker) -> None:
    settings.ATTESTATION_ROOTS = (maker.pem,)


def attested(maker: Maker, **lies: Any) -> dict[str, Any]:
    """For SoftPasskey.create: a packed attestation by a certificate of the maker's."""
    key = ec.generate_private_key(ec.SECP256R1())
    return {"attestation": "packed", "attestation_key": key, "chain": [maker.certify(key, **lies)]}


def bind(world: World, config: AuthenticatorConfig | None = None, **lies: Any) -> Credential:
    return ceremonies.bind(
        world.visitor, ceremonies.invite(world, world.bob, config), SoftPasskey(aaguid=AAGUID), **lies
    )


def device_bound(world: World) -> AuthenticatorConfig:
    config = world.acme.customers.config
    config.config["authentication_methods"] = [{"type": "webauthn_passkey", "device_bound": "required"}]
    config.save()
    return config


@pytest.mark.usefixtures("believed")
def test_a_chain_to_a_known_root_is_trusted_and_tells_what_the_key_is_in(world: World, maker: Maker) -> None:
    credential = bind(world, device_bound(world), **attested(maker, aaguid=AAGUID))
    assert (credential.attestation_trusted, credential.attestation_format) == (True, "packed")
    assert record.last(world.realm, EventType.CREDENTIAL_CHANGE).data["attestation_trusted"] is True


@pytest.mark.usefixtures("believed")
@pytest.mark.parametrize(
    "statement", ["a chain of their own", "an expired root", "an expired certificate", "their own key", "none"]
)
def test_what_leads_to_no_known_root_is_not_trusted(world: World, settings: Any, maker: Maker, statement: str) -> None:
    over = {"begins": datetime(2020, 1, 1, tzinfo=UTC), "ends": datetime(2021, 1, 1, tzinfo=UTC)}
    expired = Maker(**over)
    if statement == "an expired root":
        settings.ATTESTATION_ROOTS = (expired.pem,)
    lies: dict[str, Any] = {
        "a chain of their own": attested(Maker()), "an expired root": attested(expired),
        "an expired certificate": attested(maker, **over), "their own key": {"attestation": "packed"}, "none": {},
    }[statement]  # fmt: skip
    with pytest.raises(NotDeviceBound):
        bind(world, device_bound(world), **lies)
    credential = bind(world, loose(world), **lies)
    assert credential.attestation_trusted is False


def loose(world: World) -> AuthenticatorConfig:
    config = world.acme.customers.config
    config.config["authentication_methods"] = [{"type": "webauthn_passkey", "device_bound": "any"}]
    config.save()
    return config


def test_without_known_roots_nothing_is_trusted_and_the_flags_decide(world: World, maker: Maker) -> None:
    credential = bind(world, device_bound(world), **attested(maker))
    assert (credential.attestation_trusted, credential.binding) == (False, "hardware")


@pytest.mark.usefixtures("believed")
@pytest.mark.parametrize(
    "lies",
    [
        {"aaguid": bytes(16)}, {"aaguid": AAGUID, "aaguid_critical": True}, {"unit": "Marketing"}, {"ca": True},
    ],
    ids=["of another model", "that must be understood", "for something else", "of an authority"],
)  # fmt: skip
def test_a_certificate_is_refused(world: World, maker: Maker, lies: dict[str, Any]) -> None:
    with pytest.raises(ProofRefused):
        bind(world, **attested(maker, **lies))


@pytest.mark.usefixtures("believed")
def test_a_statement_that_its_certificate_did_not_sign_is_refused(world: World, maker: Maker) -> None:
    forged = attested(maker)
    forged["attestation_key"] = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ProofRefused):
        bind(world, **forged)
    with pytest.raises(ProofRefused):
        bind(world, **{**attested(maker), "chain": [b"\x30\x03\x02\x01\x01"]})


@pytest.mark.parametrize("kind", ["android-safetynet", "apple", "android-key", "tpm", "fido-u2f", "homemade"])
def test_an_empty_statement_of_any_other_format_is_refused(world: World, kind: str) -> None:
    with pytest.raises(ProofRefused):
        bind(world, attestation=kind)


@pytest.mark.usefixtures("believed")
def test_a_rule_may_demand_trust(world: World, maker: Maker) -> None:
    trusted = {"attribute": "credential.attestation_trusted", "operator": "is", "value": True}
    rule = {"id": "t", "name": "t", "transaction": "any", "condition": trusted, "action": {"type": "allow"}}
    policy.save_draft(world.ctx, world.realm, [rule])
    policy.publish_draft(world.ctx, world.realm)
    for lies in ({}, {"attestation": "packed"}, attested(Maker())):
        with pytest.raises(policy.PolicyDenied):
            bind(world, **lies)
    assert bind(world, **attested(maker)).attestation_trusted
