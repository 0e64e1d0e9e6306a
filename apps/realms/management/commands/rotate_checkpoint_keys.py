"""Rotates the keys that sign checkpoints by hand: of one tenant or of all."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.context import system_context
from apps.core.errors import NotFound
from apps.realms.checkpoint_keys import rotate_checkpoint_key
from apps.realms.models import Classification, Realm


class Command(BaseCommand):
    help = (
        "Gives tenants a new key for signing checkpoints of their logs. Old keys stay in R/events/jwks.json, and what they "
        "signed stays good. One line for each tenant: its id and the new kid."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="ID", help="only this one; otherwise every tenant")

    def handle(self, *args: object, **options: Any) -> None:
        every = Realm.objects.filter(classification=Classification.ADMIN).order_by("tenant_id")
        wanted = [options["tenant"]] if options["tenant"] else list(every.values_list("tenant_id", flat=True))
        for tenant_id in wanted:
            try:
                key = rotate_checkpoint_key(system_context(), tenant_id)
            except NotFound:
                raise CommandError(f"there is no tenant {tenant_id}") from None
            self.stdout.write(f"{tenant_id} {key.kid}")
