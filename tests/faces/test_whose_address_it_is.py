"""Where a request comes from, which limits and rules go by, is not for the client to say (anchors G5)."""

from typing import Any

import pytest
from django.test import RequestFactory

from apps.web.context import client_ip

PEER = "192.0.2.1"
HOPS = {
    "nobody is trusted": (0, "198.51.100.7", PEER),
    "the one proxy says": (1, "198.51.100.7", "198.51.100.7"),
    "what the client says comes before it": (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
    "two proxies": (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
    "forty of the client's own": (1, ", ".join(["203.0.113.9"] * 40 + ["198.51.100.7"]), "198.51.100.7"),
    "no such header": (1, None, PEER),
    "fewer hops than proxies": (2, "203.0.113.9", PEER),
    "no address": (1, "a", PEER),
    "an address and a port": (1, "198.51.100.7:443", PEER),
    "nothing": (1, "", PEER),
    "a comma": (1, ",", PEER),
    "longer forms of one address are one": (1, "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
}


@pytest.mark.parametrize(("trusted", "said", "found"), HOPS.values(), ids=HOPS.keys())
def test_an_address_is_the_peers_or_what_a_trusted_proxy_says(
    settings: Any, trusted: int, said: str | None, found: str
) -> None:
    settings.TRUSTED_PROXIES = trusted
    headers = {} if said is None else {"X-Forwarded-For": said}
    assert client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER)) == found


def test_no_other_header_says_it(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    names = ("Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Forwarded")
    headers = {name: "for=203.0.113.9" if name == "Forwarded" else "203.0.113.9" for name in names}
    assert client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER)) == PEER
