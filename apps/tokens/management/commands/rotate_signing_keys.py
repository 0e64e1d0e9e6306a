"""Rotates signing keys by hand: of one realm or of all, in order or because they leaked."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.context import system_context
from apps.realms.models import Realm
from apps.tokens import key_rotation
from apps.tokens.services import signing_keys


class Command(BaseCommand):
    help = "Gives realms new current signing keys. One line for each key: realm, algorithm, kid."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--realm", metavar="ID", help="only this one; otherwise every realm of every tenant")
        parser.add_argument(
            "--retire-now",
            action="store_true",
            help="for keys that leaked: the old ones leave the JWKS at once, and nothing they signed is good any more",
        )

    def handle(self, *args: object, **options: Any) -> None:
        realms = Realm.objects.order_by("pk")
        if options["realm"]:
            realms = realms.filter(pk=options["realm"])
            if not realms:
                raise CommandError(f"there is no realm {options['realm']}")
        act = key_rotation.retire_every_key if options["retire_now"] else signing_keys.rotate_signing_keys
        for realm in realms.iterator():
            for key in act(system_context(), realm):
                self.stdout.write(f"{realm.pk} {key.algorithm} {key.kid}")
