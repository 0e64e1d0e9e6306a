"""R/identities (contract/wire.md §1.2, §1.4)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import lists, wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import identities as schema
from apps.api.schemas.groups import GROUPS
from apps.api.schemas.parameters import FILTER, PAGE
from apps.core.errors import Invalid, Violation
from apps.credentials.enrollment import enrolled, enrolled_json, get_identity, newcomer_json
from apps.directory import selectors as directory
from apps.directory.contract import group_json, parse_identity, parse_identity_changes
from apps.directory.filter_grammar import BadFilter
from apps.directory.filtering import identity_filter
from apps.directory.services import identities


class Identities(RealmEndpoint):
    @operation(
        "CreateIdentity",
        "identities:create",
        takes=schema.NEW_IDENTITY,
        answers=schema.IDENTITY,
        refuses={409: "The username or the external id is taken."},
    )
    def post(self, request: Request, **path: str) -> Response:
        """The person can sign in once a passkey is bound: make a credential binding job next."""
        given = parse_identity(wrapped(request, "identity"))
        identity = identities.create_identity(
            self.ctx, self.realm, display_name=given.display_name, traits=given.traits, status=given.status
        )
        return etags.answer(request, newcomer_json(identity))

    @operation("ListIdentities", "identities:read", query=(FILTER, *PAGE), answers=schema.IDENTITIES)
    def get(self, request: Request, **path: str) -> Response:
        try:
            chosen = identity_filter(request.query_params.get("filter", ""))
        except BadFilter as problem:
            raise Invalid(Violation("filter", str(problem))) from None
        return listed(
            request, "identities", enrolled(directory.identities_in(self.realm).filter(chosen)), enrolled_json
        )


class Identity(RealmEndpoint):
    @operation("GetIdentity", "identities:read", answers=schema.IDENTITY)
    def get(self, request: Request, identity_id: str, **path: str) -> Response:
        return etags.answer(request, enrolled_json(get_identity(self.realm, identity_id)))

    @operation(
        "UpdateIdentity",
        "identities:update",
        takes=schema.IDENTITY_CHANGES,
        answers=schema.IDENTITY,
        refuses={409: "The username or the external id is taken, or nobody could administer any more."},
    )
    def patch(self, request: Request, identity_id: str, **path: str) -> Response:
        """Suspending somebody ends their sessions and refresh tokens."""
        identity = get_identity(self.realm, identity_id)
        given = parse_identity_changes(wrapped(request, "identity"), identity.username)
        identities.update_identity(
            self.ctx,
            identity,
            display_name=given.display_name,
            traits=given.traits,
            status=given.status,
            seen_at=etags.seen_at(request, identity.updated_at, enrolled_json(identity)),
        )
        return etags.answer(request, enrolled_json(identity))

    @operation("DeleteIdentity", "identities:delete", refuses={409: "Nobody could administer any more."})
    def delete(self, request: Request, identity_id: str, **path: str) -> Response:
        """Passkeys, binding jobs, memberships, sessions and tokens go along; events stay."""
        identity = get_identity(self.realm, identity_id)
        seen_at = etags.seen_at(request, identity.updated_at, enrolled_json(identity))
        identities.delete_identity(self.ctx, identity, seen_at=seen_at)
        return done()


class IdentitiesDeleted(RealmEndpoint):
    @operation(
        "BatchDeleteIdentities",
        "identities:delete",
        takes=schema.IDS,
        refuses={404: "One of them is not there; BatchOperationErrors names which."},
    )
    def post(self, request: Request, **path: str) -> Response:
        """All of them or none; each leaves an event of its own."""
        identities.delete_identities(self.ctx, self.realm, lists(request, "ids")["ids"])
        return done()


class IdentityGroups(RealmEndpoint):
    @operation("ListIdentityGroups", "identities:read", "groups:read", query=PAGE, answers=GROUPS)
    def get(self, request: Request, identity_id: str, **path: str) -> Response:
        identity = directory.get_identity(self.realm, identity_id)
        return listed(request, "groups", directory.groups_of(identity), group_json)
