"""Where an address is, by database files in MaxMind's format (GEOIP_PATH). Without one nobody knows: rules fail closed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import maxminddb
from django.conf import settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    country: str = ""
    asn: int | None = None
    location: tuple[float, float] | None = None


def place_of(ip: str) -> Place:
    """What the files say together: one may know countries, another networks."""
    country, asn, location = "", None, None
    for reader in _readers() if ip else ():
        told = _told(reader, ip)
        country = country or _country(told)
        asn = asn if asn is not None else _number(told.get("autonomous_system_number"))
        location = location or _location(told)
    return Place(country, asn, location)


@lru_cache(maxsize=1)
def _readers() -> tuple[Any, ...]:
    """Opened once in a process's life: a new file counts from the next start. One that is none is said in the log."""
    opened = []
    for path in settings.GEOIP_PATHS:
        try:
            opened.append(maxminddb.open_database(str(path)))
        except (OSError, maxminddb.InvalidDatabaseError) as problem:
            _log.error("GEOIP_PATH: %s cannot be read: %s", path, problem)
    return tuple(opened)


def _told(reader: Any, ip: str) -> Mapping[str, Any]:
    try:
        found = reader.get(ip)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _country(told: Mapping[str, Any]) -> str:
    for name in ("country", "registered_country"):
        entry = told.get(name)
        code = entry.get("iso_code") if isinstance(entry, Mapping) else None
        if isinstance(code, str) and len(code) == 2:
            return code.upper()
    return ""


def _location(told: Mapping[str, Any]) -> tuple[float, float] | None:
    entry = told.get("location")
    if not isinstance(entry, Mapping):
        return None
    latitude, longitude = entry.get("latitude"), entry.get("longitude")
    if isinstance(latitude, float) and isinstance(longitude, float) and abs(latitude) <= 90 and abs(longitude) <= 180:
        return latitude, longitude
    return None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
