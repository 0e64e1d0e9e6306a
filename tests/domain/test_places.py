"""Where a request comes from, by files in MaxMind's format, told to events and to rules (contract/extensions.md §6)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

from apps.credentials import facts
from apps.web import places
from apps.web.context import context_of
from tests import mmdb

CITY = {"country": {"iso_code": "DE"}, "location": {"latitude": 52.52, "longitude": 13.4}}
NETWORK = {"autonomous_system_number": 64496}


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Iterator[list[Path]]:
    """One file knows places, the other networks."""
    found = [tmp_path / "city.mmdb", tmp_path / "asn.mmdb"]
    mmdb.write(found[0], {"203.0.113.0/24": CITY, "198.51.100.0/24": {"registered_country": {"iso_code": "AU"}}})
    mmdb.write(found[1], {"203.0.113.0/25": NETWORK})
    settings.GEOIP_PATHS = tuple(found)
    places._readers.cache_clear()
    yield found
    places._readers.cache_clear()


@pytest.mark.parametrize(
    ("ip", "place"),
    [
        ("203.0.113.7", places.Place("DE", 64496, (52.52, 13.4))),
        ("203.0.113.200", places.Place("DE", None, (52.52, 13.4))),
        ("198.51.100.1", places.Place("AU")),
        ("192.0.2.1", places.Place()),
        ("2001:db8::1", places.Place()),
        ("", places.Place()),
        ("nowhere", places.Place()),
    ],
)
@pytest.mark.usefixtures("files")
def test_files_say_together_where_an_address_is(ip: str, place: places.Place) -> None:
    assert places.place_of(ip) == place


@pytest.mark.usefixtures("files")
def test_it_is_told_to_the_event_and_to_the_rules() -> None:
    ctx = context_of(RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", headers={"Sec-CH-UA-Platform": '"Android"'}))
    assert (ctx.client.country, ctx.client.location) == ("DE", (52.52, 13.4))
    known = facts.of_request(ctx, None)
    assert (known["request.country"], known["request.asn"], known["device.platform"]) == ("DE", 64496, "android")


def test_a_file_that_is_none_knows_nothing_and_breaks_nothing(files: list[Path]) -> None:
    files[0].write_bytes(b"no database")
    assert places.place_of("203.0.113.7") == places.Place(asn=64496)
    files[1].unlink()
    places._readers.cache_clear()
    assert places.place_of("203.0.113.7") == places.Place()


def test_without_a_file_nobody_knows(settings: Any) -> None:
    settings.GEOIP_PATHS = ()
    places._readers.cache_clear()
    ctx = context_of(RequestFactory().get("/", REMOTE_ADDR="203.0.113.7"))
    assert not {"request.country", "request.asn"} & facts.of_request(ctx, None).keys()
    places._readers.cache_clear()
