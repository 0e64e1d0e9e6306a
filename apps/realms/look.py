"""How a realm looks to the people it meets: one answer for its hosted pages and its mails."""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from apps.core.errors import Invalid
from apps.realms import logos, selectors
from apps.realms.models import LookRow, Realm, Theme
from apps.realms.themes import CHECKS

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Look:
    """Empty colours: the product's own, which know light from dark. Logos are absolute URLs or empty; the dark one stands in
    for the other where the page is dark."""

    organization_name: str
    realm_name: str
    logo_url: str = ""
    logo_url_dark: str = ""
    support_url: str = ""
    brand_color: str = ""
    brand_text_color: str = ""

    @property
    def version(self) -> str:
        """Changes with the colours, so that a stylesheet made of them may be kept for ever; empty for the product's own."""
        if not self.brand_color:
            return ""
        return hashlib.sha256(f"{self.brand_color}{self.brand_text_color}".encode()).hexdigest()[:12]


def look_of(realm: Realm) -> Look:
    """Until the realm has a theme of its own, the tenant's name stands over it."""
    theme = selectors.theme_of(realm)
    if theme._state.adding:
        return Look(realm.tenant.display_name, realm.display_name)
    return worn(realm, theme)


def worn(realm: Realm, theme: LookRow) -> Look:
    """The realm as it would look in this, which a draft may be."""
    return Look(
        organization_name=theme.email_realm_name,
        realm_name=realm.display_name,
        logo_url=logos.address_of(theme.logo_url_light),
        logo_url_dark=logos.address_of(theme.logo_url_dark),
        support_url=theme.support_url,
        brand_color=_color(theme.button_color),
        brand_text_color=_color(theme.button_text_color),
    )


def tried_on(realm: Realm, given: Mapping[str, Any]) -> Look:
    """The realm as it would look in what is being typed. What could not be kept so is left out."""
    tried = Theme(realm=realm, email_realm_name=realm.tenant.display_name)
    for name, check in CHECKS.items():
        with suppress(Invalid):
            setattr(tried, name, check(given.get(name, ""), field=name))
    return worn(realm, tried)


def _color(text: str) -> str:
    """It goes into a stylesheet: six digits or nothing."""
    return text.lower() if _COLOR.fullmatch(text) else ""
