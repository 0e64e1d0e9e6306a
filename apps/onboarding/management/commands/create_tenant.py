"""`manage.py create_tenant`: the sign-up page's verb from a terminal (contract/extensions.md §2)."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.context import system_context
from apps.core.errors import Invalid
from apps.onboarding import services as onboarding
from apps.onboarding.services import NewTenant
from apps.tokens.issuer import endpoints_of


class Command(BaseCommand):
    help = "Opens a tenant and prints the link with which its first administrator creates a passkey."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the organisation's name")
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--admin-name", default="")
        parser.add_argument("--json", action="store_true", help="print one JSON object, with secrets, for scripts")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            made = onboarding.create_tenant(
                system_context(),
                name=options["name"],
                admin_email=options["admin_email"],
                admin_name=options["admin_name"],
            )
        except Invalid as refusal:
            raise CommandError("; ".join(f"{v.field}: {v.description}" for v in refusal.violations)) from None
        if options["json"]:
            self.stdout.write(json.dumps(describe(made), indent=2))
            return
        self.stdout.write(
            f"Tenant {made.tenant.display_name} ({made.tenant.pk}) is open.\n"
            f"Create the first passkey here, within 7 days:\n  {made.invitation.link}\n"
            f"The same link was mailed to {made.administrator.primary_email_address}."
        )


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
