"""Our SDK for browsers as files: what static/sdk holds, read once, with what a browser or cache asks of each."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

ENTRY = "identity-cloud.js"
_TYPES = {".js": "text/javascript; charset=utf-8", ".ts": "text/plain; charset=utf-8", "": "text/plain; charset=utf-8"}
_NAME = re.compile(r"(?:vendor/)?[\w-]+(?:\.d)?\.(?:js|ts)|vendor/LICENSE")
_VERSION = re.compile(r'^export const version = "([\d.]+)";$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    compressed: bytes
    content_type: str
    etag: str


@cache
def version() -> str:
    """As the entry itself says it."""
    entry = file(ENTRY)
    found = _VERSION.search(entry.body.decode()) if entry else None
    if found is None:
        raise LookupError("the SDK does not say its version")
    return found[1]


def file(name: str) -> File | None:
    """None for whatever is no part of the SDK; only a name that could be is looked for."""
    return _read(name) if _NAME.fullmatch(name) else None


@cache
def _read(name: str) -> File | None:
    path = finders.find(f"sdk/{name}")
    if not path:
        return None
    body = Path(path).read_bytes()
    return File(body, gzip.compress(body, 9, mtime=0), _TYPES[Path(name).suffix], hashlib.sha256(body).hexdigest()[:32])
