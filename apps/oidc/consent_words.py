"""Scopes and claims in plain words, for the person who is asked to share them."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps.tokens.claims import OF_SCOPE

_CLAIM = "claim:"  # authentication.services.consents


def things(wanted: Iterable[str], resource_name: str) -> list[dict[str, Any]]:
    """What would be shared, one line each: {icon, label, text?}. Scopes that are the application's own are named as its
    resource server names them, since nobody else knows what they open."""
    known = _known()
    lines = [known[name] for name in wanted if name in known]
    lines += _by_name(wanted)
    own = [scope for scope in wanted if scope not in known and not scope.startswith(_CLAIM)]
    if own:
        label = (
            _("What you may do in %(name)s") % {"name": resource_name} if resource_name else _("What you may do there")
        )
        lines.append({"icon": "key-round", "label": label, "scopes": own})
    return lines


def _known() -> dict[str, dict[str, Any]]:
    return {
        "openid": {"icon": "id-card", "label": _("Who you are"), "text": _("Your name, username and e-mail address")},
        "profile": {
            "icon": "contact",
            "label": _("Your profile"),
            "text": _(
                "What is known of you here, such as first and last name, picture, birthday, language and time zone"
            ),
        },
        "email": {"icon": "mail", "label": _("Your e-mail address"), "text": _("And whether it was verified")},
        "address": {"icon": "house", "label": _("Your postal address")},
        "phone": {"icon": "smartphone", "label": _("Your phone number")},
    }


def _by_name(wanted: Iterable[str]) -> list[dict[str, Any]]:
    """Claims asked for one by one, told as the scope that they belong to would be, unless it is asked for itself."""
    asked = {name.removeprefix(_CLAIM) for name in wanted if name.startswith(_CLAIM)}
    belonging = (scope for scope, claims in OF_SCOPE.items() if asked & set(claims) and scope not in set(wanted))
    return [_known()[scope] for scope in belonging]
