"""Grants by their authorization codes: stored hashed, read once, consumed by one conditional UPDATE."""

from uuid import UUID

from django.db.models.functions import Now

from apps.applications.models import Application, Grant
from apps.core import secrets
from apps.core.known_statements import KnownQuery, KnownUpdate

CONSUME = KnownUpdate(  # of its key, and the thumbprint of the key that its family is to be bound to
    lambda pk, dpop_jkt: (
        Grant.objects.filter(pk=pk, consumed_at=None, revoked_at=None, expires__gt=Now()),
        {"consumed_at": Now(), "dpop_jkt": dpop_jkt},
    ),
    UUID,
    str,
)
# By what is unique alone: a second condition with an index of its own may lead PostgreSQL, which plans a statement once a
# connection, to read every grant of an application for one code.
_BY_CODE = KnownQuery(lambda code: Grant.objects.select_related("user").filter(code=code), str)


def find(application: Application, code: str) -> Grant | None:
    """With its person. Says nothing of whether the code is still good."""
    grant = _BY_CODE.one(secrets.digest(code))
    return grant if grant and grant.application_id == application.pk else None
