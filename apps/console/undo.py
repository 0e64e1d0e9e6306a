"""What can be taken back is taken back by the toast that tells of it: its button posts the inverse verb."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def undo(url: str, name: str = "", value: str = "") -> SafeString:
    """A button of the empty form that every page of the console has (templates/console/base.html)."""
    return format_html(
        '<button type="submit" form="undo" formaction="{}" name="{}" value="{}" class="toast-action">{}</button>',
        url,
        name or "undo",
        value,
        _("Undo"),
    )
