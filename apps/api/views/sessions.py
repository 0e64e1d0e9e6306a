"""R/sessions: who is signed in, and where (contract/extensions.md §4)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import tokens as schema
from apps.api.schemas.parameters import OF_IDENTITY, PAGE
from apps.authentication import sessions
from apps.authentication.contract import session_json
from apps.authentication.services import sessions as sessions_verbs
from apps.core.errors import Invalid, Violation
from apps.directory import selectors as directory


class Sessions(RealmEndpoint):
    @operation("ListSessions", "identities:read", query=(OF_IDENTITY, *PAGE), answers=schema.SESSIONS)
    def get(self, request: Request, **path: str) -> Response:
        """A session is a thing of an identity: there is no scope of its own."""
        wanted = request.query_params.get("identity_id")
        if wanted == "":  # the value that got lost on the way would otherwise show everybody's
            raise Invalid(Violation("identity_id", "empty string"))
        identity = None if wanted is None else directory.get_identity(self.realm, wanted)
        return listed(request, "sessions", sessions.sessions_in(self.ctx, self.realm, identity), session_json)


class Session(RealmEndpoint):
    @operation("EndSession", "identities:update", if_match=False)
    def delete(self, request: Request, session_id: str, **path: str) -> Response:
        sessions_verbs.sign_out(self.ctx, sessions.get_session(self.ctx, self.realm, session_id))
        return done()
