"""What there is to do in a realm that is new: each step teaches one noun, and the list leaves when all are done."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.applications import selectors as applications
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
    done: bool


def steps_of(realm: Any) -> list[Step]:
    """Empty once everything is done, and in the admin realm, which needs none of it."""
    if realm.is_admin:
        return []
    steps = [*_connect(realm), *_invite(realm)]
    return [] if all(step.done for step in steps) else steps


def _connect(realm: Any) -> list[Step]:
    return [
        Step(
            _("Create an application"),
            _("What people sign in to: a website, an app or a service that speaks OpenID Connect."),
            _("Applications"),
            realm_url(realm, "applications"),
            applications.applications_in(realm).exists(),
        ),
        Step(
            _("Add an identity"),
            _("A person, by name and username. There is no password to hand out."),
            _("Identities"),
            realm_url(realm, "identities"),
            directory.identities_in(realm).exists(),
        ),
    ]


def _invite(realm: Any) -> list[Step]:
    return [
        Step(
            _("Send a link to create a passkey"),
            _("Open an identity and choose “Add a passkey”. The link works once."),
            _("Identities"),
            realm_url(realm, "identities"),
            credentials.jobs_in(realm).exists(),
        ),
        Step(
            _("Sign in"),
            _("With the passkey, to your application. Its quick start has the lines of code."),
            _("Applications"),
            realm_url(realm, "applications"),
            directory.identities_in(realm).filter(last_authenticated_at__isnull=False).exists(),
        ),
        Step(
            _("Decide who may sign in"),
            _("The policy is asked at every sign-in. Publish a rule of your own."),
            _("Policy"),
            realm_url(realm, "policy"),
            policy.published(realm).version > 1,
        ),
    ]
