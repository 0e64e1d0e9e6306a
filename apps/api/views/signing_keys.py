"""R/signing-keys (contract/extensions.md §4). They are the realm's, so its scopes go for them too."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.bodies import nothing
from apps.api.endpoint import RealmEndpoint
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import tokens as schema
from apps.api.schemas.kinds import NOTHING
from apps.api.schemas.parameters import PAGE
from apps.tokens import keys
from apps.tokens.contract import signing_key_json
from apps.tokens.services import signing_keys


class SigningKeys(RealmEndpoint):
    @operation("ListSigningKeys", "realms:read", query=PAGE, answers=schema.SIGNING_KEYS)
    def get(self, request: Request, **path: str) -> Response:
        return listed(request, "signing_keys", keys.published_keys(self.realm), signing_key_json)


class SigningKeyRotation(RealmEndpoint):
    @operation("RotateSigningKeys", "realms:update", takes=NOTHING, answers=schema.SIGNING_KEYS)
    def post(self, request: Request, **path: str) -> Response:
        """The new current keys, one of each algorithm."""
        nothing(request)
        made = signing_keys.rotate_signing_keys(self.ctx, self.realm)
        return Response({"signing_keys": [signing_key_json(key) for key in made], "total_size": len(made)})


class SigningKeyRetirement(RealmEndpoint):
    @operation("RetireSigningKey", "realms:update", takes=NOTHING, answers=schema.SIGNING_KEY)
    def post(self, request: Request, key_id: str, **path: str) -> Response:
        """For a key that leaked: it leaves the JWKS at once, and nothing that it signed is believed any more. The realm's
        next key takes its place."""
        nothing(request)
        retired = signing_keys.retire_signing_key(self.ctx, keys.get_key(self.realm, key_id))
        return Response(signing_key_json(retired))
