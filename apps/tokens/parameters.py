"""Parameters as RFC 6749 §3.1 and §3.2 want them: one without a value counts as left out, none is given twice. Pure."""

from urllib.parse import parse_qsl

_MAY_REPEAT = frozenset({"resource"})  # RFC 8707 §2


def without_empty(encoded: str) -> str:
    """The urlencoded text less what has no value; the rest is untouched, so that what is wrong with it still shows."""
    return "&".join(part for part in encoded.split("&") if part.partition("=")[2])


def repeated(encoded: str) -> list[str]:
    """Names given more than once, of those that may not be."""
    names = [name for name, _ in parse_qsl(encoded)]
    return sorted({name for name in names if names.count(name) > 1 and name not in _MAY_REPEAT})
