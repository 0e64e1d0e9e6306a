"""Numbers as the reader's language writes them."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def figure(number: int) -> str:
    """ "10,000", "10.000" or "10 000"."""
    return number_format(number, force_grouping=True)


def up_to(number: int, most: int) -> str:
    """ "10,000+" for more than were counted."""
    return _("%(count)s+") % {"count": figure(most)} if number > most else figure(number)
