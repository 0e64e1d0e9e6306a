"""What can be done to several things of a list at once (several.py): its words and the right that it takes."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from apps.console.several import Act

DELETE_GROUPS = Act(
    "delete",
    "groups:delete",
    _("Delete"),
    ngettext_lazy("Delete %(count)s group?", "Delete %(count)s groups?", "count"),
    _("Policy rules that speak of them no longer match anybody. One that has members stays. This cannot be undone."),
    ngettext_lazy("%(count)s group is deleted.", "%(count)s groups are deleted.", "count"),
    "trash-2",
    typed=True,
)
GIVE_ROLE = Act(
    "role",
    "roles:update",
    _("Give role"),
    ngettext_lazy("Give a role to %(count)s group?", "Give a role to %(count)s groups?", "count"),
    _("Everybody in them holds it too, from their next token on."),
    ngettext_lazy("%(count)s group holds the role now.", "%(count)s groups hold the role now.", "count"),
    "badge-check",
    is_grave=False,
)
DELETE_APPLICATIONS = Act(
    "delete",
    "applications:delete",
    _("Delete"),
    ngettext_lazy("Delete %(count)s application?", "Delete %(count)s applications at once?", "count"),
    _("Nobody can sign in to them any more, and their tokens end at once. This cannot be undone."),
    ngettext_lazy("%(count)s application is deleted.", "%(count)s applications are deleted.", "count"),
    "trash-2",
    typed=True,
)
END_GRANTS = Act(
    "end",
    "tokens:delete",
    _("End"),
    ngettext_lazy(
        "Sign %(count)s person out of the application?", "End %(count)s sessions of the application?", "count"
    ),
    _("What these sign-ins opened ends now. Signing in again is allowed."),
    ngettext_lazy("%(count)s session is ended.", "%(count)s sessions are ended.", "count"),
    "log-out",
)
REVOKE_TOKENS = Act(
    "revoke",
    "tokens:delete",
    _("Revoke"),
    ngettext_lazy("Revoke %(count)s token?", "Revoke %(count)s tokens?", "count"),
    _("Programs that use them are refused at once. This cannot be undone; new tokens can be made."),
    ngettext_lazy("%(count)s token is revoked.", "%(count)s tokens are revoked.", "count"),
    "ban",
)
REVOKE_PASSKEYS = Act(
    "passkeys",
    "credentials:revoke",
    _("Revoke"),
    ngettext_lazy("Revoke %(count)s passkey?", "Revoke %(count)s passkeys?", "count"),
    _("They prove nothing any more, and what they opened is closed. This cannot be undone; new passkeys can be made."),
    ngettext_lazy("%(count)s passkey is revoked.", "%(count)s passkeys are revoked.", "count"),
    "ban",
)
END_SESSIONS = Act(
    "sessions",
    "identities:update",
    _("Sign out"),
    ngettext_lazy("Sign out of %(count)s browser?", "Sign out of %(count)s browsers?", "count"),
    _("They ask for the passkey again, and so does every application that was opened from them."),
    ngettext_lazy("%(count)s browser is signed out.", "%(count)s browsers are signed out.", "count"),
    "log-out",
)
WITHDRAW_LINKS = Act(
    "links",
    "credential-binding-jobs:create",
    _("Withdraw"),
    ngettext_lazy("Withdraw %(count)s link?", "Withdraw %(count)s links?", "count"),
    _("Whoever has them can no longer make a passkey with them. You can send a new one."),
    ngettext_lazy("%(count)s link is withdrawn.", "%(count)s links are withdrawn.", "count"),
    "ban",
)
DISCONNECT = Act(
    "providers",
    "identities:update",
    _("Disconnect"),
    ngettext_lazy("Disconnect %(count)s identity provider?", "Disconnect %(count)s identity providers?", "count"),
    _("The person no longer signs in through them. A passkey still works."),
    ngettext_lazy("%(count)s provider is disconnected.", "%(count)s providers are disconnected.", "count"),
    "ban",
)
DELETE_ROLES = Act(
    "delete",
    "roles:delete",
    _("Delete"),
    ngettext_lazy("Delete %(count)s role?", "Delete %(count)s roles?", "count"),
    _("One that still gives scopes, or that somebody holds, stays. This cannot be undone."),
    ngettext_lazy("%(count)s role is deleted.", "%(count)s roles are deleted.", "count"),
    "trash-2",
    typed=True,
)
DELETE_RESOURCE_SERVERS = Act(
    "delete",
    "resource-servers:delete",
    _("Delete"),
    ngettext_lazy("Delete %(count)s resource server?", "Delete %(count)s resource servers?", "count"),
    _("One that an application or a role still names stays. This cannot be undone."),
    ngettext_lazy("%(count)s resource server is deleted.", "%(count)s resource servers are deleted.", "count"),
    "trash-2",
    typed=True,
)
SEND_LINKS = Act(
    "link",
    "credential-binding-jobs:create",
    _("Send a link"),
    ngettext_lazy("Send %(count)s link to make a passkey?", "Send %(count)s links to make a passkey?", "count"),
    _("Each gets a mail with a link to make a passkey. It works once."),
    ngettext_lazy(
        "%(count)s link is on its way.",
        "%(count)s links are on their way.",
        "count",
    ),
    "send",
    is_grave=False,
)
CHANGE_ROLES = Act(
    "role",
    "roles:update",
    _("Change role"),
    ngettext_lazy("Give %(count)s administrator another role?", "Give %(count)s administrators another role?", "count"),
    _("Each holds this role and no other, from now on."),
    ngettext_lazy(
        "%(count)s administrator holds the role now.", "%(count)s administrators hold the role now.", "count"
    ),
    "badge-check",
    is_grave=False,
)
REMOVE_ADMINISTRATORS = Act(
    "remove",
    "groups:update",
    _("Remove"),
    ngettext_lazy(
        "Remove %(count)s administrator from the console?", "Remove %(count)s administrators from the console?", "count"
    ),
    _(
        "They lose every role at the console, and their sessions there end. They stay in the admin realm, without a right."
    ),
    ngettext_lazy("%(count)s administrator is removed.", "%(count)s administrators are removed.", "count"),
    "user-x",
    typed=True,
)
OF_ROLES = (DELETE_ROLES,)
OF_RESOURCE_SERVERS = (DELETE_RESOURCE_SERVERS,)
OF_ADMINISTRATORS = (SEND_LINKS, CHANGE_ROLES, REMOVE_ADMINISTRATORS)
OF_GROUPS = (GIVE_ROLE, DELETE_GROUPS)
OF_APPLICATIONS = (DELETE_APPLICATIONS,)
OF_GRANTS = (END_GRANTS,)
OF_TOKENS = (REVOKE_TOKENS,)
OF_IDENTITY = (REVOKE_PASSKEYS, END_SESSIONS, WITHDRAW_LINKS, DISCONNECT)
