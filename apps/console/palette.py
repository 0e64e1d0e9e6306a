"""What one can get to and do from anywhere, found by its name or by what else people call it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.console.access import Desk
from apps.console.render import realm_url
from apps.core import names

# (words, icon, path under the realm or from the root, scopes, other words for it): what can be done from anywhere
_ACTIONS: tuple[tuple[str, str, str, str, str], ...] = (
    (gettext_noop("Create identity"), "user-plus", "identities/new", "identities:create", "create-identity"),
    (gettext_noop("Import people"), "user-plus", "identities/import", "identities:create", "import"),
    (gettext_noop("Export people as CSV"), "download", "identities/export", "identities:read", "export"),
    (gettext_noop("Bulk jobs"), "users", "identities/bulk-jobs", "identities:read", "bulk"),
    (gettext_noop("Sign somebody out"), "log-out", "identities", "identities:update", "sessions"),
    (gettext_noop("Create group"), "plus", "groups/new", "groups:create", "group"),
    (gettext_noop("Create application"), "plus", "applications/new", "applications:create", "application"),
    (
        gettext_noop("Add identity provider"),
        "plus",
        "identity-providers/new",
        "identity-providers:create",
        "identity-provider",
    ),
    (gettext_noop("API tokens"), "key-round", "/console/api-tokens", "tokens:read", "tokens"),
    (
        gettext_noop("Create resource server"),
        "plus",
        "resource-servers/new",
        "resource-servers:create",
        "resource-server",
    ),
    (gettext_noop("Create role"), "plus", "roles/new", "roles:create", "role"),
    (gettext_noop("Add policy rule"), "plus", "policy/rules/new", "policy:update", "rule"),
    (gettext_noop("Start a rule from a template"), "shield-check", "policy/templates", "policy:update", "rule"),
    (gettext_noop("Publish the policy"), "shield-check", "policy/publish", "policy:publish", "publish"),
    (gettext_noop("Try the policy"), "circle-help", "policy/try", "policy:read", "try"),
    (gettext_noop("Replay the draft"), "history", "policy/replay", "policy:read", "try"),
    (gettext_noop("Versions of the policy"), "history", "policy/versions", "policy:read", "versions"),
    (gettext_noop("Integrity of the record"), "badge-check", "events/integrity", "events:read", "integrity"),
    (gettext_noop("Create stream"), "send", "streams/new", "event-streams:create", "stream"),
    (gettext_noop("Signing keys"), "lock-keyhole", "settings/signing-keys", "realms:read", "keys"),
    (
        gettext_noop("Invite an administrator"),
        "user-plus",
        "/console/administrators/new",
        "identities:create groups:update roles:update credential-binding-jobs:create",
        "invite",
    ),
    (gettext_noop("Create realm"), "plus", "/console/realms/new", "realms:create", "realm"),
)
_OTHER_WORDS = {
    "create-identity": gettext_noop("add new person people user account invite"),
    "import": gettext_noop("upload csv file spreadsheet excel table many users"),
    "export": gettext_noop("download file spreadsheet excel list users"),
    "bulk": gettext_noop("import progress report suspend many users"),
    "sessions": gettext_noop("sessions end log out logout kick browser tokens"),
    "group": gettext_noop("add new team"),
    "application": gettext_noop("add new app client oauth oidc openid saml sso"),
    "identity-provider": gettext_noop("add new federation social login sso oidc entra azure google keycloak broker"),
    "tokens": gettext_noop("api keys secret access management"),
    "resource-server": gettext_noop("add new api audience scopes"),
    "role": gettext_noop("add new permission rights scopes"),
    "rule": gettext_noop("add new condition deny allow access block"),
    "publish": gettext_noop("rules deploy go live release"),
    "try": gettext_noop("test simulate what if rules trace"),
    "versions": gettext_noop("history restore roll back rollback rules"),
    "integrity": gettext_noop("proof verify tamper audit checkpoint merkle"),
    "stream": gettext_noop("siem splunk datadog elastic webhook syslog forward export"),
    "keys": gettext_noop("rotate retire certificate jwks sign token"),
    "invite": gettext_noop("add new admin colleague rights"),
    "realm": gettext_noop("add new environment directory"),
    # places of the rail, by their icon
    "users": gettext_noop("identities people users accounts persons directory passkeys"),
    "users-round": gettext_noop("groups teams members"),
    "app-window": gettext_noop("applications apps clients oauth oidc openid sso sessions"),
    "fingerprint": gettext_noop("authenticators passkeys sdk webauthn sign-in login"),
    "log-in": gettext_noop(
        "identity providers federation social login sso oidc entra azure google keycloak broker idp"
    ),
    "server": gettext_noop("resource servers apis audience scopes permissions"),
    "badge-check": gettext_noop("roles permissions rights scopes access"),
    "shield-check": gettext_noop("policy rules conditions access deny allow"),
    "refresh-cw": gettext_noop("scim provisioning okta entra azure sync users"),
    "scroll-text": gettext_noop("events log audit record history activity trail export csv saved views"),
    "send": gettext_noop("streams siem splunk datadog elastic webhook syslog deliveries"),
    "palette": gettext_noop("branding logo colours colors theme look design css favicon"),
    "mail": gettext_noop("mails e-mail email template message letter"),
    "settings": gettext_noop("realm settings configuration name retention delete realm"),
    "shield": gettext_noop("administrators admins colleagues invite rights roles"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """`words` is what else it is called: in the reader's language and in English."""

    label: str
    icon: str
    url: str
    text: str = ""
    words: str = ""

    @property
    def shown(self) -> dict[str, str]:
        return asdict(self)


Groups = list[tuple[str, list[Link]]]


def offered(desk: Desk, nav: Sequence[Any]) -> Groups:
    """Places, then acts; above the realms but what is there."""
    places = [
        Link(each["label"], each["icon"], each["url"], words=_words(each["icon"]))
        for part in nav
        for each in part["items"]
    ]
    acts = [
        Link(_(label), icon, _url(desk, path), words=f"{label} {_words(key)}")
        for label, icon, path, scope, key in _ACTIONS
        if all(map(desk.may, scope.split())) and (desk.realm or path.startswith("/"))
    ]
    return [(_("Go to"), places), (_("Do"), acts)]


def fitting(groups: Groups, text: str) -> Groups:
    """Those that have every word in their name or begin one of their other words with it; names first."""
    wanted = _plain(text).split()
    return [
        (label, sorted((link for link in links if _fits(link, wanted)), key=lambda link: not _is_named(link, wanted)))
        for label, links in groups
    ]


def _fits(link: Link, wanted: list[str]) -> bool:
    own = _plain(link.label)
    others = _plain(link.words).split()
    return all(word in own or any(other.startswith(word) for other in others) for word in wanted)


def _plain(text: str) -> str:
    """Without case and accents: who searches in a hurry types none. A voiced kana is another letter and stays one."""
    bare = (letter for letter in unicodedata.normalize("NFD", text) if not "\u0300" <= letter <= "\u036f")
    return names.comparison_key("".join(bare))


def _is_named(link: Link, wanted: list[str]) -> bool:
    own = _plain(link.label)
    return all(word in own for word in wanted)


def _url(desk: Desk, path: str) -> str:
    return path if path.startswith("/") else realm_url(desk.realm, path)


def _words(key: str) -> str:
    english = _OTHER_WORDS.get(key, "")
    return f"{english} {_(english)}" if english else ""
