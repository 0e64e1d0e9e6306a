"""The mails that a realm may word itself (contract/extensions.md §9): what each is for, what it may name, how it begins.

Wording in templates/emails stays ours: the frame of all of these, and mails to administrators of a tenant. Pure data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Known:
    """A variable. `sample` stands in for it in previews. A mail of the kind is of no use without one that is `needed`."""

    about: str
    sample: str
    needed: bool = False
    is_url: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    subject: str
    body_html: str
    body_text: str
    own: Mapping[str, Known] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, Known]:
        return {**_COMMON, **self.own}

    @property
    def urls(self) -> frozenset[str]:
        return frozenset(name for name, known in self.variables.items() if known.is_url)

    @property
    def samples(self) -> dict[str, str]:
        return {name: known.sample for name, known in self.variables.items()}


_COMMON = {
    "display_name": Known(_("The person's name."), "Ada Lovelace"),
    "organization_name": Known(_("Who signs the mail: the theme's name, or the tenant's."), "Acme"),
    "realm_name": Known(_("The realm's name."), "Customers"),
    "support_url": Known(
        _("Where the theme says there is help; may be empty."), "https://acme.example/help", is_url=True
    ),
}
_LINK = {
    "action_url": Known(_("The link."), "https://auth.example/link", needed=True, is_url=True),
    "expiry": Known(_("How long it works, in words."), "7 days"),
}
_PASTE = """\
<p class="plain">Or paste this link into your browser:<br><a href="{{ action_url }}">{{ action_url }}</a></p>
<p class="quiet">The link works once, for {{ expiry }}. If this wasn't you, ignore this mail: nothing happens without the \
link.</p>
"""
_PASTE_TEXT = """\
{{ action_url }}

The link works once, for {{ expiry }}.
If this wasn't you, ignore this mail: nothing happens without the link.
"""

KINDS: dict[str, Kind] = {
    "binding_link": Kind(
        subject="Create your passkey for {{ organization_name }}",
        body_html=f"""\
<h1>Create your passkey, {{{{ display_name }}}}</h1>
<p><strong>{{{{ organization_name }}}}</strong> invites you to sign in with a passkey. Open the link on the device you want \
to use: it asks for your fingerprint, face or PIN, and there is no password to remember.</p>
<p><a class="button" href="{{{{ action_url }}}}">Create your passkey</a></p>
{_PASTE}""",
        body_text=f"""\
Hello {{{{ display_name }}}},

{{{{ organization_name }}}} invites you to sign in with a passkey. Open the link on the device you want to use: it asks for \
your fingerprint, face or PIN, and there is no password to remember.

Create your passkey:
{_PASTE_TEXT}""",
        own=_LINK,
    ),
    "recovery": Kind(
        subject="Get back into {{ organization_name }}",
        body_html=f"""\
<h1>Create a new passkey, {{{{ display_name }}}}</h1>
<p>You asked to get back into <strong>{{{{ organization_name }}}}</strong>. Open the link on the device you want to use \
from now on and create a new passkey there.</p>
<p><a class="button" href="{{{{ action_url }}}}">Create a new passkey</a></p>
{_PASTE}""",
        body_text=f"""\
Hello {{{{ display_name }}}},

You asked to get back into {{{{ organization_name }}}}. Open the link on the device you want to use from now on and create \
a new passkey there.

Create a new passkey:
{_PASTE_TEXT}""",
        own=_LINK,
    ),
    "one_time_password": Kind(
        subject="Your code for {{ organization_name }}",
        body_html="""\
<h1>Your code</h1>
<p>Enter it where <strong>{{ organization_name }}</strong> asks for it.</p>
<p class="code">{{ code }}</p>
<p class="quiet">The code works once, for {{ expiry }}. If this wasn't you, ignore this mail, and tell nobody the code.</p>
""",
        body_text="""\
Your code for {{ organization_name }}: {{ code }}

The code works once, for {{ expiry }}.
If this wasn't you, ignore this mail, and tell nobody the code.
""",
        own={
            "code": Known(_("The code."), "123456", needed=True),
            "expiry": Known(_("How long it works, in words."), "10 minutes"),
        },
    ),
    "security_notice": Kind(
        subject="A change to your account at {{ organization_name }}",
        body_html="""\
<h1>{{ happened }}</h1>
<p>Hello {{ display_name }}, this happened to your account at <strong>{{ organization_name }}</strong> on {{ time }}, from \
{{ device }} ({{ ip_address }}).</p>
<p class="quiet">If it was you, there is nothing to do. If it was not, look at your passkeys and sessions at once: \
<a href="{{ action_url }}">{{ action_url }}</a></p>
""",
        body_text="""\
{{ happened }}

Hello {{ display_name }},

this happened to your account at {{ organization_name }} on {{ time }}, from {{ device }} ({{ ip_address }}).

If it was you, there is nothing to do. If it was not, look at your passkeys and sessions at once:
{{ action_url }}
""",
        own={
            "happened": Known(_("What happened, in one sentence."), "A passkey was added.", needed=True),
            "time": Known(_("When, with its zone."), "2 November 2026, 09:30 UTC"),
            "device": Known(_("From which browser and system."), "Chrome on Mac"),
            "ip_address": Known(_("From which address."), "203.0.113.7"),
            "action_url": Known(
                _("Where the person sees passkeys and sessions."), "https://auth.example/me", is_url=True
            ),
        },
    ),
}
