"""What the thing on a page is, in one sentence, and where the documentation tells the rest."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

# Of each section of the rail: (sentence, path under /docs).
SECTIONS: dict[str, tuple[Any, str]] = {
    "": (_("A realm keeps its own people, applications, policy and events."), "console#home"),
    "identities": (_("An identity is a person of this realm, who signs in with passkeys."), "console#identities"),
    "groups": (_("A group is a set of people that policy rules and roles speak of."), "console#groups"),
    "applications": (_("An application is what people sign in to, or a program that acts for itself."), "applications"),
    "authenticators": (_("An authenticator is where people sign in, and which passkeys are taken there."), "sign-in"),
    "identity-providers": (
        _("An identity provider is who else may say who somebody is; the policy still says whether they get in."),
        "identity-providers",
    ),
    "resource-servers": (
        _("A resource server is an API that tokens of this realm open."),
        "console#resource-servers-and-roles",
    ),
    "roles": (
        _("A role is what its holders may do at one API: their tokens carry its scopes."),
        "console#resource-servers-and-roles",
    ),
    "policy": (_("The policy is asked at every sign-in and every new passkey."), "policy"),
    "provisioning": (_("A directory that you keep elsewhere writes here over SCIM 2.0."), "scim"),
    "events": (_("An event is what happened, written with it and never changed."), "events"),
    "streams": (_("A stream sends this realm's events to where you read them."), "event-streams"),
    "branding": (_("Branding is how this realm looks to the people who sign in."), "console#branding-and-mails"),
    "mails": (_("A mail is what this realm writes to people, in your words."), "console#branding-and-mails"),
    "settings": (
        _("A realm's settings are its name, how long events are kept, and its signing keys."),
        "console#settings",
    ),
    "administrators": (_("An administrator may enter the console, as far as their roles go."), "administrators"),
    "realms": (_("A realm keeps its own people, applications, policy and events."), "console#realms"),
}
# Their header says nothing of what they are; those of lists and of forms do.
_SILENT = ("", "settings")
_FORMS = (
    "new",
    "bulk",
    "import",
    "links",
    "integrity",
    "actors",
    "views",
    "exports",
    "json",
    "try",
    "tests",
    "replay",
    "versions",
    "templates",
)


@dataclass(frozen=True, slots=True)
class GuideLink:
    """`text` is "" where the page's own header says it."""

    url: str
    text: str = ""


def of_page(path: str) -> GuideLink | None:
    """`path` of a page of the console; None for one of no section."""
    parts = path.removeprefix("/console/").split("/")
    if parts[0] == "realms" and len(parts) > 2:
        parts = parts[2:]
    if parts[0] not in SECTIONS or path == "/console/":
        return None
    sentence, page = SECTIONS[parts[0]]
    is_detail = len(parts) > 1 and parts[1] not in _FORMS and parts[-1] not in ("delete", "edit")
    return GuideLink(f"/docs/{page}", str(sentence) if is_detail or parts[0] in _SILENT else "")
