"""How events about passkeys, signing in and what comes of it read."""

from django.utils.translation import gettext_lazy as _

from apps.events.types import EventType as E

CHANGES = {
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
    (E.TOKEN_CHANGE, "CREATE"): (
        _("{actor} made the token {token} for {application}"),
        _("{actor} could not make a token for {application}"),
    ),
    (E.TOKEN_CHANGE, "FAMILY_REVOKE"): (
        _("A refresh token of {actor} was used again, perhaps by a thief: all that came of the sign-in was ended"),
        _("What came of a sign-in of {actor} could not be ended"),
    ),
    (E.TOKEN_CHANGE, "REVOKE"): (_("{actor} revoked {token}"), _("{actor} could not revoke {token}")),
}
