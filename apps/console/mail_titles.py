"""What people call each kind of mail."""

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, tuple[Any, Any]] = {
    "binding_link": (_("Invitation"), _("The link with which somebody creates a passkey.")),
    "one_time_password": (_("One-time code"), _("The code with which somebody proves that the address is theirs.")),
    "recovery": (_("Recovery"), _("The way back in for who has lost their passkey.")),
    "security_notice": (_("Security notice"), _("Tells somebody what happened to their account.")),
}


def mail_title(kind: str) -> str:
    return str(TITLES[kind][0]) if kind in TITLES else kind
