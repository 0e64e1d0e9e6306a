"""Trying out how a realm words its mails, before anybody gets one: what is shown, and what is sent to who tries."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings

from apps.core.context import Context
from apps.core.errors import Unprocessable, checked_fields
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms import mail
from apps.realms.email_templates import ROOT, Wording, checks_of, get_wording, tell
from apps.realms.look import Look
from apps.realms.mail_kinds import KINDS
from apps.realms.models import OutgoingMail, Realm

LIFE = timedelta(hours=1)


class NowhereToSend(Unprocessable):
    """Who asks for the test has no address."""


def preview(realm: Realm, kind: str, changes: Mapping[str, Any], worn: Look | None = None) -> dict[str, str]:
    """The whole message with sample values, as it would be with `changes`, or in a look that is tried on: subject, text,
    html. Raises Invalid, NotFound."""
    wording = _tried(realm, kind, changes)
    return mail.framed(wording, _samples(wording), worn)


def send_test(
    ctx: Context, realm: Realm, kind: str, changes: Mapping[str, Any], *, recipient: str, display_name: str
) -> OutgoingMail:
    """The same by mail, to who asks for it. Raises Invalid, NotFound, NowhereToSend."""
    wording = _tried(realm, kind, changes)
    with attempt(ctx, EventType.EMAIL_TEMPLATE_CHANGE, realm, action="SEND_TEST", data={"kind": kind}) as event:
        tell(event, kind)
        if not recipient:
            raise NowhereToSend("there is no address to send it to")
        return mail.queue(
            ctx,
            realm,
            kind,
            recipient=recipient,
            about=(ROOT, kind),
            expires_at=ctx.now + LIFE,
            facts={**_samples(wording), "display_name": display_name},
            wording=replace(wording, subject=f"[Test] {wording.subject}"),
        )


def _tried(realm: Realm, kind: str, changes: Mapping[str, Any]) -> Wording:
    wording = get_wording(realm, kind)
    return replace(wording, **checked_fields(changes, checks_of(kind), root=ROOT))


def _samples(wording: Wording) -> dict[str, str]:
    """The realm's own name and help stand where there are such; links lead to us, and nowhere in particular."""
    kind = KINDS[wording.kind]
    links = {name: settings.IDENTITY_CLOUD_AUTH_URL for name in kind.urls if name in kind.own}
    own = {name: known.sample for name, known in kind.own.items()}
    return {"display_name": kind.samples["display_name"], **own, **links}
