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
_BY_CODE = KnownQuery(
    lambda code, application: Grant.objects.select_related("user").filter(code=code, application=application), str, UUID
)


def find(application: Application, code: str) -> Grant | None:
    """With its person. Says nothing of whether the code is still good."""
    return _BY_CODE.one(secrets.digest(code), application.pk)
