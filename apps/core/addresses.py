"""What an IP address says of who is behind it. Pure."""

import ipaddress

_SUBSCRIBER_BITS = 64


def subscriber(ip: str) -> str:
    """One line's address: of IPv6 the network, for devices change the rest every day (RFC 8981); "" for what is none."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), _SUBSCRIBER_BITS), strict=False))
    return str(address)
