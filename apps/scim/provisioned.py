"""How the directory elsewhere speaks of a person, kept so that it hears its own words again (Identity.provisioned). Pure.

A person has a name to show and is active or not, whatever a client takes back; what it took back it is not shown until
somebody says it anew (RFC 7644 §3.5.2.2).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.core import names
from apps.scim.resources import EmailAddress

_TYPE_LENGTH = 64
_TYPES = (("email_type", "work"), ("secondary_email_type", "home"))


def read(emails: Sequence[EmailAddress], taken_back: Mapping[str, str] | None) -> dict[str, Any]:
    """Only what departs from how it would be shown anyway. Raises Invalid."""
    said: dict[str, Any] = {}
    for (key, otherwise), email in zip(_TYPES, emails, strict=False):
        kind = names.plain_text(email.type, field="emails.type", length=_TYPE_LENGTH)
        if kind and kind != otherwise:
            said[key] = kind
    if emails and emails[0].primary is False:
        said["email_primary"] = "false"
    if taken_back:
        said["taken_back"] = dict(taken_back)
    return said


def taken_back(user: Any, *, status: str, display_name: str) -> dict[str, str]:
    """What a PATCH left out, with what we hold in its place: it is not shown as long as that stays."""
    held = {"display_name": display_name} if user.display_name is None else {}
    return held | ({"status": status} if user.active is None else {})


def is_taken_back(identity: Any, column: str) -> bool:
    return bool(identity.provisioned.get("taken_back", {}).get(column) == getattr(identity, column))
