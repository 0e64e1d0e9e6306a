"""How PostgreSQL plans what is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def planned_for_its_values() -> Iterator[None]:
    """What is asked inside is planned for what it asks: of a prepared statement PostgreSQL knows neither how rare a word
    is nor how large a realm, and takes the same way for all of them."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    before, raw.prepare_threshold = raw.prepare_threshold, None
    try:
        yield
    finally:
        raw.prepare_threshold = before
