"""A realm's applications as CSV (core.tables), without anything secret."""

from collections.abc import Iterator

from apps.applications import selectors as applications
from apps.applications.models import Application
from apps.core.context import Context
from apps.core.tables import csv_file
from apps.core.times import rfc3339
from apps.events.attempt import record
from apps.events.types import EventType
from apps.realms.models import Realm

_BATCH = 500
_COLUMNS = (
    "id", "display_name", "client_id", "client_type", "redirect_uris", "allowed_scopes", "authenticator", "resource_server",
    "is_managed", "created_at",
)  # fmt: skip


def export_applications(ctx: Context, realm: Realm, *, text: str = "") -> Iterator[bytes]:
    rows = applications.applications_named(realm, text)
    record(ctx, EventType.APPLICATION_CHANGE, realm, action="EXPORT", filter={"text": text})
    return csv_file(_COLUMNS, map(_row, rows.iterator(chunk_size=_BATCH)))


def _row(application: Application) -> list[str]:
    config, server = application.authenticator_config, application.resource_server
    return [
        str(application.pk),
        application.display_name,
        application.client_id,
        application.client_type,
        application.redirect_uris,
        " ".join(application.allowed_scopes),
        config.display_name if config else "",
        server.identifier if server else "",
        "yes" if application.is_managed else "no",
        rfc3339(application.created_at),
    ]
