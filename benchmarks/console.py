"""What each page of the console costs in a large installation: see benchmarks/README.md.

`python benchmarks/console.py` opens every page as an administrator of a tenant with a thousand realms, in a realm with a
million identities, ten thousand applications and EVENTS events (`--events`), through the whole application in this process,
on a PostgreSQL of its own; then lists of a hundred thousand (long_lists.py). A page is what a browser is sent for one
address, without the files it has already.
"""

import argparse
import gzip
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import services  # noqa: E402

IDENTITIES, APPLICATIONS, REALMS = 1_000_000, 10_000, 1_000
SAMPLES = 20
_OWN = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    events = parser.parse_args().events
    with (
        tempfile.TemporaryDirectory(prefix="identity-cloud-console-") as folder,
        services.postgresql(durable=True) as url,
    ):
        os.environ.update(services.PRODUCTION_SECRETS)
        os.environ.update(DATABASE_URL=url, DATA_DIR=folder, DJANGO_SETTINGS_MODULE="identity_cloud.settings")
        os.environ["IDENTITY_CLOUD_AUTH_URL"] = "http://localhost:8000"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        browser, paths = furnish(events)
        print(f"{IDENTITIES:,} identities, {APPLICATIONS:,} applications, {REALMS:,} realms, {events:,} events\n")
        print(f"| {'page':<58} | statements | p50 ms | p95 ms | KB sent |\n|---|---|---|---|---|")
        rows = sorted(filter(None, (cost(browser, name, path) for name, path in paths)), reverse=True)
        for p95, name, asked, p50, sent in rows:
            print(f"| {name:<58} | {asked:>10} | {p50:>6.1f} | {p95:>6.1f} | {sent / 1024:>7.1f} |", flush=True)
        print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


def furnish(events: int) -> tuple[Any, list[tuple[str, str]]]:
    """Ada's browser, and what she may open: (route, path)."""
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks import long_lists
    from benchmarks.directory import fill
    from tests.isolation import atlas
    from tests.isolation.conftest import console_of
    from tests.world import build

    settings.ALLOWED_HOSTS = ["*"]
    world = build()
    here = world.acme.customers
    fill(here.realm, 1, IDENTITIES)
    multiply(here.application, APPLICATIONS, display_name="Application {}", client_id="application-{}")
    multiply(here.realm, REALMS, display_name="Realm {}")
    call_command("load_events", realm=here.realm.pk, tenant=here.realm.tenant_id, count=events, seal=True, verbosity=0)
    # Filling took its time, and a code made a minute ago is none any more.
    world = replace(world, ctx=world.at(timezone.now() - world.ctx.now))
    places = atlas.furnish(world, here)
    paths = []
    for route in atlas.routes("console"):
        person = world.ada if "administrators" in route.template else world.bob
        paths.append((str(route), route.path(places | {"identity_id": person.pk})))
    browser = console_of(world, world.acme)
    long_lists.fill(places)
    return browser, paths + long_lists.asked(places)


def multiply(thing: Any, count: int, **names: str) -> None:
    """Rows like this one with ids and names of their own."""
    from django.db import connection

    from apps.core import ids

    model = type(thing)
    short = len(str(thing.pk)) == 16
    values = {field.attname: getattr(thing, field.attname) for field in model._meta.concrete_fields}
    rows = (
        model(
            **values
            | {"id": ids.short_id() if short else ids.uuid7()}
            | {name: text.format(n) for name, text in names.items()}
        )
        for n in range(count)
    )
    model.objects.bulk_create(rows, batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def cost(browser: Any, name: str, path: str) -> tuple[float, str, int, float, int] | None:
    """(p95 ms, route, statements, p50 ms, compressed bytes); None for what is no page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    answer = browser.get(path)
    if answer.status_code != 200 or answer.streaming or b"<main" not in answer.content:
        return None
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(path)
    asked = sum(not query["sql"].startswith(_OWN) for query in captured)
    spent = []
    for _ in range(SAMPLES):
        began = time.perf_counter()
        browser.get(path)
        spent.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(spent, n=20)[-1]
    return p95, name, asked, statistics.median(spent), len(gzip.compress(answer.content))


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
