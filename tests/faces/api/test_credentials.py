"""R/identities/{i}/credentials (contract/wire.md §1.5, extensions.md §5)."""

import json

import pytest

from apps.core.times import rfc3339
from apps.credentials.models import Credential
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import Caller, missing, read
from tests.world import World


@pytest.fixture
def credential(world: World) -> Credential:
    return Credential.objects.get(webauthn_id=ceremonies.give_passkey(world, world.bob).webauthn_id)


def test_a_credential_as_the_contract_has_it(world: World, api: Caller, credential: Credential) -> None:
    body = read(api.get(f"/identities/{world.bob.pk}/credentials/{credential.pk}"))
    assert set(json.loads(body.pop("jwk_json"))) >= {"kty", "crv", "x", "y"}
    assert body == {
        "id": credential.pk,
        "identity_id": world.bob.pk,
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "state": "ACTIVE",
        "csr_type": "WEBAUTHN",
        "jwk_thumbprint": f"{credential.jwk_thumbprint}=",
        "display_name": credential.display_name,
        "binding": credential.binding,
        "aaguid": credential.aaguid,
        "provider_name": "",
        "backup_eligible": False,
        "backed_up": False,
        "user_verified_at_bind": True,
        "last_used_time": None,
        "last_used_ip": "",
        "create_time": rfc3339(credential.created_at),
        "update_time": rfc3339(credential.updated_at),
    }


def test_by_identity_and_of_all(world: World, api: Caller, credential: Credential) -> None:
    one = read(api.get(f"/identities/-/credentials/{credential.pk}"))
    for identity_id in (world.bob.pk, "-"):
        assert read(api.get(f"/identities/{identity_id}/credentials")) == {"credentials": [one], "total_size": 1}
    carol = world.acme.customers.carol.pk
    assert read(api.get(f"/identities/{carol}/credentials")) == {"credentials": [], "total_size": 0}
    assert read(api.get("/identities/nobody/credentials"), 404) == missing("identity", "Identity", "nobody")
    assert read(api.get(f"/identities/{carol}/credentials/{credential.pk}"), 404) == missing(
        "credential", "Credential", credential.pk
    )


def test_revoke_answers_the_revoked_credential(world: World, api: Caller, credential: Credential) -> None:
    revoked = read(api.post(f"/identities/{world.bob.pk}/credentials/{credential.pk}:revoke"))
    assert (revoked["id"], revoked["state"]) == (credential.pk, "REVOKED")
    assert read(api.get(f"/identities/-/credentials/{credential.pk}")) == revoked
    event = record.last(world.realm, EventType.CREDENTIAL_CHANGE)
    assert (event.data["action"], event.actor_type) == ("REVOKE", "application")
    assert event.data["changes"] == {"state": ["ACTIVE", "REVOKED"]}


def test_revoking_twice_is_revoking_once(world: World, api: Caller, credential: Credential) -> None:
    for _ in range(2):
        assert read(api.post(f"/identities/-/credentials/{credential.pk}:revoke"))["state"] == "REVOKED"


@pytest.mark.parametrize("verb", ["", ":revoke"])
def test_what_is_not_there_is_not_found(world: World, api: Caller, verb: str) -> None:
    response = api.call("POST" if verb else "GET", f"/identities/{world.bob.pk}/credentials/51c3c2d2907d6b40{verb}")
    assert read(response, 404) == missing("credential", "Credential", "51c3c2d2907d6b40")
