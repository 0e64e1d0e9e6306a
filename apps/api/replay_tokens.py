"""Going on with a replay that one request did not finish: a token that says where, of these rules and this span alone."""

import hashlib
import json
from datetime import datetime
from uuid import UUID

from django.core import signing

from apps.api.paging import TOKEN_LIFE
from apps.core.errors import Invalid, Violation
from apps.policy import engine
from apps.policy.replay import Report
from apps.policy.selectors import Chosen

_SALT = "api.policy.replay"


def binding_of(realm_id: str, chosen: Chosen, start: datetime, end: datetime) -> str:
    """Counts of rules that were changed meanwhile would not add up."""
    asked = [realm_id, start.isoformat(), end.isoformat(), engine.printed(chosen.rules)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:22]


def next_of(report: Report, binding: str) -> dict[str, str]:
    if report.after is None:
        return {}
    return {"next_page_token": signing.dumps({"of": binding, "after": str(report.after)}, salt=_SALT)}


def read(token: object, binding: str) -> UUID | None:
    """Raises Invalid."""
    if token in (None, ""):
        return None
    try:
        said = signing.loads(token, salt=_SALT, max_age=TOKEN_LIFE) if isinstance(token, str) else {}
    except signing.BadSignature:
        said = {}
    if said.get("of") != binding:
        raise Invalid(Violation("page_token", "invalid page token"))
    return UUID(said["after"])
