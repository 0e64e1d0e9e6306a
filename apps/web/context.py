"""From a request to the Context that verbs take. The only place that reads addresses and correlation ids off requests."""

import ipaddress
import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from apps.core import ids
from apps.core.context import ANONYMOUS, Actor, Client, Context
from apps.credentials.devices import HINTS
from apps.web import places

# Where WSGI puts a header: `request.headers` first makes a mapping of all there are.
_HINTS = tuple((name, f"HTTP_{name.upper().replace('-', '_')}") for name in HINTS)
_CORRELATION_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def context_of(request: HttpRequest, actor: Actor = ANONYMOUS) -> Context:
    return Context(
        now=timezone.now(), actor=actor, client=client_of(request), correlation_id=correlation_id_of(request)
    )


def client_of(request: HttpRequest) -> Client:
    ip = client_ip(request)
    place = places.place_of(ip)
    return Client(
        ip=ip,
        user_agent=_printable(request.META.get("HTTP_USER_AGENT", ""))[:512],
        country=place.country,
        asn=place.asn,
        location=place.location,
        hints={name: _printable(request.META[key])[:512] for name, key in _HINTS if key in request.META},
    )


def client_ip(request: HttpRequest) -> str:
    """The peer, or with TRUSTED_PROXIES=n the n-th hop from the right. What does not parse changes nothing."""
    peer = request.META.get("REMOTE_ADDR", "")
    trusted = settings.TRUSTED_PROXIES
    if trusted:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= trusted and (found := _address(hops[-trusted])):
            return found
    return _address(peer)


def correlation_id_of(request: HttpRequest) -> str:
    """One a request. A caller may name the flow it is part of; anything that is no such id is ignored."""
    known = getattr(request, "correlation_id", "")
    if not known:
        given = request.META.get("HTTP_X_CORRELATION_ID", "")
        known = given if _CORRELATION_ID.fullmatch(given) else str(ids.uuid7())
        request.correlation_id = known  # type: ignore[attr-defined]
    return known


@lru_cache(maxsize=4096)
def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(character for character in text if character.isprintable())
