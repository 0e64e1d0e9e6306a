"""The five commonest jobs over the management API, with a client generated from its description.

    python jobs.py invite USERNAME      creates the person, puts them in a group, answers a link that binds a passkey
    python jobs.py revoke IDENTITY_ID   revokes each passkey of the person

README.md says how the client is generated, and which variables this reads.
"""

import json
import os
import sys
from typing import Any

import httpx
from identity_cloud_client import AuthenticatedClient
from identity_cloud_client.api.credential_binding_jobs import create_credential_binding_job
from identity_cloud_client.api.groups import add_group_members, create_group
from identity_cloud_client.api.identities import create_identity
from identity_cloud_client.api.passkeys import list_credentials, revoke_credential
from identity_cloud_client.models import (
    AddGroupMembersBody,
    CreateCredentialBindingJobBody,
    CreateGroupBody,
    CreateIdentityBody,
    Error,
    RevokeCredentialBody,
)

WHERE = {"tenant_id": os.environ["TENANT"], "realm_id": os.environ["REALM"]}


def get_token() -> str:
    """1. A token, by the client id and secret of the Management API application."""
    response = httpx.post(
        os.environ["TOKEN_ENDPOINT"],
        auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),
        data={"grant_type": "client_credentials"},
    )
    return response.raise_for_status().json()["access_token"]


def checked(answer: Any) -> Any:
    if answer is None or isinstance(answer, Error):
        sys.exit(f"{answer.code}: {answer.message}" if answer else "no answer that is described")
    return answer


def invite(client: AuthenticatedClient, username: str) -> None:
    # 2. A person.
    person = {"identity": {"traits": {"type": "traits_v0", "username": username}}}
    identity = checked(create_identity.sync(**WHERE, client=client, body=CreateIdentityBody.from_dict(person)))

    # 3. A group, and the person in it.
    named = CreateGroupBody.from_dict({"group": {"display_name": f"Friends of {username}"}})
    group = checked(create_group.sync(**WHERE, client=client, body=named))
    members = AddGroupMembersBody(identity_ids=[identity.id])
    checked(add_group_members.sync(**WHERE, group_id=group.id, client=client, body=members))

    # 4. A link with which the person binds a passkey. Whoever has it can: hand it over like a secret.
    job = {"delivery_method": "RETURN", "authenticator_config_id": os.environ["AUTHENTICATOR_CONFIG"]}
    body = CreateCredentialBindingJobBody.from_dict({"job": job})
    made = checked(create_credential_binding_job.sync(**WHERE, identity_id=identity.id, client=client, body=body))
    print(json.dumps({"identity_id": identity.id, "group_id": group.id, "link": made.credential_binding_link}))


def revoke(client: AuthenticatedClient, identity_id: str) -> None:
    """5. The person's passkeys, and the end of each that is still good."""
    whose = {**WHERE, "identity_id": identity_id}
    for credential in checked(list_credentials.sync(**whose, client=client)).credentials:
        if credential.state == "ACTIVE":
            body = RevokeCredentialBody()
            ended = checked(revoke_credential.sync(**whose, credential_id=credential.id, client=client, body=body))
            print(json.dumps({"id": ended.id, "state": ended.state}))


if __name__ == "__main__":
    jobs = {"invite": invite, "revoke": revoke}
    if len(sys.argv) != 3 or sys.argv[1] not in jobs:
        sys.exit(__doc__)
    with AuthenticatedClient(base_url=os.environ["API"], token=get_token()) as session:
        jobs[sys.argv[1]](session, sys.argv[2])
