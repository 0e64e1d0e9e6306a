"""R/applications (contract/wire.md §1.7, extensions.md §4)."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import RealmEndpoint, done
from apps.api.operations import operation
from apps.api.paging import listed_by_hundreds
from apps.api.schemas import applications as schema
from apps.api.schemas.parameters import HUNDREDS
from apps.applications import selectors as applications
from apps.applications.contract import (
    application_json,
    parse_application,
    parse_application_changes,
    parse_rotation,
)
from apps.applications.services import applications as verbs
from apps.authenticators import selectors as authenticators
from apps.core.errors import Invalid, NotFound, Violation

_REFERENCES = {
    "authenticator_config": authenticators.get_authenticator_config,
    "resource_server": applications.get_resource_server,
}


class Applications(RealmEndpoint):
    terse = True

    @operation("CreateApplication", "applications:create", takes=schema.NEW_APPLICATION, answers=schema.APPLICATION)
    def post(self, request: Request, **path: str) -> Response:
        """A confidential client gets its `client_secret` in this answer and in no other."""
        given = parse_application(wrapped(request, "application"))
        made = verbs.create_application(self.ctx, self.realm, **_with_references(self.realm, given))
        return _with_secret(request, made)

    @operation("ListApplications", "applications:read", query=HUNDREDS, answers=schema.APPLICATIONS)
    def get(self, request: Request, **path: str) -> Response:
        return listed_by_hundreds(request, "applications", applications.applications_in(self.realm), application_json)


class Application(RealmEndpoint):
    terse = True

    @operation("GetApplication", "applications:read", answers=schema.APPLICATION)
    def get(self, request: Request, application_id: str, **path: str) -> Response:
        return etags.answer(request, application_json(applications.get_application(self.realm, application_id)))

    @operation("UpdateApplication", "applications:update", takes=schema.APPLICATION_CHANGES, answers=schema.APPLICATION)
    def patch(self, request: Request, application_id: str, **path: str) -> Response:
        application = applications.get_application(self.realm, application_id)
        given = parse_application_changes(wrapped(request, "application"))
        seen_at = etags.seen_at(request, application.updated_at, application_json(application))
        changes = _with_references(self.realm, given)
        verbs.update_application(self.ctx, application, seen_at=seen_at, **changes)
        return etags.answer(request, application_json(application))

    @operation("DeleteApplication", "applications:delete")
    def delete(self, request: Request, application_id: str, **path: str) -> Response:
        application = applications.get_application(self.realm, application_id)
        seen_at = etags.seen_at(request, application.updated_at, application_json(application))
        verbs.delete_application(self.ctx, application, seen_at=seen_at)
        return done()


class ApplicationSecretRotation(RealmEndpoint):
    terse = True

    @operation(
        "RotateApplicationSecret",
        "applications:update",
        takes=schema.ROTATION,
        answers=schema.APPLICATION,
        if_match=True,
        refuses={422: "A public client has no secret."},
    )
    def post(self, request: Request, application_id: str, **path: str) -> Response:
        """Answers the new secret, once. The old one works for `grace_period` seconds more, none unless said."""
        application = applications.get_application(self.realm, application_id)
        grace_seconds = parse_rotation(request.data)
        seen_at = etags.seen_at(request, application.updated_at, application_json(application))
        made = verbs.rotate_secret(self.ctx, application, grace_seconds=grace_seconds, seen_at=seen_at)
        return _with_secret(request, made)


def _with_secret(request: Request, made: verbs.WithSecret) -> Response:
    """The tag is that of the application alone, as every later reader gets it."""
    response = etags.answer(request, application_json(made.application))
    response.data = application_json(made.application, client_secret=made.client_secret)
    return response


def _with_references(realm: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The things themselves where ids were given, None for an empty one. Raises Invalid."""
    found, violations = dict(given), []
    for name, look_up in _REFERENCES.items():
        if f"{name}_id" not in given:
            continue
        wanted = found.pop(f"{name}_id")
        try:
            found[name] = look_up(realm, wanted) if wanted else None
        except NotFound:
            violations.append(Violation(f"application.{name}_id", "not found"))
    if violations:
        raise Invalid(violations)
    return found
