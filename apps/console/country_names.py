"""What countries are called in the reader's language (Unicode CLDR, by Babel), by their two letters (ISO 3166-1)."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_CODE_LENGTH = 2


def country_names() -> Mapping[str, str]:
    """Code → name, in the order of the names."""
    return _names(get_language() or "en")


@lru_cache(maxsize=16)
def _names(language: str) -> Mapping[str, str]:
    try:
        territories = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        return _names("en")
    named = ((code, str(name)) for code, name in territories.items() if len(code) == _CODE_LENGTH and code.isalpha())
    return dict(sorted((pair for pair in named if pair[0] not in _NOT_COUNTRIES), key=lambda pair: pair[1].casefold()))
