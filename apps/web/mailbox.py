"""/dev/mailbox: what embedded mode wrote to DATA_DIR/mail in place of sending it. Never mounted in production."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

_SHOWN = 50
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+\.log")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Mail:
    name: str
    subject: str
    recipient: str
    sent_at: datetime | None
    text: str
    links: tuple[str, ...]


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """`seen` is the newest mail of a page that asks whether there is another: 204 while there is none."""
    newest = _newest()
    last = newest[0].name if newest else ""
    if request.GET.get("seen") == last and request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return render(request, "web/mailbox.html", {"mails": [_read(path) for path in newest], "last": last})


@require_safe
def message(request: HttpRequest, name: str) -> HttpResponse:
    path = _folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return render(request, "web/mail.html", {"mail": _read(path)})


def address() -> str:
    """Where mail is kept instead of sent: in embedded mode, unless it was given somewhere to send it; else ""."""
    if not settings.EMBEDDED or not getattr(settings, "EMAIL_FILE_PATH", ""):
        return ""
    return "/dev/mailbox"


def _folder() -> Path:
    return Path(getattr(settings, "EMAIL_FILE_PATH", "") or settings.DATA_DIR / "mail")


def _newest() -> list[Path]:
    folder = _folder()
    return sorted(folder.glob("*.log"), reverse=True)[:_SHOWN] if folder.is_dir() else []


def _read(path: Path) -> Mail:
    parsed = email.message_from_bytes(path.read_bytes().rpartition(b"\n---")[0], policy=email.policy.default)
    body = parsed.get_body(("plain",)) if isinstance(parsed, EmailMessage) else None
    text = str(body.get_content()) if body else ""
    return Mail(
        name=path.name,
        subject=str(parsed["Subject"] or ""),
        recipient=str(parsed["To"] or ""),
        sent_at=_moment(str(parsed["Date"] or "")),
        text=text,
        links=tuple(_LINK.findall(text)),
    )


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        return None
