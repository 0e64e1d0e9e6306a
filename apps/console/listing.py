"""Addresses of lists: what is searched, filtered and shown stands in the URL, so that it can be sent to somebody."""

from urllib.parse import urlencode

TEXT_LENGTH = 100


def address(path: str, **query: object) -> str:
    """The path with the query, without what is empty. A list gives its name once for each member."""
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path
