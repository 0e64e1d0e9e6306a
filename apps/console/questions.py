"""What is asked before an act is done: in a dialog of the page it is done from, and on a page of its own, at the very
address that the act is posted to, for a browser that runs no scripts and may open no dialogs."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from apps.console.access import Desk
from apps.console.render import page


@dataclass(frozen=True, slots=True)
class Question:
    """`version` is sent along where the act is refused once somebody else has changed what was looked at."""

    title: str
    text: str
    label: str
    url: str
    is_grave: bool = True
    version: str = ""


def ask(request: HttpRequest, desk: Desk, question: Question, back: str, crumbs: list[dict[str, str]]) -> HttpResponse:
    """The page that asks; `back` is where one goes who thinks again."""
    return page(request, desk, "sure.html", {"question": question, "cancel_url": back, "crumbs": crumbs})
