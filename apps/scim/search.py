"""What a search or an answer is asked for: which rows, in which order, with which attributes (RFC 7644 §3.4.2, §3.9)."""

from typing import Any

from django.db.models import Q
from scim2_models import InvalidFilterException, InvalidPathException, SearchRequest

from apps.directory.filter_grammar import BadFilter, parse
from apps.directory.filtering import Attributes, to_query


def condition(search_request: SearchRequest[Any], named: Attributes) -> Q:
    if search_request.filter is None:
        return Q()
    try:
        return to_query(parse(str(search_request.filter)), named)
    except BadFilter as problem:
        raise InvalidFilterException(detail=str(problem)) from None


def order(search_request: SearchRequest[Any], named: Attributes) -> Any:
    if not search_request.sort_by:
        return None
    path = str(search_request.sort_by).lower()
    found = named.get(path) or named.get(path.removesuffix(".value"))
    if found is None:
        raise InvalidPathException(detail=f"{search_request.sort_by} is not an attribute to sort by")
    return getattr(found, "order", None)


def wants(attribute: str, asked: Any) -> bool:
    """Whether an answer shows it, by `attributes` and `excludedAttributes`; without either the whole is wanted."""
    if asked is None:
        return True
    if asked.attributes:
        return any(attribute in str(path).lower() for path in asked.attributes)
    return not any(str(path).lower().rpartition(":")[2] == attribute for path in asked.excluded_attributes or ())
