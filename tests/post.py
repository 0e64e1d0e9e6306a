"""Reading, in one process, the mail that the product wants to send."""

import json
import re

from apps.core import secrets
from apps.realms.models import OutgoingMail


def content_of(row: OutgoingMail) -> dict[str, str]:
    """subject, text, html"""
    return json.loads(secrets.unseal(row.sealed_content, f"outgoing_mail.content:{row.pk}"))


def text_of(row: OutgoingMail) -> str:
    return content_of(row)["text"]


def last(kind: str) -> OutgoingMail:
    return OutgoingMail.objects.filter(kind=kind).order_by("-pk")[0]


def last_code() -> str:
    subject_and_text = text_of(last("one_time_password"))
    return re.findall(r"\b\d{6}\b", subject_and_text)[0]


def last_link(kind: str) -> str:
    return re.findall(r"https?://\S+", text_of(last(kind)))[0]
