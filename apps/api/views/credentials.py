"""R/identities/{i}/credentials (contract/wire.md §1.5). `-` for the identity means any of the realm."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import nothing
from apps.api.endpoint import IdentityEndpoint
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import credentials as schema
from apps.api.schemas.kinds import NOTHING
from apps.api.schemas.parameters import PAGE
from apps.credentials import selectors as credentials
from apps.credentials.contract import credential_json
from apps.credentials.services import passkeys


class Credentials(IdentityEndpoint):
    @operation("ListCredentials", "credentials:read", query=PAGE, answers=schema.CREDENTIALS)
    def get(self, request: Request, **path: str) -> Response:
        rows = credentials.credentials_of(self.identity) if self.identity else credentials.credentials_in(self.realm)
        return listed(request, "credentials", rows, credential_json)


class Credential(IdentityEndpoint):
    @operation("GetCredential", "credentials:read", answers=schema.CREDENTIAL)
    def get(self, request: Request, credential_id: str, **path: str) -> Response:
        credential = credentials.get_credential(self.realm, credential_id, self.identity)
        return etags.answer(request, credential_json(credential))


class CredentialRevocation(IdentityEndpoint):
    @operation(
        "RevokeCredential",
        "credentials:revoke",
        takes=NOTHING,
        answers=schema.CREDENTIAL,
        refuses={409: "Nobody could administer any more."},
    )
    def post(self, request: Request, credential_id: str, **path: str) -> Response:
        """For good: its sessions and refresh tokens end with it. Revoking it again changes nothing."""
        credential = credentials.get_credential(self.realm, credential_id, self.identity)
        nothing(request)
        return etags.answer(request, credential_json(passkeys.revoke_credential(self.ctx, credential)))
