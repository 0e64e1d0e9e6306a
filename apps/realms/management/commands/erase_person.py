from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.context import system_context
from apps.events import erasing
from apps.realms.models import Realm


class Command(BaseCommand):
    help = (
        "Takes a person's names, addresses and devices out of the events of a realm, also of one who was deleted long ago. "
        "What happened stays, and every proof holds. Cannot be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--realm", required=True, help="the realm's id")
        parser.add_argument("--identity", required=True, help="the identity's id, as the events name it")

    def handle(self, *args: object, realm: str, identity: str, **options: object) -> None:
        found = Realm.objects.filter(pk=realm).first()
        if found is None:
            raise CommandError(f"there is no realm {realm}")
        count = erasing.erase_person(system_context(), found, identity)
        self.stdout.write(f"erased from {count} events")
