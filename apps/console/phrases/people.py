"""How events about people, their groups and what they may read."""

from django.utils.translation import gettext_lazy as _

from apps.events.types import EventType as E

CHANGES = {
    (E.IDENTITY_CHANGE, "CREATE"): (_("{actor} added {identity}"), _("{actor} could not add somebody")),
    (E.IDENTITY_CHANGE, "UPDATE"): (_("{actor} changed {identity}"), _("{actor} could not change {identity}")),
    (E.IDENTITY_CHANGE, "SUSPEND"): (_("{actor} suspended {identity}"), _("{actor} could not suspend {identity}")),
    (E.IDENTITY_CHANGE, "UNSUSPEND"): (
        _("{actor} lifted the suspension of {identity}"),
        _("{actor} could not lift the suspension of {identity}"),
    ),
    (E.IDENTITY_CHANGE, "LINK"): (
        _("{identity} is linked to the identity provider {identity_provider}"),
        _("{identity} could not be linked to {identity_provider}"),
    ),
    (E.IDENTITY_CHANGE, "UNLINK"): (
        _("{actor} disconnected {identity} from {identity_provider}"),
        _("{actor} could not disconnect {identity} from {identity_provider}"),
    ),
    (E.IDENTITY_CHANGE, "DELETE"): (_("{actor} deleted {identity}"), _("{actor} could not delete {identity}")),
    (E.IDENTITY_CHANGE, "IMPORT_UPLOAD"): (
        _("{actor} uploaded a file of people"),
        _("{actor} could not upload a file of people"),
    ),
    (E.IDENTITY_CHANGE, "IMPORT_CHECK"): (
        _("{actor} tried out a file of people"),
        _("{actor} could not try out a file of people"),
    ),
    (E.IDENTITY_CHANGE, "BULK_START"): (
        _("{actor} asked for many people to be changed at once"),
        _("{actor} could not have many people changed at once"),
    ),
    (E.IDENTITY_CHANGE, "BULK_STOP"): (
        _("{actor} stopped what was done to many people at once"),
        _("{actor} could not stop what is done to many people at once"),
    ),
    (E.IDENTITY_CHANGE, "BULK_COMPLETE"): (
        _("What {actor} asked for was done to many people at once"),
        _("What {actor} asked for could not be done to many people at once"),
    ),
    (E.IDENTITY_CHANGE, "EXPORT"): (_("{actor} exported people"), _("{actor} could not export people")),
    (E.GROUP_CHANGE, "EXPORT"): (_("{actor} exported groups"), _("{actor} could not export groups")),
    (E.GROUP_CHANGE, "CREATE"): (_("{actor} created the group {group}"), _("{actor} could not create a group")),
    (E.GROUP_CHANGE, "UPDATE"): (_("{actor} changed the group {group}"), _("{actor} could not change {group}")),
    (E.GROUP_CHANGE, "DELETE"): (_("{actor} deleted the group {group}"), _("{actor} could not delete {group}")),
    (E.GROUP_MEMBERSHIP_CHANGE, "ADD"): (
        _("{actor} added {people} to {group}"),
        _("{actor} could not add {people} to {group}"),
    ),
    (E.GROUP_MEMBERSHIP_CHANGE, "REMOVE"): (
        _("{actor} removed {people} from {group}"),
        _("{actor} could not remove {people} from {group}"),
    ),
    (E.ROLE_MEMBERSHIP_CHANGE, "EXPORT"): (
        _("{actor} exported the administrators"),
        _("{actor} could not export the administrators"),
    ),
    (E.ROLE_CHANGE, "EXPORT"): (_("{actor} exported roles"), _("{actor} could not export roles")),
    (E.ROLE_CHANGE, "CREATE"): (_("{actor} created the role {role}"), _("{actor} could not create a role")),
    (E.ROLE_CHANGE, "UPDATE"): (_("{actor} changed the role {role}"), _("{actor} could not change {role}")),
    (E.ROLE_CHANGE, "DELETE"): (_("{actor} deleted the role {role}"), _("{actor} could not delete {role}")),
    (E.ROLE_CHANGE, "SET_UP"): (
        _("{actor} set up the administrators' roles"),
        _("{actor} could not set up the administrators' roles"),
    ),
    (E.ROLE_MEMBERSHIP_CHANGE, "ADD"): (
        _("{actor} gave the role {role} to {holders}"),
        _("{actor} could not give the role {role} to {holders}"),
    ),
    (E.ROLE_MEMBERSHIP_CHANGE, "REMOVE"): (
        _("{actor} took the role {role} from {holders}"),
        _("{actor} could not take the role {role} from {holders}"),
    ),
    (E.ROLE_MEMBERSHIP_CHANGE, "INVITE_ADMINISTRATOR"): (
        _("{actor} invited {holders} to the console as {role}"),
        _("{actor} could not invite an administrator as {role}"),
    ),
    (E.ROLE_MEMBERSHIP_CHANGE, "CHANGE_ADMINISTRATOR"): (
        _("{actor} made {holders} {role} at the console"),
        _("{actor} could not make {holders} {role} at the console"),
    ),
    (E.ROLE_MEMBERSHIP_CHANGE, "REMOVE_ADMINISTRATOR"): (
        _("{actor} removed {holders} from the administrators"),
        _("{actor} could not remove {holders} from the administrators"),
    ),
    (E.ROLE_SCOPES_CHANGE, "ADD"): (
        _("{actor} added scopes to the role {role}"),
        _("{actor} could not add scopes to the role {role}"),
    ),
    (E.ROLE_SCOPES_CHANGE, "REPLACE"): (
        _("{actor} changed the scopes of the role {role}"),
        _("{actor} could not change the scopes of the role {role}"),
    ),
    (E.ROLE_SCOPES_CHANGE, "REMOVE"): (
        _("{actor} took scopes from the role {role}"),
        _("{actor} could not take scopes from the role {role}"),
    ),
    (E.EMAIL_STATUS_CHANGE, "SENT"): (
        _("A mail to {recipient} was sent"),
        _("A mail to {recipient} could not be sent"),
    ),
    (E.EMAIL_STATUS_CHANGE, "FAILED_TO_SEND"): (
        _("A mail to {recipient} was given up"),
        _("A mail to {recipient} could not be sent"),
    ),
}

# A tenant is born with its first memberships.
for _kind in (E.GROUP_MEMBERSHIP_CHANGE, E.ROLE_MEMBERSHIP_CHANGE):
    CHANGES[(_kind, "CREATE")] = CHANGES[(_kind, "ADD")]
