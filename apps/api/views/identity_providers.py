"""R/identity-providers: who else may vouch for a realm's people (contract/extensions.md §9)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import nothing, wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import identity_providers as schema
from apps.api.schemas.kinds import NOTHING
from apps.api.schemas.parameters import PAGE
from apps.federation import selectors as federation
from apps.federation import services as verbs
from apps.federation import trials
from apps.federation.contract import (
    check_json,
    identity_provider_json,
    parse_identity_provider,
    parse_identity_provider_changes,
)


class IdentityProviders(RealmEndpoint):
    @operation(
        "CreateIdentityProvider",
        "identity-providers:create",
        takes=schema.NEW_IDENTITY_PROVIDER,
        answers=schema.IDENTITY_PROVIDER,
        refuses={409: "The realm has one with that issuer.", 422: "The realm has as many as it may."},
    )
    def post(self, request: Request, **path: str) -> Response:
        """Of customer realms alone: administrators sign in with passkeys. Register the `redirect_uri` of the answer at the
        provider. Nobody new gets in before one of `link_by_verified_email` and `create_identities` is on."""
        given = parse_identity_provider(wrapped(request, "identity_provider"))
        return etags.answer(
            request, identity_provider_json(verbs.create_identity_provider(self.ctx, self.realm, **given))
        )

    @operation("ListIdentityProviders", "identity-providers:read", query=PAGE, answers=schema.IDENTITY_PROVIDERS)
    def get(self, request: Request, **path: str) -> Response:
        rows = federation.identity_providers_in(self.realm)
        return listed(request, "identity_providers", rows, identity_provider_json)


class IdentityProvider(RealmEndpoint):
    @operation("GetIdentityProvider", "identity-providers:read", answers=schema.IDENTITY_PROVIDER)
    def get(self, request: Request, provider_id: str, **path: str) -> Response:
        provider = federation.get_identity_provider(self.realm, provider_id)
        return etags.answer(request, identity_provider_json(provider))

    @operation(
        "UpdateIdentityProvider",
        "identity-providers:update",
        takes=schema.IDENTITY_PROVIDER_CHANGES,
        answers=schema.IDENTITY_PROVIDER,
    )
    def patch(self, request: Request, provider_id: str, **path: str) -> Response:
        """`attribute_map` and `scopes` are replaced whole. `enabled: false` takes the button away at once; who is signed in
        stays so."""
        provider = federation.get_identity_provider(self.realm, provider_id)
        given = parse_identity_provider_changes(wrapped(request, "identity_provider"), provider)
        seen_at = etags.seen_at(request, provider.updated_at, identity_provider_json(provider))
        verbs.update_identity_provider(self.ctx, provider, seen_at=seen_at, **given)
        return etags.answer(request, identity_provider_json(provider))

    @operation("DeleteIdentityProvider", "identity-providers:delete")
    def delete(self, request: Request, provider_id: str, **path: str) -> Response:
        """With everybody's link to it."""
        provider = federation.get_identity_provider(self.realm, provider_id)
        seen_at = etags.seen_at(request, provider.updated_at, identity_provider_json(provider))
        verbs.delete_identity_provider(self.ctx, provider, seen_at=seen_at)
        return done()


class IdentityProviderTest(RealmEndpoint):
    @operation("TestIdentityProvider", "identity-providers:update", takes=NOTHING, answers=schema.TEST)
    def post(self, request: Request, provider_id: str, **path: str) -> Response:
        """Asks the provider for its configuration and its keys, now, and says what is wrong with them. Whether it knows the
        client id and its secret, only a sign-in tries."""
        nothing(request)
        provider = federation.get_identity_provider(self.realm, provider_id)
        return Response(check_json(trials.check_provider(self.ctx, provider)))
