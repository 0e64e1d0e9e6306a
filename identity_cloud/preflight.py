"""Everything that must hold before a process serves: `python -m identity_cloud.preflight [--migrate]`.

A process of its own, so that the parent stays small. Whatever is wrong is one line on standard error and exit status 2.
"""

import os
import sys
from collections.abc import Sequence

import django
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command


class NotReady(Exception):
    """Said in one line on the terminal."""


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_cloud.settings")
    try:
        django.setup()
        reach_database()
        reach_redis()
        bring_tables_up_to_date(allowed="--migrate" in arguments)
        open_signing_keys()
        bring_tenants_up_to_date()
        pass_system_checks()
        gather_static_files()
    except (ImproperlyConfigured, NotReady) as problem:
        print(f"identity cloud: {problem}", file=sys.stderr)
        return 2
    return 0


def reach_database() -> None:
    from django.conf import settings
    from django.db import DatabaseError, connection

    try:
        connection.ensure_connection()
    except DatabaseError as problem:
        where = f"the database file in {settings.DATA_DIR}" if settings.EMBEDDED else "the database of DATABASE_URL"
        raise NotReady(f"{where} cannot be opened: {_first_line(problem)}") from None


def reach_redis() -> None:
    from django.conf import settings

    if not settings.CELERY_BROKER_URL:
        return
    from redis import Redis, RedisError  # half a second that embedded mode need not spend

    try:
        with Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=5, socket_timeout=5) as redis:
            redis.ping()
    except RedisError as problem:
        raise NotReady(f"the Redis of REDIS_URL cannot be reached: {_first_line(problem)}") from None


def bring_tables_up_to_date(*, allowed: bool) -> None:
    """Reading the plan is quick, so that a second start need not pay for a migration with nothing to do."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not waiting:
        return
    if not allowed:
        raise NotReady(f"{len(waiting)} migrations are waiting; run `manage.py migrate`, or serve with --migrate")
    print("Preparing the database …", flush=True)
    call_command("migrate", interactive=False, verbosity=0)


def open_signing_keys() -> None:
    """A database that was restored beside another's secrets would serve every page, and no token."""
    from apps.tokens import keys

    if not keys.can_be_opened():
        raise NotReady(
            "KEY_ENCRYPTION_KEY does not open the signing keys in this database; where theirs is lost, run "
            "`manage.py rotate_signing_keys --retire-now`"
        )


def bring_tenants_up_to_date() -> None:
    """Not a migration: each is written once, and the management API learns a scope with any version. One query, mostly."""
    from apps.applications.services import access
    from apps.core.context import system_context

    access.grant_new_scopes(system_context())


def pass_system_checks() -> None:
    errors = [message for message in checks.run_checks() if message.level >= checks.ERROR]
    if errors:
        raise NotReady(f"{errors[0].id}: {_first_line(errors[0].msg)}")


def gather_static_files() -> None:
    """Embedded mode serves them from where they lie; otherwise they are hashed and compressed once, here."""
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not settings.EMBEDDED:
        call_command("collectstatic", interactive=False, verbosity=0)


def _first_line(problem: object) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
