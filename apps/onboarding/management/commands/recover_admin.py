"""`manage.py recover_admin`: the last resort of an organisation that locked itself out (contract/extensions.md §6)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.context import system_context
from apps.core.errors import NotFound
from apps.onboarding import recovery

_FLAG = "--replace-admin-policy"


class Command(BaseCommand):
    help = (
        "Puts the first rules of a tenant's admin realm back in force, makes the person an active administrator, and prints "
        "a link with which they create a passkey. For when nobody gets into the console any more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's id")
        parser.add_argument("--admin", required=True, help="username or id of an identity in its admin realm")
        parser.add_argument(
            _FLAG,
            action="store_true",
            help="say that the rules in force there may be replaced; without it nothing is done",
        )

    def handle(self, *args: object, **options: Any) -> None:
        if not options["replace_admin_policy"]:
            raise CommandError(
                f"This replaces the policy of the admin realm and makes {options['admin']} an administrator. Run it again "
                f"with {_FLAG} if that is what you want; the old rules stay in the list of versions."
            )
        try:
            done = recovery.recover_admin(system_context(), options["tenant"], options["admin"])
        except NotFound as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(
            f"Version {done.policy.version} of the admin realm's policy holds the rules it began with.\n"
            f"{done.identity.display_name} ({done.identity.pk}) is an active administrator.\n"
            f"Create a passkey here, within an hour:\n  {done.binding_link}"
        )
