"""Verbs on how a realm words its mails (contract/extensions.md §9): change, take back, try out."""

import logging
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from apps.core.context import Context
from apps.core.errors import Checks, Invalid, NotFound, Violation, checked_fields, told
from apps.core.rows import ChangedMeanwhile, hold
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms import mail_language as language
from apps.realms.mail_kinds import KINDS, Kind
from apps.realms.mail_language import Misspelt, Written
from apps.realms.mail_words import worded
from apps.realms.models import EmailTemplate, Realm

logger = logging.getLogger(__name__)

NEVER_CHANGED = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
SUBJECT_LENGTH = 200
BODY_LENGTH = 20_000
WORDED = ("subject", "body_html", "body_text")
ROOT = "email_template"


@dataclass(frozen=True, slots=True)
class Wording:
    """How the realm words one kind. `updated_at` is NEVER_CHANGED while it is ours."""

    realm: Realm
    kind: str
    subject: str
    body_html: str
    body_text: str
    created_at: datetime | None = None
    updated_at: datetime = NEVER_CHANGED

    @property
    def is_default(self) -> bool:
        return self.created_at is None


def wordings_in(realm: Realm) -> list[Wording]:
    """Of every kind, in one order."""
    rows = {row.kind: row for row in EmailTemplate.objects.filter(realm=realm)}
    return [_wording(realm, kind, rows.get(kind)) for kind in KINDS]


def get_wording(realm: Realm, kind: str) -> Wording:
    """Raises NotFound for what is no kind."""
    if kind not in KINDS:
        raise NotFound("EmailTemplate", kind)
    return _wording(realm, kind, EmailTemplate.objects.filter(realm=realm, kind=kind).first())


def in_language(wording: Wording, spoken: str) -> Wording:
    """Ours in that language, as far as there is one; what a realm has worded itself stays."""
    words = worded(wording.kind, spoken) if wording.is_default else None
    if words is None:
        return wording
    return replace(wording, subject=words.subject, body_html=words.body_html, body_text=words.body_text)


def update_wording(
    ctx: Context, realm: Realm, kind: str, *, seen_at: datetime | None = None, **changes: Any
) -> Wording:
    """Changes what is given and nothing else; what is left stays, ours too. Raises Invalid, NotFound, ChangedMeanwhile."""
    get_wording(realm, kind)
    with attempt(ctx, EventType.EMAIL_TEMPLATE_CHANGE, realm, action="UPDATE", data={"kind": kind}) as event:
        tell(event, kind)
        given = checked_fields(changes, checks_of(kind), root=ROOT)
        before = _standing_still(realm, kind, seen_at)
        after = {name: given.get(name, getattr(before, name)) for name in WORDED}
        for name in WORDED:
            event.changed(name, getattr(before, name), after[name])
        row, _ = EmailTemplate.objects.update_or_create(
            realm=realm,
            kind=kind,
            defaults={**after, "updated_at": ctx.now},
            create_defaults={**after, "tenant_id": realm.tenant_id, "created_at": ctx.now, "updated_at": ctx.now},
        )
    return _wording(realm, kind, row)


def reset_wording(ctx: Context, realm: Realm, kind: str, *, seen_at: datetime | None = None) -> None:
    """Ours again; fine when it is already. Raises NotFound, ChangedMeanwhile."""
    get_wording(realm, kind)
    with attempt(ctx, EventType.EMAIL_TEMPLATE_CHANGE, realm, action="DELETE", data={"kind": kind}) as event:
        tell(event, kind)
        before = _standing_still(realm, kind, seen_at)
        for name in WORDED:
            event.changed(name, getattr(before, name), getattr(KINDS[kind], name))
        EmailTemplate.objects.filter(realm=realm, kind=kind).delete()


def tell(event: Draft, kind: str) -> None:
    """Of which kind it is. A kind is an id of its own: there may be no row, and one that was reset comes back as another."""
    event.targets.append({"type": ROOT, "id": kind, "display_name": kind})


def checks_of(kind: str) -> Checks:
    """What each part must hold: `checked_fields` runs them."""
    return {
        "subject": partial(_checked, KINDS[kind], "subject"),
        "body_html": partial(_checked, KINDS[kind], "body_html"),
        "body_text": partial(_checked, KINDS[kind], "body_text"),
    }


def render(wording: Wording, facts: Mapping[str, Any]) -> dict[str, str]:
    """`subject`, `text`, and `html`, a `mail_language.Html`. What was stored under an older, laxer rule
    and does not render any more gives way to ours: the mail matters more than its wording."""
    kind = KINDS[wording.kind]
    values = {name: str(facts.get(name) or "") for name in kind.variables}
    try:
        subject, html, text = (_parse(kind, name, getattr(wording, name)) for name in WORDED)
    except Misspelt as problem:
        logger.error("e-mail template %s of realm %s does not render: %s", wording.kind, wording.realm.pk, problem)
        subject, html, text = (_parse(kind, name, getattr(kind, name)) for name in WORDED)
    return {
        "subject": " ".join(language.text_of(subject, values).split()),
        "html": language.html_of(html, values),
        "text": language.text_of(text, values),
    }


def _wording(realm: Realm, kind: str, row: EmailTemplate | None) -> Wording:
    source: Any = row or KINDS[kind]
    worded = {name: getattr(source, name) for name in WORDED}
    if row is None:
        return Wording(realm, kind, **worded)
    return Wording(realm, kind, **worded, created_at=row.created_at, updated_at=row.updated_at)


def _standing_still(realm: Realm, kind: str, seen_at: datetime | None) -> Wording:
    """As it is, until the transaction ends: there may be no row to lock, so the realm's is. Raises ChangedMeanwhile."""
    hold(realm)
    found = get_wording(realm, kind)
    if seen_at is not None and seen_at != found.updated_at:
        raise ChangedMeanwhile("somebody else changed it meanwhile")
    return found


def _checked(kind: Kind, name: str, given: Any, *, field: str) -> str:
    """Raises Invalid, which says where."""
    length = SUBJECT_LENGTH if name == "subject" else BODY_LENGTH
    if not isinstance(given, str):
        raise Invalid(Violation(field, "not a string"))
    source = given.replace("\r\n", "\n")
    if not source.strip():
        raise Invalid(Violation(field, "empty string"))
    if len(source) > length:
        raise Invalid(Violation(field, told("longer than %(count)s characters", count=length)))
    try:
        _refuse_controls(source, lines=name != "subject")
        written = _parse(kind, name, source)
    except Misspelt as problem:
        raise Invalid(Violation(field, problem.told)) from None
    missing = [each for each, known in kind.variables.items() if known.needed] if name != "subject" else []
    if missing := [each for each in missing if each not in language.names_in(written)]:
        raise Invalid([Violation(field, told("must contain {{ %(name)s }}", name=each)) for each in missing])
    return source


def _parse(kind: Kind, name: str, source: str) -> Written:
    if name == "body_html":
        return language.parse_html(source, kind.variables, kind.urls)
    return language.parse_text(source, kind.variables)


def _refuse_controls(source: str, *, lines: bool) -> None:
    """What no mail needs and headers and terminals suffer from. Raises Misspelt."""
    for number, line in enumerate(source.split("\n"), 1):
        if number > 1 and not lines:
            raise Misspelt(1, len(source.partition("\n")[0]) + 1, "must be one line")
        for column, character in enumerate(line, 1):
            if character != "\t" and unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
                raise Misspelt(number, column, "control characters are not allowed")
