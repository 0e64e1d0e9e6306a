"""static/sdk/webauthn.js takes the keys that devices have: P-256, and the RSA that some Windows devices make (WebAuthn L3
§5.4: a page that asks for fewer than these two loses people)."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk

from apps.credentials import webauthn
from tests import services


def on_a_device(kind: str) -> dict[str, Any]:
    program = [services.node(), str(Path(__file__).with_name("passkeys.mjs")), kind]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("kind", "algorithm"), [("EC", "ES256"), ("RSA", "RS256")])
def test_the_proof_names_the_key_and_its_algorithm(kind: str, algorithm: str) -> None:
    told = on_a_device(kind)
    assert told["algorithms"] == [-7, -257]
    assert set(told["algorithms"]) <= set(webauthn.ALGORITHMS)
    assert told["header"] == {"alg": algorithm, "kid": told["made"]["kid"]}
    assert told["made"]["kid"] == jwk.import_key(told["jwk"]).thumbprint()
