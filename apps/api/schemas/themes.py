"""Themes (contract/wire.md §1.9)."""

from apps.api.schemas.kinds import (
    BOOLEAN,
    COLOR,
    IN_REALM,
    NAME,
    TIME,
    TIMES,
    UUID,
    Component,
    Schema,
    given,
    or_null,
    said,
    text,
    thing,
    wrapped,
)

_URL = said(text(2048), 'An https URL; "" for none.', "https://shop.example/logo.png")
_LOOK: dict[str, Schema] = {
    "email_realm_name": said(NAME, "Who signs the mails.", "Acme"),
    "logo_url_light": _URL,
    "logo_url_dark": _URL,
    "support_url": _URL,
    "button_color": COLOR,
    "button_text_color": said(COLOR, example="#FFFFFF"),
}
_GIVEN = {
    name: or_null(schema) if name.endswith(("light", "dark", "url")) else schema for name, schema in _LOOK.items()
}
_THEME = {"id": UUID, **IN_REALM, **_LOOK, **TIMES}

THEME = Component("Theme", thing(_THEME))
ACTIVE_THEME = Component("ActiveTheme", thing(_THEME, sometimes=["id", *TIMES]))
THEME_DRAFT = Component(
    "ThemeDraft",
    thing(
        {
            **IN_REALM,
            **_LOOK,
            "is_overtaken": said(BOOLEAN, "What is live was changed since the draft began: publishing replaces that."),
            "update_time": TIME,
            "updated_by": said(text(), "The name of whoever worked on it last.", "Ada Lovelace"),
        },
        sometimes=["update_time", "updated_by"],
    ),
)
THEME_DRAFT_CHANGES = wrapped("theme", Component("ThemeDraftChanges", given(_GIVEN)))
PUBLICATION = given(
    {
        "accept_contrast": said(
            {**BOOLEAN, "default": False}, "Publish although the text of buttons is hard to read (below 4.5 : 1)."
        )
    }
)
NEW_THEME = wrapped("theme", Component("NewTheme", given(_GIVEN, required=["email_realm_name"])))
THEME_CHANGES = wrapped("theme", Component("ThemeChanges", given(_GIVEN)))
