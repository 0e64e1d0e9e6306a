"""What an IP address says of who is behind it. Pure."""

import ipaddress
import socket
from functools import lru_cache

LENGTH = 64  # characters: the longest has 45, and may name a zone
_SUBSCRIBER_BITS = 64


def canonical(text: str) -> str:
    """An address as it is written once and for all (RFC 5952); "" for what is none."""
    return _canonical(text) if len(text) <= LENGTH else ""


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    try:
        socket.inet_pton(socket.AF_INET, text)
        return text  # dots and four numbers without leading zeros are written in one way
    except (OSError, ValueError):
        pass
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def subscriber(ip: str) -> str:
    """One line's address: of IPv6 the network, for devices change the rest every day (RFC 8981); "" for what is none."""
    return _subscriber(ip) if len(ip) <= LENGTH else ""


@lru_cache(maxsize=4096)
def _subscriber(ip: str) -> str:
    found = canonical(ip)
    if ":" not in found:
        return found
    address = ipaddress.IPv6Address(found)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _SUBSCRIBER_BITS), strict=False))
