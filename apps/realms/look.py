"""How a realm looks to the people it meets: one answer for its hosted pages and its mails."""

import hashlib
import re
from dataclasses import dataclass

from apps.realms import selectors
from apps.realms.models import Realm

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Look:
    """Empty colours: the product's own, which know light from dark. `logo_url` is absolute or empty."""

    organization_name: str
    realm_name: str
    logo_url: str = ""
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
    return Look(
        organization_name=theme.email_realm_name,
        realm_name=realm.display_name,
        logo_url=theme.logo_url_light,
        support_url=theme.support_url,
        brand_color=_color(theme.button_color),
        brand_text_color=_color(theme.button_text_color),
    )


def _color(text: str) -> str:
    """It goes into a stylesheet: six digits or nothing."""
    return text.lower() if _COLOR.fullmatch(text) else ""
