"""static/sdk/certificate.js, run by a JavaScript engine and read by `cryptography` (contract/extensions.md §5, §10)."""

import base64
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from apps.credentials import proofs
from apps.credentials.proofs import x509 as checks
from tests import services

SUBJECT = {"identity": "9d4e1bb7c2a3f001", "realm": "19a95130480dfa79", "tenant": "0001b42d80372976"}
PROOF = {"audience": "http://localhost:8000/v1/x:bind", "transaction": "a-job", "nonce": "ein Schlüssel · 鍵"}


def minted(**changes: Any) -> dict[str, Any]:
    asked = {"subject": SUBJECT, "proof": PROOF, "count": 1, **changes}
    program = [services.node(), str(Path(__file__).with_name("certificates.mjs")), json.dumps(asked)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """Enough of them to meet every length that a signature's two numbers can have."""
    return minted(count=300)


def parsed(raw: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(raw, validate=True))


def question(now: datetime) -> proofs.Question:
    return proofs.Question(**PROOF, subject=proofs.Subject(**SUBJECT), now=now)


def test_the_product_believes_every_one_of_them(made: dict[str, Any]) -> None:
    for raw in made["certificates"]:
        new = checks.verify_new(checks.parse(raw), question(datetime.now(UTC)))
        assert new.jwk_thumbprint == made["thumbprint"]


def test_the_key_cannot_be_read_out(made: dict[str, Any]) -> None:
    assert made["extractable"] is False


def test_it_names_the_identity_its_realm_and_its_tenant_in_that_order(made: dict[str, Any]) -> None:
    certificate = parsed(made["certificates"][0])
    wanted = [
        (NameOID.COMMON_NAME, SUBJECT["identity"]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, SUBJECT["realm"]),
        (NameOID.ORGANIZATION_NAME, SUBJECT["tenant"]),
    ]
    assert certificate.subject == certificate.issuer
    assert [(each.oid, each.value) for each in certificate.subject] == wanted


def test_it_says_what_it_is_for_and_nothing_else(made: dict[str, Any]) -> None:
    certificate = parsed(made["certificates"][0])
    assert certificate.version is x509.Version.v3
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    usage, purpose, names = certificate.extensions
    assert (usage.critical, purpose.critical, names.critical) == (True, False, False)
    assert usage.value.public_bytes().hex() == "03020780"  # digitalSignature alone
    assert list(purpose.value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert [each.value for each in names.value] == [made["name"]]
    assert made["name"] == checks.URI_PREFIX + checks.proof_digest(*PROOF.values())


def test_it_lives_for_minutes_around_now_and_its_serial_number_is_new(made: dict[str, Any]) -> None:
    certificates = [parsed(raw) for raw in made["certificates"]]
    for each in certificates:
        assert each.not_valid_before_utc < datetime.now(UTC) < each.not_valid_after_utc
        assert each.not_valid_after_utc - each.not_valid_before_utc <= timedelta(minutes=5)
        assert 64 < each.serial_number.bit_length() <= 128
    assert len({each.serial_number for each in certificates}) == len(certificates)


def test_a_page_with_a_wrong_clock_may_say_what_time_the_server_has() -> None:
    then = datetime(2031, 5, 17, 12, tzinfo=UTC)
    (raw,) = minted(now=int(then.timestamp() * 1000))["certificates"]
    certificate = parsed(raw)
    assert certificate.not_valid_before_utc < then < certificate.not_valid_after_utc
    assert checks.verify_new(checks.parse(raw), question(then))
