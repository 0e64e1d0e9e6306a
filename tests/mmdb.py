"""A small database of places in MaxMind's format (MaxMind DB File Format Specification 2.0), for tests: IPv4 alone."""

import ipaddress
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_RECORD = 24  # bits
_UINT16, _UINT32, _UINT64 = 5, 6, 9
_MARKER = b"\xab\xcd\xefMaxMind.com"


def write(path: Path, networks: Mapping[str, Mapping[str, Any]]) -> None:
    """`networks`: a network that holds no other → what is told of its addresses."""
    tree: list[list[int | None]] = [[None, None]]
    data, places = b"", {}
    for text, told in networks.items():
        places[text] = len(data)
        data += _encoded(told)
    for text in networks:
        network = ipaddress.IPv4Network(text)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        node = 0
        for bit in bits[:-1]:
            following = tree[node][int(bit)]
            if following is None:
                tree.append([None, None])
                following = tree[node][int(bit)] = len(tree) - 1
            node = following
        tree[node][int(bits[-1])] = -1 - places[text]
    count = len(tree)
    nodes = b"".join(_record(side, count) for node in tree for side in node)
    metadata = {
        "node_count": (_UINT32, count), "record_size": (_UINT16, _RECORD), "ip_version": (_UINT16, 4),
        "database_type": "Test-City", "languages": [], "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0), "build_epoch": (_UINT64, 1_700_000_000), "description": {},
    }  # fmt: skip
    path.write_bytes(nodes + b"\0" * 16 + data + _MARKER + _encoded(metadata))


def _record(side: int | None, count: int) -> bytes:
    number = count if side is None else side if side >= 0 else count + 16 + (-1 - side)
    return number.to_bytes(_RECORD // 8, "big")


def _encoded(value: Any) -> bytes:
    if isinstance(value, str):
        return _head(2, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return _head(3, 8) + struct.pack(">d", value)
    if isinstance(value, int):
        return _encoded((_UINT32, value))
    if isinstance(value, tuple):
        kind, number = value
        packed = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return _head(kind, len(packed)) + packed
    if isinstance(value, Mapping):
        return _head(7, len(value)) + b"".join(_encoded(name) + _encoded(each) for name, each in value.items())
    return _head(11, len(value)) + b"".join(map(_encoded, value))


def _head(kind: int, size: int) -> bytes:
    extended = bytes([kind - 7]) if kind > 7 else b""
    control = 0 if kind > 7 else kind << 5
    if size < 29:
        return bytes([control | size]) + extended
    return bytes([control | 29]) + extended + bytes([size - 29])
