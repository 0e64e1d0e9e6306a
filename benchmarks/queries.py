"""What each request of a sign-in costs: statements to the database, and milliseconds without the network.

`python benchmarks/queries.py` on SQLite; with DATABASE_URL (and REDIS_URL) on PostgreSQL. The database is made for the
purpose and removed. Figures are of this machine: compare them with each other, not with another's.
"""

import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
ROUNDS = 20


def main() -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        report(connection.vendor)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


def report(engine: str) -> None:
    from django.test import Client

    from tests import ceremonies, world
    from tests.faces.oidc import costs
    from tests.faces.oidc.shop import Shop

    built = world.build()
    shop = Shop(built, Client(), ceremonies.client_of(built), ceremonies.give_passkey(built, built.bob))
    statements = {name: len(costs.queries_of(ask)) for name, ask in costs.requests(shop)}
    spent: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(ROUNDS):
        shop.browser.cookies.clear()
        for name, ask in costs.requests(shop):
            began = time.perf_counter()
            ask()
            spent[name].append((time.perf_counter() - began) * 1000)
    print(f"{'request':<36}{'statements':>11}{'median ms':>11}   ({engine}, {ROUNDS} rounds)")
    for name, count in statements.items():
        print(f"{name:<36}{count:>11}{statistics.median(spent[name]):>11.1f}")


if __name__ == "__main__":
    main()
