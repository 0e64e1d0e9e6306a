from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from apps.web import strict_json


class StrictJSONParser(BaseParser):
    """JSON as apps.web.strict_json reads it, UTF-8 whatever the header says (RFC 8259 §8.1)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises ParseError, UnsupportedMediaType."""
        for parameter in (media_type or "").lower().split(";")[1:]:
            name, _, value = parameter.strip().partition("=")
            if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
                raise UnsupportedMediaType(str(media_type))
        try:
            return strict_json.parse(stream.read())
        except strict_json.BadJSON as problem:
            raise ParseError(str(problem)) from None
