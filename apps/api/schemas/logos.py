"""Logos: shape of our own (contract/extensions.md §9)."""

from apps.api.schemas.kinds import (
    IN_REALM,
    TIME,
    UUID,
    Component,
    given,
    number,
    one_of,
    said,
    text,
    thing,
    wrapped,
)

LOGO = Component(
    "Logo",
    thing(
        {
            "id": UUID,
            **IN_REALM,
            "url": said(text(), "What a theme names in `logo_url_light` or `logo_url_dark`.", "https://auth.example/…"),
            "media_type": one_of("image/png", "image/jpeg"),
            "width": number(1, 720),
            "height": number(1, 160),
            "create_time": TIME,
        }
    ),
)
_CONTENT = said(text(shortest=1), "A PNG, JPEG or WebP picture of at most 512 KiB, in base64.", "iVBORw0KGgo…")
NEW_LOGO = wrapped("logo", Component("NewLogo", given({"content": _CONTENT}, required=["content"])))
