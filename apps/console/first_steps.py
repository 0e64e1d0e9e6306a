"""What there is to do in a realm that is new: each step teaches one noun, and the list leaves when all are done."""

from dataclasses import dataclass, replace
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
    is_next: bool = False


def steps_of(realm: Any) -> list[Step]:
    """Empty once everything is done, and in the admin realm, which needs none of it."""
    if realm.is_admin:
        return []
    application = applications.applications_in(realm).first()
    somebody, signed_in = directory.has_begun(realm)
    steps = [*_connect(realm, application, somebody), *_invite(realm, application, signed_in)]
    first = next((step for step in steps if not step.done), None)
    return [replace(step, is_next=step is first) for step in steps] if first else []


def _connect(realm: Any, application: Any, somebody: bool) -> list[Step]:
    return [
        Step(
            _("Create an application"),
            _("What people sign in to: a website, an app or a service that speaks OpenID Connect."),
            _("Create application"),
            realm_url(realm, "applications/new"),
            application is not None,
        ),
        Step(
            _("Add an identity"),
            _("A person, by name and username. There is no password to hand out."),
            _("Add identity"),
            realm_url(realm, "identities/new"),
            somebody,
        ),
    ]


def _invite(realm: Any, first: Any, signed_in: bool) -> list[Step]:
    return [
        Step(
            _("Send a link to create a passkey"),
            _("Open an identity and choose “Add a passkey”. The link works once."),
            _("Open identities"),
            realm_url(realm, "identities"),
            credentials.jobs_in(realm).exists(),
        ),
        Step(
            _("Sign in"),
            _("With the passkey, to your application. Its quick start has the code to copy."),
            _("Open quick start") if first else _("Open applications"),
            realm_url(realm, f"applications/{first.pk}/quick-start" if first else "applications"),
            signed_in,
        ),
        Step(
            _("Decide who may sign in"),
            _("The policy is asked at every sign-in. Publish a rule of your own."),
            _("Open policy"),
            realm_url(realm, "policy"),
            policy.published(realm).version > 1,
        ),
    ]
