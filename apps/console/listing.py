"""Addresses of lists: what is searched, filtered and shown stands in the URL, so that it can be sent to somebody."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

TEXT_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What every list is asked by: `q`, and a cursor to go on or back from. Nonsense asks for nothing."""

    text: str
    before: str
    after: str

    @property
    def steps(self) -> dict[str, Any]:
        """For a selector that walks."""
        return {"before": self.before, "after": self.after}


def asked_of(request: HttpRequest) -> Asked:
    given = request.GET
    return Asked(given.get("q", "")[:TEXT_LENGTH].strip(), given.get("before", ""), given.get("after", ""))


def beside(here: str, shown: Any, **query: object) -> dict[str, str]:
    """Where a list's page leads on to; `shown` is a Page of rows, `query` what the list is asked by."""
    return {
        "newer_url": address(here, **query, before=shown.before) if shown.before else "",
        "older_url": address(here, **query, after=shown.after) if shown.after else "",
    }


def address(path: str, **query: object) -> str:
    """The path with the query, without what is empty. A list gives its name once for each member."""
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path
