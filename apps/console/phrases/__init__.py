"""Sentences for events that change things: tables of two endings, told by type and action.

Names in braces are the event's actor and targets; what is not known is an indefinite noun.
"""

from django.utils.translation import gettext_lazy as _

from apps.console.phrases import installation, people, sign_in

# What stands for a target, or an actor, that an event does not name.
NOUNS = {
    "actor": _("Somebody"),
    "identity": _("somebody"),
    "group": _("a group"),
    "application": _("an application"),
    "authenticator_config": _("an authenticator"),
    "resource_server": _("a resource server"),
    "role": _("a role"),
    "realm": _("a realm"),
    "tenant": _("a tenant"),
    "credential": _("a passkey"),
    "credential_binding_job": _("somebody"),  # it is named after whom it invites
    "session": _("a session"),
    "theme": _("the look"),
    "token": _("a token"),
    "recipient": _("somebody"),
    "event_stream": _("an event stream"),
    "identity_provider": _("an identity provider"),
    "saved_view": _("a view"),
}

# (type, action): (how it reads when it worked, how it reads when it did not; the reason follows)
CHANGES = {**people.CHANGES, **sign_in.CHANGES, **installation.CHANGES}
