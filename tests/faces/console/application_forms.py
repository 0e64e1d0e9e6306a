"""What the forms of applications are filled with, and what came of it."""

import re
from typing import Any

from django.test import Client

from apps.applications import selectors as applications
from apps.applications.hashers import SHA256SecretHasher
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from tests.world import World

SECRET = re.compile(r"[\w-]{48}")


def base(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/applications"


def url(world: World) -> str:
    return f"{base(world)}/{world.application.pk}"


def admin_url(world: World, application: Any) -> str:
    return f"/console/realms/{world.acme.admin_realm.pk}/applications/{application.pk}"


def filled(world: World, client: Client, **changes: Any) -> dict[str, Any]:
    """The form of a new web application, as the page offers it."""
    page = client.get(f"{base(world)}/new?kind=web")
    return {
        "once": page.context["form"]["once"].value(),
        "name": "Payroll",
        "kind": "web",
        "redirect_uris": "https://payroll.test/callback\r\n\r\n  http://localhost:3000/callback  ",
        "authenticator": str(world.acme.customers.config.pk),
        "expires_after": "3600",
        "signing_algorithm": "ES256",
        **changes,
    }


def configuration(world: World, client: Client, **changes: Any) -> dict[str, Any]:
    """The configuration form as it stands, with some answers changed."""
    form = client.get(f"{url(world)}/configuration").context["form"]
    values = {name: form[name].value() for name in form.fields}
    values["redirect_uris"] = form["redirect_uris"].value()
    return {name: value for name, value in values.items() if value is not None} | changes


def find(world: World, name: str) -> Any:
    return applications.applications_in(world.realm).get(display_name=name)


def last_change(world: World) -> Any:
    return events.events_in(world.realm, EventFilter(types=["APPLICATION_CHANGE"]))[0]


def secret_in(page: str) -> str:
    return page.partition('class="secret"')[2].partition("data-copy=")[2].partition("data-copy=")[2][1:49]


def works(application: Any, secret: str) -> bool:
    return SHA256SecretHasher().verify(secret, application.client_secret)
