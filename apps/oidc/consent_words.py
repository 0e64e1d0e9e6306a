"""Scopes and claims in plain words, for the person who is asked to share them."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps.authentication.services.consents import CLAIM
from apps.tokens.claims import OF_SCOPE


def things(wanted: Iterable[str], resource_name: str, *, pseudonymous: bool = False) -> list[dict[str, Any]]:
    """What would be shared, one line each: {icon, label, text?, scopes?}. Scopes that are the application's own are named as
    its resource server names them, since nobody else knows what they open. `pseudonymous`: who it is, is not told."""
    known = _known(pseudonymous)
    lines = [known[name] for name in wanted if name in known]
    lines += [known[scope] for scope in _belonging(set(wanted))]
    own = [scope for scope in wanted if scope not in known and not scope.startswith(CLAIM)]
    if own:
        there = _("Act for you in %(name)s") % {"name": resource_name}
        lines.append({"icon": "key-round", "label": there if resource_name else _("Act for you"), "scopes": own})
    return lines


def _known(pseudonymous: bool) -> dict[str, dict[str, Any]]:
    who = {"icon": "id-card", "label": _("Who you are"), "text": _("Your name, username and e-mail address")}
    same = {"icon": "eye-off", "label": _("That it is you again"), "text": _("By a pseudonym that no other site knows")}
    of_profile = _("What is known of you here, such as first and last name, picture, birthday, language and time zone")
    return {
        "openid": same if pseudonymous else who,
        "profile": {"icon": "contact", "label": _("Your profile"), "text": of_profile},
        "email": {"icon": "mail", "label": _("Your e-mail address"), "text": _("And whether it was verified")},
        "address": {"icon": "house", "label": _("Your postal address")},
        "phone": {"icon": "smartphone", "label": _("Your phone number")},
    }


def _belonging(wanted: set[str]) -> list[str]:
    """Claims asked for one by one are told as the scope that they belong to would be, unless it is asked for itself."""
    asked = {name.removeprefix(CLAIM) for name in wanted if name.startswith(CLAIM)}
    return [scope for scope, claims in OF_SCOPE.items() if asked & set(claims) and scope not in wanted]
