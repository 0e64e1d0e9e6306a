"""What the product itself writes into rows (descriptions, comments), told in the reader's language while nobody changed it.

Rows and the API keep the English, as of names. A test holds these sentences against those that are written.
"""

from django.utils.translation import gettext, gettext_noop

WRITTEN_BY_US = frozenset(
    (
        gettext_noop("The rules this realm began with"),
        gettext_noop("Administrators by role may enter the console"),
        gettext_noop("People, groups and their passkeys"),
        gettext_noop("Applications, authenticators, APIs, their roles and tokens, and how sign-in looks"),
        gettext_noop("Everything there is to see, and nothing to change"),
        gettext_noop("Members may enter the console. What they may do there their roles say."),
    )
)


def in_readers_words(text: str) -> str:
    return gettext(text) if text in WRITTEN_BY_US else text
