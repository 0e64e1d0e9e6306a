"""Mail in a realm's name: an outbox row written with the operation, sent later by a task (contract/extensions.md §9).

The request path never talks to SMTP or waits for a broker. A mail is claimed by pushing its `next_attempt_at` into the
future, so a sender that dies gives it up by itself, and every try carries the same Message-ID.
"""

import json
import logging
import smtplib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import css_inline
from celery import current_app
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from apps.core import secrets
from apps.core.context import Context, system_context
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.email_templates import Wording, get_wording, in_language, render
from apps.realms.look import Look, look_of
from apps.realms.mail_kinds import KINDS
from apps.realms.models import MailState, OutgoingMail, Realm

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
BACK_OFF_SECONDS = (2, 10, 30, 120, 300)
GIVE_UP_AFTER_ATTEMPTS = 200

# Mail clients drop <style>, but those that honour @media may keep it (dark mode, phones). Nothing is ever fetched.
_INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)

_ABOUT_THE_SERVER = (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError)

Facts = Mapping[str, Any] | Callable[[], Mapping[str, Any]]

_when_failed: dict[str, Callable[[OutgoingMail, Draft], object]] = {}


def when_failed(about_type: str, act: Callable[[OutgoingMail, Draft], object]) -> None:
    """What else fails with the mail (a binding job). `act` runs in the transaction that gives the mail up."""
    _when_failed[about_type] = act


def queue(
    ctx: Context,
    realm: Realm,
    kind: str,
    *,
    recipient: str,
    about: tuple[str, str],
    expires_at: datetime,
    facts: Facts,
    language: str = "",
    wording: Wording | None = None,
    to_nobody: bool = False,
) -> OutgoingMail:
    """Writes the mail into the outbox; call it inside the attempt that wants it sent. `to_nobody`: the same work, and
    nothing is ever sent, where the time it takes must not tell whether there is anybody.

    `kind` is one of mail_kinds.py, which the realm words, as `wording` or as it has stored, and `facts` are its variables;
    or it names templates/emails/<kind>.{html,txt}, where `facts` join the realm's look in the context of emails/base.html.
    `language` is the reader's, "" that of the page that wants it sent; a realm's own words stand as they are. Facts in words
    are worked out once it is known, so give them as a function.
    """
    row = _row(ctx, realm, kind, about)
    row.recipient, row.expires_at = recipient, expires_at
    message = framed(wording, _known(facts)) if wording else _render(realm, kind, facts, language)
    row.sealed_content = secrets.seal(json.dumps(message).encode(), _purpose(row))
    if to_nobody:
        row.recipient, row.sealed_content, row.state = "", b"", MailState.EXPIRED
    row.save(force_insert=True)
    transaction.on_commit(lambda: _hint(str(row.pk)), robust=True)
    return row


def _row(ctx: Context, realm: Realm, kind: str, about: tuple[str, str]) -> OutgoingMail:
    return OutgoingMail(
        realm=realm,
        tenant_id=realm.tenant_id,
        kind=kind,
        about_type=about[0],
        about_id=about[1],
        correlation_id=ctx.correlation_id,
        next_attempt_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def send(mail_id: str) -> bool:
    """Sends one waiting mail, if nobody else is at it. True when it left."""
    row = _claim(mail_id)
    if row is None:
        return False
    now = timezone.now()
    if row.expires_at <= now:
        _give_up(row, MailState.EXPIRED, "expired before it could be sent")
        return False
    try:
        _transmit(row)
    except _ABOUT_THE_SERVER as refusal:  # a wrong password of ours says nothing of the mail: it waits
        return _refused(row, _said(refusal), permanent=False)
    except smtplib.SMTPResponseException as refusal:
        return _refused(row, _said(refusal), permanent=500 <= refusal.smtp_code < 600)
    except smtplib.SMTPRecipientsRefused as refusal:
        code = next(iter(refusal.recipients.values()))[0] if refusal.recipients else 550
        return _refused(row, f"{code} recipient refused", permanent=500 <= code < 600)
    except (OSError, smtplib.SMTPException) as problem:
        return _refused(row, f"{type(problem).__name__}", permanent=False)
    except ValueError as problem:  # sealed with a key we do not have: the operator may bring it back
        logger.error("mail %s cannot be opened: %s", mail_id, problem)
        return _refused(row, "cannot be opened", permanent=False)
    _close(row, MailState.SENT, "SENT")
    return True


def _said(refusal: smtplib.SMTPResponseException) -> str:
    words = refusal.smtp_error
    return f"{refusal.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"[:200]


def in_words(span: timedelta) -> str:
    """How long something holds, as a mail says it: "7 days", "2 hours", "45 minutes". Rounds down: never promise more."""
    minutes = int(span.total_seconds()) // 60
    if minutes >= 2 * 1440:
        return ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}
    if minutes >= 120:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def waiting_ids(limit: int = 100) -> list[str]:
    rows = OutgoingMail.objects.filter(state=MailState.WAITING, next_attempt_at__lte=timezone.now())
    return [str(pk) for pk in rows.order_by("next_attempt_at").values_list("pk", flat=True)[:limit]]


def message_id(row: OutgoingMail) -> str:
    return f"<{row.pk}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>"


def framed(wording: Wording, facts: Mapping[str, Any], worn: Look | None = None) -> dict[str, str]:
    """The whole message: what the realm wrote, in our frame, with its look, or with one that is being tried on."""
    look = {"brand": settings.BRAND_NAME, **asdict(worn or look_of(wording.realm))}
    written = render(wording, {**look, **facts})
    return _message(
        render_to_string(
            "emails/framed.txt", {**look, "subject": written["subject"], "written": written["text"].rstrip()}
        ),
        render_to_string("emails/framed.html", {**look, "subject": written["subject"], "written": written["html"]}),
    )


def _render(realm: Realm, kind: str, facts: Facts, language: str) -> dict[str, str]:
    wording = get_wording(realm, kind) if kind in KINDS else None
    spoken = language or translation.get_language() or settings.LANGUAGE_CODE
    if wording and not wording.is_default:
        spoken = settings.LANGUAGE_CODE
    with translation.override(spoken):
        known = _known(facts)
        if wording:
            return framed(in_language(wording, spoken), known)
        context = {"brand": settings.BRAND_NAME, **asdict(look_of(realm)), **known}
        return _message(
            render_to_string(f"emails/{kind}.txt", context), render_to_string(f"emails/{kind}.html", context)
        )


def _known(facts: Facts) -> Mapping[str, Any]:
    return facts() if callable(facts) else facts


def _message(text: str, html: str) -> dict[str, str]:
    """The first line of the text is the subject."""
    subject, _, body = text.strip().partition("\n")
    return {"subject": " ".join(subject.split()), "text": body.strip() + "\n", "html": _INLINER.inline(html)}


def _purpose(row: OutgoingMail) -> str:
    return f"outgoing_mail.content:{row.pk}"


def _claim(mail_id: str) -> OutgoingMail | None:
    now = timezone.now()
    waiting = OutgoingMail.objects.filter(pk=mail_id, state=MailState.WAITING)
    if waiting.filter(next_attempt_at__lte=now).update(next_attempt_at=now + LEASE, updated_at=now) != 1:
        return None
    return OutgoingMail.objects.select_related("realm").get(pk=mail_id)


def _transmit(row: OutgoingMail) -> None:
    content = json.loads(secrets.unseal(row.sealed_content, _purpose(row)))
    message = EmailMultiAlternatives(
        content["subject"],
        content["text"],
        to=[row.recipient],
        headers={"Message-ID": message_id(row), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(content["html"], "text/html")
    message.send()


def _refused(row: OutgoingMail, problem: str, *, permanent: bool) -> bool:
    attempts = row.attempts + 1
    if permanent or attempts >= GIVE_UP_AFTER_ATTEMPTS:
        _give_up(row, MailState.FAILED, problem)
        return False
    pause = timedelta(seconds=BACK_OFF_SECONDS[min(row.attempts, len(BACK_OFF_SECONDS) - 1)])
    now = timezone.now()
    OutgoingMail.objects.filter(pk=row.pk).update(
        attempts=attempts, problem=problem, next_attempt_at=now + pause, updated_at=now
    )
    return False


def _give_up(row: OutgoingMail, state: MailState, problem: str) -> None:
    row.problem = problem
    _close(row, state, "FAILED_TO_SEND", act=_when_failed.get(row.about_type))


def _close(
    row: OutgoingMail, state: MailState, outcome: str, act: Callable[[OutgoingMail, Draft], object] | None = None
) -> None:
    ctx = system_context(row.correlation_id)
    with attempt(ctx, EventType.EMAIL_STATUS_CHANGE, row.realm, action=outcome) as event:
        event.outcome = "SUCCESS" if state == MailState.SENT else outcome
        event.targets.append({"type": row.about_type, "id": row.about_id, "display_name": ""})
        event.data |= {"mail_id": str(row.pk), "kind": row.kind, "attempts": row.attempts + 1}
        event.data["personal"] = {"recipient": row.recipient}
        if row.problem and state != MailState.SENT:
            event.data["problem"] = row.problem
        OutgoingMail.objects.filter(pk=row.pk).update(
            state=state, sealed_content=b"", problem=row.problem, attempts=row.attempts + 1, updated_at=ctx.now
        )
        if act:
            act(row, event)


def _hint(mail_id: str) -> None:
    """Tells the broker, if there is one. It may be down: the sweep finds the row anyway."""
    if settings.CELERY_BROKER_URL:
        try:
            current_app.send_task("apps.realms.tasks.send_mail", (mail_id,), retry=False)
        except Exception:  # kombu raises many kinds; none may reach the person who asked
            logger.warning("the broker is not answering; mail waits for the sweep")
