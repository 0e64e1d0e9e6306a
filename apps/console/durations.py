"""Lengths of time in the words of a form."""

from django.utils.translation import ngettext

_OFFERED = (300, 900, 1800, 3600, 4 * 3600, 8 * 3600, 12 * 3600, 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400)


def in_words(seconds: int) -> str:
    """The largest unit that fits exactly: "90 minutes", "1 day"."""
    size = next((size for size in (86_400, 3600, 60) if seconds >= size and seconds % size == 0), 1)
    n = seconds // size
    if size == 86_400:
        words = ngettext("%(n)d day", "%(n)d days", n)
    elif size == 3600:
        words = ngettext("%(n)d hour", "%(n)d hours", n)
    elif size == 60:
        words = ngettext("%(n)d minute", "%(n)d minutes", n)
    else:
        words = ngettext("%(n)d second", "%(n)d seconds", n)
    return words % {"n": n}


def duration_choices(present: int) -> list[tuple[int, str]]:
    """What a form offers, with the present value in its place."""
    return [(seconds, in_words(seconds)) for seconds in sorted({*_OFFERED, present})]
