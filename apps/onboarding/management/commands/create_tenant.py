"""`manage.py create_tenant`: the sign-up page's verb from a terminal (contract/extensions.md §2)."""

import json
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from apps.core.context import system_context
from apps.core.errors import Invalid
from apps.onboarding import services as onboarding
from apps.onboarding.services import NewTenant
from apps.tokens.issuer import endpoints_of

_WAIT_SECONDS = 60


class Command(BaseCommand):
    help = "Opens a tenant and prints the link with which its first administrator creates a passkey."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the organisation's name")
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--admin-name", default="")
        parser.add_argument(
            "--wait",
            type=int,
            default=_WAIT_SECONDS,
            metavar="SECONDS",
            help=f"how long to wait for tables that are still being made ({_WAIT_SECONDS})",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object, with secrets, for scripts")

    def handle(self, *args: object, **options: Any) -> None:
        self._await_tables(options["wait"])
        try:
            made = onboarding.create_tenant(
                system_context(),
                name=options["name"],
                admin_email=options["admin_email"],
                admin_name=options["admin_name"],
            )
        except Invalid as refusal:
            raise CommandError("; ".join(f"{v.field}: {v.description}" for v in refusal.violations)) from None
        except OperationalError as problem:
            raise CommandError(f"the database did not take it: {problem}; try again in a moment") from None
        if options["json"]:
            self.stdout.write(json.dumps(describe(made), indent=2))
            return
        self.stdout.write(
            f"Tenant {made.tenant.display_name} ({made.tenant.pk}) is open.\n"
            f"Create the first passkey here, within 7 days:\n  {made.invitation.link}\n"
            f"The same link was mailed to {made.administrator.primary_email_address}."
        )

    def _await_tables(self, seconds: int) -> None:
        """Whoever starts the server and this together finds no tables yet, or a database that a migration holds."""
        until = time.monotonic() + seconds
        is_told = False
        while not _has_all_tables():
            if time.monotonic() >= until:
                raise CommandError(
                    "the database has not all its tables yet: when nothing is preparing it, run `manage.py migrate` or "
                    "serve with --migrate; then try again"
                )
            if not is_told:
                self.stderr.write(f"Waiting up to {seconds} seconds for the database to be prepared …")
                is_told = True
            time.sleep(0.5)


def _has_all_tables() -> bool:
    try:
        executor = MigrationExecutor(connection)
    except OperationalError:  # somebody makes it just now
        return False
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def describe(made: NewTenant) -> dict[str, Any]:
    api = made.management_api.application
    return {
        "tenant_id": made.tenant.pk,
        "admin_realm_id": made.admin_realm.pk,
        "admin_identity_id": made.administrator.pk,
        "binding_link": made.invitation.link,
        "console_url": f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/",
        "management_api": {
            "application_id": str(api.pk),
            "issuer": endpoints_of(api).issuer,
            "token_endpoint": endpoints_of(api).token,
            "client_id": api.client_id,
            "client_secret": made.management_api.client_secret,
        },
        "first_realm": {
            "realm_id": made.first_realm.pk,
            "application_id": str(made.first_application.application.pk),
            "authenticator_config_id": str(made.first_config.pk),
        },
    }
