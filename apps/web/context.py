"""From a request to the Context that verbs take. The only place that reads addresses and correlation ids off requests."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from apps.core import ids
from apps.core.addresses import canonical, subscriber
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
    return address_of(request.META)


def subscriber_of(request: HttpRequest) -> str:
    """Whom to count: of IPv6 the network, for whoever has one address of it has them all."""
    return subscriber(client_ip(request))


def address_of(environ: Mapping[str, Any]) -> str:
    """The peer, or with TRUSTED_PROXIES=n the n-th hop from the right. What does not parse changes nothing."""
    trusted = settings.TRUSTED_PROXIES
    if trusted:
        hops = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", trusted)
        if len(hops) >= trusted and (found := canonical(hops[-trusted].strip())):
            return found
    return canonical(environ.get("REMOTE_ADDR", ""))


def correlation_id_of(request: HttpRequest) -> str:
    """One a request. A caller may name the flow it is part of; anything that is no such id is ignored."""
    known = getattr(request, "correlation_id", "")
    if not known:
        given = request.META.get("HTTP_X_CORRELATION_ID", "")
        known = given if _CORRELATION_ID.fullmatch(given) else str(ids.uuid7())
        request.correlation_id = known  # type: ignore[attr-defined]
    return known


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(character for character in text if character.isprintable())
