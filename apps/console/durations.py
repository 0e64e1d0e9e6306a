"""Lengths of time in the words of a form."""

from django.utils.translation import ngettext

_UNITS = (
    (86_400, "%(n)d day", "%(n)d days"),
    (3600, "%(n)d hour", "%(n)d hours"),
    (60, "%(n)d minute", "%(n)d minutes"),
)
_OFFERED = (300, 900, 1800, 3600, 4 * 3600, 8 * 3600, 12 * 3600, 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400)


def in_words(seconds: int) -> str:
    """The largest unit that fits exactly: "90 minutes", "1 day"."""
    for size, one, many in _UNITS:
        if seconds >= size and seconds % size == 0:
            return ngettext(one, many, seconds // size) % {"n": seconds // size}
    return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}


def duration_choices(present: int) -> list[tuple[int, str]]:
    """What a form offers, with the present value in its place."""
    return [(seconds, in_words(seconds)) for seconds in sorted({*_OFFERED, present})]
