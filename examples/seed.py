"""`make demo`: Acme, built as the tests build their world, with Ada and Bob invited and a shop for Bob to sign in to.

Seeds a data directory once. Every start writes DATA_DIR/demo.json anew: what the shop must know of its provider, and a
link for each of the two who has no passkey yet.
"""

import json
import os
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")
django.setup()

# ruff: noqa: E402 - models cannot be imported before
from django.conf import settings
from django.db import transaction

from apps.applications import selectors as application_selectors
from apps.applications.models import Application
from apps.applications.services import applications
from apps.authenticators.models import AuthenticatorConfig
from apps.core.context import system_context
from apps.core.errors import NotFound
from apps.credentials import selectors as credentials
from apps.credentials.services import jobs
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.realms import selectors as realms
from apps.tokens.issuer import issuer_of
from tests import world

Known = dict[str, Any]


def main() -> None:
    path = settings.DATA_DIR / "demo.json"
    shop = f"http://localhost:{os.environ.get('RELYING_PARTY_PORT') or '3000'}"
    with transaction.atomic():  # all of Acme, or none of it
        known = seeded(path) or furnish(shop)
        keep(path, known | renewed(known, shop))


def seeded(path: Path) -> Known | None:
    """What an earlier start left, if the database beside it is still the one it was about."""
    try:
        known: Known = json.loads(path.read_text())
        application_of(known)
    except (OSError, ValueError, KeyError, NotFound):
        return None
    return known


def furnish(shop: str) -> Known:
    """Both are invited by mail as well, so that the mailbox has something to show."""
    acme = world.open_company(system_context(), "Acme", "ada@acme.test", "Ada Admin", "", f"{shop}/callback", "EMAIL")
    place = acme.customers
    invite(place.bob, place.config, shop, delivery_method="EMAIL")
    return {
        "tenant_id": acme.tenant.pk,
        "realm_id": place.realm.pk,
        "application_id": str(place.application.pk),
        "client_id": place.application.client_id,
        "client_secret": place.client_secret,
        "ada": acme.administrator.pk,
        "bob": place.bob.pk,
    }


def renewed(known: Known, shop: str) -> Known:
    """What changes with the ports, and links that still work."""
    application = application_of(known)
    admin_realm = realms.admin_realm_of(known["tenant_id"])
    console = application_selectors.managed_application(admin_realm, application_selectors.ADMIN_CONSOLE)
    to_console = f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/login?tenant={known['tenant_id']}"
    ada = directory.get_identity(admin_realm, known["ada"])
    bob = directory.get_identity(application.realm, known["bob"])
    register(application, shop)
    return {
        "shop": shop,
        "issuer": issuer_of(application),
        "ada_link": invite(ada, console.authenticator_config, to_console),
        "bob_link": invite(bob, application.authenticator_config, shop),
    }


def application_of(known: Known) -> Application:
    return application_selectors.get_application_at(known["tenant_id"], known["realm_id"], known["application_id"])


def register(application: Application, shop: str) -> None:
    """The redirect URI is compared byte for byte: when the shop moves to another port, it is told."""
    if application.redirect_uri_list != [f"{shop}/callback"]:
        applications.update_application(
            system_context(),
            application,
            display_name=application.display_name,
            protocol_config=world.web(f"{shop}/callback"),
            authenticator_config=application.authenticator_config,
            resource_server=application.resource_server,
        )


def invite(person: Identity, config: AuthenticatorConfig | None, onward: str, delivery_method: str = "RETURN") -> str:
    """A link; "" for somebody who has a passkey."""
    if config is None or credentials.active_credentials_of(person).exists():
        return ""
    made = jobs.create_job(
        system_context(),
        person,
        delivery_method=delivery_method,
        authenticator_config=config,
        post_binding_redirect_uri=onward,
    )
    return made.link


def keep(path: Path, known: Known) -> None:
    """It holds a secret and links, so it is for its owner; a start cut short leaves the file as it was."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(known, file, indent=2)
    draft.rename(path)


if __name__ == "__main__":
    main()
