"""What a file is called that somebody takes away: what is in it, of which realm, of when."""

from datetime import UTC, datetime
from typing import Any

from django.utils.text import slugify

_LENGTH = 40


def file_name(noun: str, realm: Any, moment: datetime, kind: str) -> str:
    """ "events-customers-2026-11-22-234455.csv": ASCII, UTC. A realm without a Latin letter to its name goes by its id."""
    named = slugify(realm.display_name)[:_LENGTH].strip("-") or realm.pk
    return f"{noun}-{named}-{moment.astimezone(UTC):%Y-%m-%d-%H%M%S}.{kind}"
