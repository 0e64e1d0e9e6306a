"""Addresses of lists: what is searched, filtered, sorted and shown stands in the URL, so that it can be sent to somebody."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from apps.core.rows import Sorts

TEXT_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What every list is asked by: `q`, `sort` where it has `sorts`, and a cursor to go on or back from. Nonsense asks for
    nothing."""

    text: str
    before: str
    after: str
    sort: str = ""
    sorts: Sorts | None = None

    @property
    def steps(self) -> dict[str, Any]:
        """For a selector that walks."""
        return {"before": self.before, "after": self.after, **({"sort": self.sort} if self.sorts else {})}

    @property
    def in_address(self) -> dict[str, str]:
        """What a link to another page of the list keeps."""
        is_usual = self.sorts is None or self.sort == self.sorts.default
        return {"q": self.text, "sort": "" if is_usual else self.sort}

    def sorting(self, here: str, **further: object) -> dict[str, dict[str, str]]:
        """By the name of a sort: where its heading leads to, and which way the list is sorted by it now
        (`aria-sort`; "" for not at all). A second press turns it around."""
        if self.sorts is None:
            return {}
        return {name: self._heading(self.sorts, name, here, further) for name in self.sorts.keys}

    def _heading(self, sorts: Sorts, name: str, here: str, further: dict[str, object]) -> dict[str, str]:
        is_current, is_down = self.sort.removeprefix("-") == name, self.sort.startswith("-")
        down = not is_down if is_current else sorts.keys[name].descending
        wanted = f"-{name}" if down else name
        query = {"q": self.text, **further, "sort": "" if wanted == sorts.default else wanted}
        state = ("descending" if is_down else "ascending") if is_current else ""
        return {"url": address(here, **query), "state": state}


def asked_of(request: HttpRequest, sorts: Sorts | None = None) -> Asked:
    given = request.GET
    text, sort = given.get("q", "")[:TEXT_LENGTH].strip(), sorts.chosen(given.get("sort", "")) if sorts else ""
    return Asked(text, given.get("before", ""), given.get("after", ""), sort, sorts)


def beside(here: str, shown: Any, asked: Asked, **further: object) -> dict[str, Any]:
    """What a list shows around its rows: where it leads on to, headings to sort by, and what its search keeps. `shown` is a
    Page of rows, `further` what else the list is asked by."""
    query = {**asked.in_address, **further}
    return {
        "newer_url": address(here, **query, before=shown.before) if shown.before else "",
        "older_url": address(here, **query, after=shown.after) if shown.after else "",
        "sorting": asked.sorting(here, **further),
        "kept": [{"name": name, "value": value} for name, value in query.items() if value and name != "q"],
    }


def address(path: str, **query: object) -> str:
    """The path with the query, without what is empty. A list gives its name once for each member."""
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path
