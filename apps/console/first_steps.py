"""What there is to do in a realm that is new: each step teaches one noun, and the list leaves when all are done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, Subquery
from django.utils.translation import gettext as _

from apps.applications import selectors as applications
from apps.console.access import Desk
from apps.console.render import realm_url
from apps.credentials import selectors as credentials
from apps.directory import selectors as directory
from apps.policy import selectors as policy


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    text: str
    label: str
    url: str
    scope: str
    done: bool
    is_next: bool = False


def asked(realm: Any) -> dict[str, Any]:
    """What `realms.told_of` is to tell for the steps; nothing in the admin realm, which needs none."""
    if realm.is_admin:
        return {}
    return {
        "first_application": Subquery(applications.applications_in(realm).values("pk")[:1]),
        "asked_for_a_passkey": Exists(credentials.jobs_in(realm)),
        "policy_version": Subquery(policy.versions_in(realm).values("version")[:1]),
        **directory.beginnings(realm),
    }


def steps_of(desk: Desk, told: Mapping[str, Any]) -> list[Step]:
    """Empty once everything is done, and where nothing was asked. One that the administrator may not do has no address:
    somebody else does it."""
    if "somebody" not in told:
        return []
    steps = [*_connect(desk.realm, told), *_invite(desk.realm, told)]
    if all(step.done for step in steps):
        return []
    steps = [step if desk.may(step.scope) else replace(step, url="") for step in steps]
    first = next((step for step in steps if step.url and not step.done), None)
    return [replace(step, is_next=step is first) for step in steps]


def _connect(realm: Any, told: Mapping[str, Any]) -> list[Step]:
    return [
        Step(
            _("Create an application"),
            _("What people sign in to: a website, an app or a service that speaks OpenID Connect."),
            _("Create application"),
            realm_url(realm, "applications/new"),
            "applications:create",
            told["first_application"] is not None,
        ),
        Step(
            _("Add an identity"),
            _("A person, by name and username. There is no password to hand out."),
            _("Add identity"),
            realm_url(realm, "identities/new"),
            "identities:create",
            told["somebody"],
        ),
    ]


def _invite(realm: Any, told: Mapping[str, Any]) -> list[Step]:
    first = told["first_application"]
    return [
        Step(
            _("Send a link to create a passkey"),
            _("Open an identity and choose “Add a passkey”. The link works once."),
            _("Open identities"),
            realm_url(realm, "identities"),
            "identities:read",
            told["asked_for_a_passkey"],
        ),
        Step(
            _("Sign in"),
            _("With the passkey, to your application. Its quick start has the code to copy."),
            _("Open quick start") if first else _("Open applications"),
            realm_url(realm, f"applications/{first}/quick-start" if first else "applications"),
            "applications:read",
            told["signed_in"],
        ),
        Step(
            _("Decide who may sign in"),
            _("The policy is asked at every sign-in. Publish a rule of your own."),
            _("Open policy"),
            realm_url(realm, "policy"),
            "policy:read",
            (told["policy_version"] or 0) > 1,
        ),
    ]
