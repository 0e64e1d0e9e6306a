"""Access tokens, sessions and signing keys: what lets somebody in, and what shows that it does."""

from apps.api.schemas.kinds import (
    COUNT,
    IN_REALM,
    NAME,
    SCOPE,
    SHORT_ID,
    TIME,
    TIMES,
    UUID,
    Component,
    Schema,
    given,
    listing,
    number,
    one_of,
    or_null,
    page_of,
    said,
    text,
    thing,
    wrapped,
)
from apps.applications.protocol import LONGEST_TOKEN_SECONDS

_SECONDS = said(COUNT, "Seconds since 1970.", 1_793_611_800)

_TOKEN: Schema = {
    "id": said(text(), "Its `jti`.", "pWz2rT0vQyqkZ1m3yq0r8JmJ7b2V5h9c"),
    "display_name": said(text(), example="Nightly import"),
    "scopes": listing(SCOPE),
    "token_suffix": said(text(), "Its last characters, to tell it by.", "x9Qk"),
    "token_format": one_of("self_contained", "referential"),
    "expires": _SECONDS,
    "issued_at": _SECONDS,
    "token_type": one_of("access", "refresh", "identity"),
}
_USED = {"last_used_at": said(_SECONDS, "About when it was used last; left out before.")}
TOKEN = Component("Token", thing({**_TOKEN, **_USED}, sometimes=["last_used_at"]))
TOKENS = page_of("tokens", TOKEN)
MADE_TOKEN = thing(
    {**_TOKEN, "token": said(text(), "The token itself: in this answer and in no other.", "eyJ0eXAiOi…")}
)
NEW_TOKEN = wrapped(
    "token",
    Component(
        "NewToken",
        given(
            {
                "display_name": said(NAME, "What it is for.", "Nightly import"),
                "scopes": said(listing(SCOPE), "Of the application's; one at least, where it has any."),
                "expires_after": said(
                    or_null(number(1, LONGEST_TOKEN_SECONDS)), "Seconds, up to the application's own lifetime.", 86_400
                ),
            },
            required=["display_name"],
        ),
    ),
)

SESSION = Component(
    "Session",
    thing(
        {
            "id": UUID,
            "identity_id": SHORT_ID,
            **IN_REALM,
            "credential_id": said(SHORT_ID, "What the person signed in with; none for a code by mail."),
            "acr": said(text(), example="phrh"),
            "amr": listing(said(text(), example="hwk")),
            "ip": said({"type": ["string", "null"]}, example="203.0.113.7"),
            "user_agent": text(),
            "authenticated_time": TIME,
            "last_seen_time": TIME,
            "expire_time": TIME,
            **TIMES,
        },
        sometimes=["credential_id"],
    ),
)
SESSIONS = page_of("sessions", SESSION)

SIGNING_KEY = Component(
    "SigningKey",
    thing(
        {
            "id": said(text(), "The `kid` of what it signs.", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
            **IN_REALM,
            "algorithm": one_of("ES256", "RS256", "PS256", "EdDSA"),
            "state": one_of("CURRENT", "NEXT", "RETIRED"),
            "public_jwk": {"type": "object", "description": "The public half, as RFC 7517 has it."},
            **TIMES,
            "retire_time": TIME,
            "published_until_time": said(TIME, "When the longest token it signed is over."),
        },
        sometimes=["retire_time", "published_until_time"],
    ),
)
SIGNING_KEYS = page_of("signing_keys", SIGNING_KEY)
