"""Sentences for events that change things: a table of two endings, told by type and action.

Names in braces are the event's actor and targets; what is not known is an indefinite noun.
"""

from django.utils.translation import gettext_lazy as _

from apps.events.types import EventType as E

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
    (E.ROLE_CHANGE, "EXPORT"): (_("{actor} exported roles"), _("{actor} could not export roles")),
    (E.APPLICATION_CHANGE, "EXPORT"): (
        _("{actor} exported applications"),
        _("{actor} could not export applications"),
    ),
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
    (E.CREDENTIAL_CHANGE, "CREATE"): (
        _("{actor} made the passkey {credential}"),
        _("{actor} could not make a passkey"),
    ),
    (E.CREDENTIAL_CHANGE, "UPDATE"): (
        _("{actor} renamed the passkey {credential}"),
        _("{actor} could not rename the passkey {credential}"),
    ),
    (E.CREDENTIAL_CHANGE, "REVOKE"): (
        _("{actor} revoked {credential}, a passkey of {identity}"),
        _("{actor} could not revoke {credential}"),
    ),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "LINK_OPENED"): (
        _("The link for {credential_binding_job} was opened"),
        _("The link for {credential_binding_job} could not be opened"),
    ),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "REQUEST_DELIVERED"): (
        _("A passkey for {credential_binding_job} is being made"),
        _("A passkey for {credential_binding_job} could not be begun"),
    ),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "COMPLETE"): (
        _("The link for {credential_binding_job} was used"),
        _("The link for {credential_binding_job} could not be used"),
    ),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "REVOKE"): (
        _("{actor} withdrew the link for {credential_binding_job}"),
        _("{actor} could not withdraw the link for {credential_binding_job}"),
    ),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "FAIL"): (_("A link was given up"), _("A link could not be mailed")),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "OPEN"): (
        _("A link was followed"),
        _("A link that no longer works was followed"),
    ),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "CREATE_BATCH"): (
        _("{actor} asked for many links at once"),
        _("{actor} could not ask for many links at once"),
    ),
    (E.CREDENTIAL_BINDING_JOB_CHANGE, "COMPLETE_BATCH"): (
        _("The links that {actor} asked for were made"),
        _("The links that {actor} asked for could not be made"),
    ),
    (E.APPLICATION_CHANGE, "CREATE"): (
        _("{actor} created the application {application}"),
        _("{actor} could not create an application"),
    ),
    (E.APPLICATION_CHANGE, "UPDATE"): (
        _("{actor} changed the application {application}"),
        _("{actor} could not change {application}"),
    ),
    (E.APPLICATION_CHANGE, "DELETE"): (
        _("{actor} deleted the application {application}"),
        _("{actor} could not delete {application}"),
    ),
    (E.APPLICATION_CHANGE, "ROTATE_SECRET"): (
        _("{actor} made a new secret for {application}"),
        _("{actor} could not make a new secret for {application}"),
    ),
    (E.AUTHENTICATOR_CONFIG_CHANGE, "CREATE"): (
        _("{actor} created the authenticator {authenticator_config}"),
        _("{actor} could not create an authenticator"),
    ),
    (E.AUTHENTICATOR_CONFIG_CHANGE, "UPDATE"): (
        _("{actor} changed the authenticator {authenticator_config}"),
        _("{actor} could not change {authenticator_config}"),
    ),
    (E.AUTHENTICATOR_CONFIG_CHANGE, "DELETE"): (
        _("{actor} deleted the authenticator {authenticator_config}"),
        _("{actor} could not delete {authenticator_config}"),
    ),
    (E.RESOURCE_SERVER_CHANGE, "CREATE"): (
        _("{actor} created the resource server {resource_server}"),
        _("{actor} could not create a resource server"),
    ),
    (E.RESOURCE_SERVER_CHANGE, "UPDATE"): (
        _("{actor} changed the resource server {resource_server}"),
        _("{actor} could not change {resource_server}"),
    ),
    (E.RESOURCE_SERVER_CHANGE, "DELETE"): (
        _("{actor} deleted the resource server {resource_server}"),
        _("{actor} could not delete {resource_server}"),
    ),
    (E.ROLE_CHANGE, "CREATE"): (_("{actor} created the role {role}"), _("{actor} could not create a role")),
    (E.ROLE_CHANGE, "UPDATE"): (_("{actor} changed the role {role}"), _("{actor} could not change {role}")),
    (E.ROLE_CHANGE, "DELETE"): (_("{actor} deleted the role {role}"), _("{actor} could not delete {role}")),
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
    (E.ROLE_CHANGE, "SET_UP"): (
        _("{actor} set up the administrators' roles"),
        _("{actor} could not set up the administrators' roles"),
    ),
    (E.ROLE_SCOPES_CHANGE, "ADD"): (
        _("{actor} added scopes to the role {role}"),
        _("{actor} could not add scopes to the role {role}"),
    ),
    (E.ROLE_SCOPES_CHANGE, "REMOVE"): (
        _("{actor} took scopes from the role {role}"),
        _("{actor} could not take scopes from the role {role}"),
    ),
    (E.THEME_CHANGE, "CREATE"): (
        _("{actor} gave the hosted pages a look of their own"),
        _("{actor} could not change the look of the hosted pages"),
    ),
    (E.THEME_CHANGE, "DRAFT"): (
        _("{actor} worked on a new look of the hosted pages"),
        _("{actor} could not save the draft of a new look"),
    ),
    (E.THEME_CHANGE, "PUBLISH"): (
        _("{actor} published a new look of the hosted pages"),
        _("{actor} could not publish a new look of the hosted pages"),
    ),
    (E.THEME_CHANGE, "DISCARD_DRAFT"): (
        _("{actor} discarded the draft of a new look"),
        _("{actor} could not discard the draft of a new look"),
    ),
    (E.THEME_CHANGE, "UPLOAD_LOGO"): (
        _("{actor} uploaded a logo"),
        _("{actor} could not upload a logo"),
    ),
    (E.THEME_CHANGE, "UPDATE"): (
        _("{actor} changed the look of the hosted pages"),
        _("{actor} could not change the look of the hosted pages"),
    ),
    (E.EMAIL_TEMPLATE_CHANGE, "UPDATE"): (
        _("{actor} changed the wording of a mail"),
        _("{actor} could not change the wording of a mail"),
    ),
    (E.EMAIL_TEMPLATE_CHANGE, "DELETE"): (
        _("{actor} took back the wording of a mail"),
        _("{actor} could not take back the wording of a mail"),
    ),
    (E.EMAIL_TEMPLATE_CHANGE, "SEND_TEST"): (
        _("{actor} asked for a test mail"),
        _("{actor} could not be sent a test mail"),
    ),
    (E.SIGNING_KEY_CHANGE, "ROTATE"): (
        _("{actor} rotated the signing keys"),
        _("{actor} could not rotate the signing keys"),
    ),
    (E.SIGNING_KEY_CHANGE, "RETIRE"): (
        _("{actor} withdrew a signing key at once"),
        _("{actor} could not withdraw a signing key"),
    ),
    (E.SIGNING_KEY_CHANGE, "CREATE"): (_("A signing key was made"), _("A signing key could not be made")),
    (E.REALM_CHANGE, "CREATE"): (_("{actor} created the realm {realm}"), _("{actor} could not create a realm")),
    (E.REALM_CHANGE, "UPDATE"): (_("{actor} changed the realm {realm}"), _("{actor} could not change {realm}")),
    (E.REALM_CHANGE, "DELETE"): (_("{actor} deleted the realm {realm}"), _("{actor} could not delete {realm}")),
    (E.REALM_CHANGE, "EXPORT_EVENTS"): (_("{actor} exported events"), _("{actor} could not export events")),
    (E.REALM_CHANGE, "CANCEL_EXPORT"): (
        _("{actor} cancelled an export of events"),
        _("{actor} could not cancel an export of events"),
    ),
    (E.REALM_CHANGE, "SAVE_VIEW"): (
        _("{actor} saved the view {saved_view} of the events"),
        _("{actor} could not save a view of the events"),
    ),
    (E.REALM_CHANGE, "CHANGE_VIEW"): (
        _("{actor} changed the view {saved_view} of the events"),
        _("{actor} could not change the view {saved_view} of the events"),
    ),
    (E.REALM_CHANGE, "DELETE_VIEW"): (
        _("{actor} deleted the view {saved_view} of the events"),
        _("{actor} could not delete the view {saved_view} of the events"),
    ),
    (E.TENANT_CHANGE, "CREATE"): (_("{actor} opened the tenant {tenant}"), _("{actor} could not open a tenant")),
    (E.TENANT_CHANGE, "UPDATE"): (_("{actor} changed the tenant {tenant}"), _("{actor} could not change the tenant")),
    (E.POLICY_CHANGE, "CREATE"): (_("The policy began with its first rules"), _("The policy could not begin")),
    (E.POLICY_CHANGE, "SAVE_DRAFT"): (
        _("{actor} edited the policy draft"),
        _("{actor} could not edit the policy draft"),
    ),
    (E.POLICY_CHANGE, "DISCARD_DRAFT"): (
        _("{actor} discarded the policy draft"),
        _("{actor} could not discard the policy draft"),
    ),
    (E.POLICY_CHANGE, "PUBLISH"): (_("{actor} published the policy"), _("{actor} could not publish the policy")),
    (E.POLICY_CHANGE, "RESTORE"): (
        _("{actor} took an old version of the policy into the draft"),
        _("{actor} could not restore an old version of the policy"),
    ),
    (E.POLICY_CHANGE, "SAVE_TESTS"): (
        _("{actor} changed the tests of the policy"),
        _("{actor} could not change the tests of the policy"),
    ),
    (E.POLICY_CHANGE, "RECOVER"): (
        _("{actor} put the policy back to where administrators get in"),
        _("{actor} could not put the policy back"),
    ),
    (E.DEVICE_ADD, "BEGIN"): (
        _("{identity} began to set up another device"),
        _("{identity} could not set up another device"),
    ),
    (E.DEVICE_ADD, "CLAIM"): (
        _("A device asked to be set up for {identity}"),
        _("A code for setting up a device for {identity} was not right"),
    ),
    (E.DEVICE_ADD, "APPROVE"): (
        _("{identity} let another device in"),
        _("{identity} could not let another device in"),
    ),
    (E.DEVICE_ADD, "DENY"): (
        _("{identity} did not let another device in"),
        _("{identity} did not let another device in"),
    ),
    (E.DEVICE_ADD, "CANCEL"): (
        _("Setting up another device for {identity} was given up"),
        _("Setting up another device for {identity} could not be given up"),
    ),
    (E.DEVICE_ADD, "BIND"): (
        _("The new device of {identity} begins to make its passkey"),
        _("The new device of {identity} could not begin to make a passkey"),
    ),
    (E.DEVICE_ADD, "COMPLETE"): (
        _("{identity} set up another device, with the passkey {credential}"),
        _("Another device of {identity} could not be set up"),
    ),
    (E.OTP_CHALLENGE, "ISSUE"): (
        _("A one-time code was sent for {application}"),
        _("A one-time code for {application} was not sent"),
    ),
    (E.OTP_CHALLENGE, "REDEEM"): (
        _("{actor} gave the right code for {application}"),
        _("A one-time code for {application} was refused"),
    ),
    (E.OTP_CHALLENGE, "MAIL_RECOVERY_LINK"): (
        _("A way back in was asked for by mail"),
        _("A way back in by mail was refused"),
    ),
    (E.OTP_CHALLENGE, "OPEN_RECOVERY_LINK"): (_("A recovery link was opened"), _("A recovery link was refused")),
    (E.CONSENT_CHANGE, "GRANT"): (
        _("{actor} let {application} have what it asked for"),
        _("{actor} could not agree to what {application} asked for"),
    ),
    (E.CONSENT_CHANGE, "REFUSE"): (
        _("{actor} did not agree to what {application} asked for"),
        _("{actor} did not agree to what {application} asked for"),
    ),
    (E.CONSENT_CHANGE, "REVOKE"): (
        _("{actor} ended what {application} may do for {identity}"),
        _("{actor} could not end what {application} may do for {identity}"),
    ),
    (E.SESSION_CHANGE, "CREATE"): (_("A session of {identity} began"), _("A session could not begin")),
    (E.SESSION_CHANGE, "UPDATE"): (
        _("{identity} signed in anew in the same browser"),
        _("A session could not be renewed"),
    ),
    (E.SESSION_CHANGE, "END"): (_("{identity} was signed out"), _("{identity} could not be signed out")),
    (E.SESSION_CHANGE, "NOTIFY"): (
        _("A sign-out was told to {application}"),
        _("A sign-out could not be told to {application}"),
    ),
    (E.CONSOLE_SIGN_IN, ""): (_("{actor} signed in to the console"), _("{actor} could not sign in to the console")),
    (E.CONSOLE_SIGN_IN, "MAIL_LINKS"): (
        _("Sign-in links for the console were mailed to {identity}"),
        _("Sign-in links for the console could not be mailed"),
    ),
    (E.CONSOLE_SIGN_IN, "ASK_PROOF"): (
        _("{actor} was asked for the passkey before something dangerous at the console"),
        _("{actor} could not be asked for the passkey"),
    ),
    (E.CONSOLE_SIGN_IN, "PROVE"): (
        _("{actor} proved at the console who they are"),
        _("{actor} did not prove at the console who they are"),
    ),
    (E.TOKEN_CHANGE, "CREATE"): (
        _("{actor} made the token {token} for {application}"),
        _("{actor} could not make a token for {application}"),
    ),
    (E.TOKEN_CHANGE, "FAMILY_REVOKE"): (
        _("A refresh token of {actor} was used again, perhaps by a thief: all that came of the sign-in was ended"),
        _("What came of a sign-in of {actor} could not be ended"),
    ),
    (E.TOKEN_CHANGE, "REVOKE"): (_("{actor} revoked {token}"), _("{actor} could not revoke {token}")),
    (E.EVENT_STREAM_CHANGE, "CREATE"): (
        _("{actor} created the event stream {event_stream}"),
        _("{actor} could not create an event stream"),
    ),
    (E.EVENT_STREAM_CHANGE, "UPDATE"): (
        _("{actor} changed the event stream {event_stream}"),
        _("{actor} could not change {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "PAUSE"): (
        _("{actor} paused the event stream {event_stream}"),
        _("{actor} could not pause {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "RESUME"): (
        _("{actor} let the event stream {event_stream} go on"),
        _("{actor} could not let {event_stream} go on"),
    ),
    (E.EVENT_STREAM_CHANGE, "ROTATE_SECRET"): (
        _("{actor} made a new secret for the event stream {event_stream}"),
        _("{actor} could not make a new secret for {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "TEST"): (
        _("{actor} sent a test event through {event_stream}"),
        _("A test event of {actor} did not arrive through {event_stream}"),
    ),
    (E.EVENT_STREAM_CHANGE, "REPLAY"): (
        _("{actor} had what {event_stream} gave up sent again"),
        _("{actor} could not have what {event_stream} gave up sent again"),
    ),
    (E.EVENT_STREAM_CHANGE, "DEAD_LETTER"): (
        _("Events for {event_stream} were given up after a day"),
        _("Events for {event_stream} were given up after a day"),
    ),
    (E.EVENT_STREAM_CHANGE, "DELETE"): (
        _("{actor} deleted the event stream {event_stream}"),
        _("{actor} could not delete {event_stream}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "CREATE"): (
        _("{actor} added the identity provider {identity_provider}"),
        _("{actor} could not add an identity provider"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "UPDATE"): (
        _("{actor} changed the identity provider {identity_provider}"),
        _("{actor} could not change {identity_provider}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "ENABLE"): (
        _("{actor} let people sign in through {identity_provider} again"),
        _("{actor} could not let people sign in through {identity_provider}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "DISABLE"): (
        _("{actor} let nobody sign in through {identity_provider} any more"),
        _("{actor} could not stop people signing in through {identity_provider}"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "TEST"): (
        _("{actor} checked the identity provider {identity_provider}"),
        _("{actor} checked {identity_provider}, which cannot be used"),
    ),
    (E.IDENTITY_PROVIDER_CHANGE, "DELETE"): (
        _("{actor} deleted the identity provider {identity_provider}"),
        _("{actor} could not delete {identity_provider}"),
    ),
    (E.API_REQUEST_DENIED, ""): (_("A request to the API was answered"), _("A request to the API was denied")),
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
