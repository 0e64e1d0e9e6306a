"""E-mail templates (contract/extensions.md §9)."""

from apps.api.schemas.kinds import (
    BOOLEAN,
    COUNT,
    IN_REALM,
    TIMES,
    Component,
    Schema,
    given,
    listing,
    one_of,
    said,
    text,
    thing,
    wrapped,
)
from apps.realms.email_templates import BODY_LENGTH, SUBJECT_LENGTH
from apps.realms.mail_kinds import KINDS
from apps.realms.mail_language import CLASSES, ELEMENTS

_HTML_IS = (
    "HTML of a closed language: " + ", ".join(sorted(ELEMENTS)) + "; href on a; a class among "
    + ", ".join(sorted(CLASSES)) + "; and `{{ variable }}`, whose value is escaped. It stands in a frame of ours."
)  # fmt: skip
_SHORT: Schema = {**text(SUBJECT_LENGTH, shortest=1), "examples": ["Create your passkey for {{ organization_name }}"]}
_LONG = text(BODY_LENGTH, shortest=1)
_WORDING: dict[str, Schema] = {
    "subject": said(_SHORT, "One line; may hold `{{ variable }}`."),
    "body_html": said(_LONG, _HTML_IS, '<p><a class="button" href="{{ action_url }}">Begin</a></p>'),
    "body_text": said(_LONG, "The same for who reads plain text.", "Begin here: {{ action_url }}"),
}
_VARIABLE = thing(
    {
        "name": said(text(), example="action_url"),
        "description": text(),
        "required": said(BOOLEAN, "Both bodies must hold it."),
    }
)
KIND = one_of(*KINDS)

EMAIL_TEMPLATE = Component(
    "EmailTemplate",
    thing(
        {
            "kind": KIND,
            **IN_REALM,
            **_WORDING,
            "variables": listing(_VARIABLE),
            "is_default": said(BOOLEAN, "The realm never changed it, or took its own wording back."),
            **TIMES,
        },
        sometimes=TIMES,
    ),
)
EMAIL_TEMPLATES = thing({"email_templates": listing(EMAIL_TEMPLATE), "total_size": COUNT})
_CHANGES = Component("EmailTemplateChanges", given(_WORDING))
EMAIL_TEMPLATE_CHANGES = wrapped("email_template", _CHANGES)
TRIED = given({"email_template": _CHANGES})
MESSAGE = thing({name: text() for name in ("subject", "html", "text")})
SENT_TO = thing({"recipient": said(text(), example="ada@acme.test")})
