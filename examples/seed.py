"""`make demo`: Acme, built as the tests build their world, with a mailed invitation for Bob and a shop to sign in to.

Runs once for a data directory. What the shop must know of its provider it leaves in DATA_DIR/relying_party.json.
"""

import json
import os
from datetime import UTC, datetime

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")
    django.setup()
    from django.conf import settings

    known = settings.DATA_DIR / "relying_party.json"
    if not known.exists():
        port = os.environ.get("RELYING_PARTY_PORT") or "3000"
        with open(os.open(known, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(furnish(f"http://localhost:{port}"), file, indent=2)


def furnish(shop: str) -> dict[str, str]:
    from apps.core import ids
    from apps.core.context import Context
    from apps.credentials.services import jobs
    from apps.tokens.issuer import issuer_of
    from tests import world

    start = Context(now=datetime.now(UTC), client=world.DESK, correlation_id=str(ids.uuid7()))
    acme = world.open_company(start, "Acme", "ada@acme.test", "Ada Admin", "", f"{shop}/callback", "EMAIL")
    place = acme.customers
    ada = world.acting_as(start, acme.administrator)
    jobs.create_job(
        ada, place.bob, delivery_method="EMAIL", authenticator_config=place.config, post_binding_redirect_uri=shop
    )
    return {
        "address": shop,
        "issuer": issuer_of(place.application),
        "client_id": place.application.client_id,
        "client_secret": place.client_secret,
    }


if __name__ == "__main__":
    main()
