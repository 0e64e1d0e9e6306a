"""What an administrator had typed at the console when they could not send it: kept sealed, so that it is not typed again.

Nothing here does anything. It is shown in its form again, to the same person in the same browser, who sends it or does not;
see docs/decisions/0024-what-was-typed-is-kept.md. No event is of its own: the request that was refused is on record.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from apps.authentication.models import KeptForm, Session
from apps.core import ids, secrets
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.directory.models import Identity

LIFE = timedelta(hours=1)
LARGEST = 262_144
_AT_ONCE = 10  # of one person; the oldest make room


@dataclass(frozen=True, slots=True)
class Typed:
    """`back` is the page that the form is on."""

    back: str
    fields: Sequence[tuple[str, str]]


def whose(token: str) -> Identity | None:
    """Of a console session by its cookie, over or not: for keeping something for them, and for nothing else."""
    rows = Session.objects.select_related("identity").filter(token_digest=secrets.digest(token))
    session = rows.exclude(application=None).first()
    return session.identity if session else None


def keep(ctx: Context, identity: Identity, browser: str, typed: Typed) -> str:
    """Its id; "" for what is too large to keep. `browser` is a secret that this browser alone keeps."""
    content = json.dumps([typed.back, list(typed.fields)]).encode()
    if len(content) > LARGEST:
        return ""
    pk = ids.uuid7()
    with transaction.atomic():
        KeptForm.objects.create(
            pk=pk,
            tenant_id=identity.tenant_id,
            realm_id=identity.realm_id,
            identity=identity,
            browser_digest=secrets.digest(browser),
            sealed_content=secrets.seal(content, _purpose(pk)),
            expires_at=ctx.now + LIFE,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        older = KeptForm.objects.filter(identity=identity).order_by("-pk").values_list("pk", flat=True)[_AT_ONCE:]
        KeptForm.objects.filter(pk__in=list(older)).delete()
    return str(pk)


def get_typed(ctx: Context, identity: Identity, browser: str, form_id: str) -> Typed:
    """Raises NotFound: another person's, another browser's, too old."""
    mine = KeptForm.objects.filter(identity=identity, browser_digest=secrets.digest(browser), expires_at__gt=ctx.now)
    row = mine.filter(pk=ids.parse_uuid(form_id)).first()
    if row is None:
        raise NotFound("KeptForm", form_id)
    back, fields = json.loads(secrets.unseal(row.sealed_content, _purpose(row.pk)))
    return Typed(back, [(name, value) for name, value in fields])


def _purpose(pk: UUID) -> str:
    return f"kept_form.content:{pk}"
