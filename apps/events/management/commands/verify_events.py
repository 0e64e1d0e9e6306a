import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.events import keys
from apps.events.verification import Verification


class Command(BaseCommand):
    help = (
        "Checks an NDJSON export of events against the keys of its tenant, offline: that nothing in it was changed, "
        "removed, inserted or re-ordered, and that its end was not cut off. Exits 0 only when all holds."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the export, as R/events:export?format=ndjson answers it")
        parser.add_argument("--jwks", type=Path, required=True, help="the keys, as R/events/jwks.json answers them")
        parser.add_argument("--partial", action="store_true", help="the export had a filter: events may be left out")
        parser.add_argument("--at-least", type=int, default=0, metavar="N", help="the log has had N events before")

    def handle(self, *args: object, file: Path, jwks: Path, partial: bool, at_least: int, **options: object) -> None:
        try:
            known = json.loads(jwks.read_bytes())
            verification = Verification(lambda kid, signed, text: keys.verifies(known, kid, signed, text), partial)
            keys.verifies(known, "", b"", b"")  # no set of keys is the command's fault, not a line's
            with file.open("rb") as lines:
                verification.feed(lines)
        except (OSError, ValueError) as problem:
            raise CommandError(str(problem)) from problem
        found = verification.problems()
        size = int(verification.checkpoint["tree_size"]) if verification.checkpoint and not found else 0
        if not found and size < at_least:
            found = [f"the log had {at_least} events before, and has {size} here"]
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write(f"{verification.events} events hold, in a log of {size}")
