"""What the console calls types of events, and the things that events name."""

from django.utils.translation import gettext_lazy as _

from apps.console.mail_titles import mail_title

TYPES = {
    "AUTHORIZE_REQUEST": _("Authorize request"),
    "AUTHENTICATION_TRANSACTION": _("Authentication transaction"),
    "POLICY_EVALUATION": _("Policy evaluation"),
    "OTP_CHALLENGE": _("OTP challenge"),
    "TOKEN_REQUEST": _("Token request"),
    "TOKEN_CHANGE": _("Token change"),
    "USERINFO_READ": _("Userinfo read"),
    "CONSENT_CHANGE": _("Consent change"),
    "SESSION_CHANGE": _("Session change"),
    "CREDENTIAL_CHANGE": _("Credential change"),
    "CREDENTIAL_BINDING_JOB_CHANGE": _("Credential binding job change"),
    "DEVICE_ADD": _("Device add"),
    "IDENTITY_CHANGE": _("Identity change"),
    "GROUP_CHANGE": _("Group change"),
    "GROUP_MEMBERSHIP_CHANGE": _("Group membership change"),
    "ROLE_CHANGE": _("Role change"),
    "ROLE_MEMBERSHIP_CHANGE": _("Role membership change"),
    "ROLE_SCOPES_CHANGE": _("Role scopes change"),
    "APPLICATION_CHANGE": _("Application change"),
    "AUTHENTICATOR_CONFIG_CHANGE": _("Authenticator config change"),
    "RESOURCE_SERVER_CHANGE": _("Resource server change"),
    "TENANT_CHANGE": _("Tenant change"),
    "REALM_CHANGE": _("Realm change"),
    "THEME_CHANGE": _("Theme change"),
    "EMAIL_TEMPLATE_CHANGE": _("Email template change"),
    "EMAIL_STATUS_CHANGE": _("Email status change"),
    "POLICY_CHANGE": _("Policy change"),
    "SIGNING_KEY_CHANGE": _("Signing key change"),
    "EVENT_STREAM_CHANGE": _("Event stream change"),
    "IDENTITY_PROVIDER_CHANGE": _("Identity provider change"),
    "CONSOLE_SIGN_IN": _("Console sign in"),
    "API_REQUEST_DENIED": _("API request denied"),
}
THINGS = {
    "identity": _("identity"),
    "group": _("group"),
    "application": _("application"),
    "authenticator_config": _("authenticator config"),
    "resource_server": _("resource server"),
    "role": _("role"),
    "realm": _("realm"),
    "tenant": _("tenant"),
    "credential": _("credential"),
    "credential_binding_job": _("credential binding job"),
    "session": _("session"),
    "theme": _("theme"),
    "theme_draft": _("draft of a theme"),
    "logo": _("logo"),
    "token": _("token"),
    "event_stream": _("event stream"),
    "identity_provider": _("identity provider"),
    "saved_view": _("saved view"),
    "bulk_job": _("bulk job"),
    "batch_credential_binding_job": _("batch of invitations"),
    "event_export": _("export of events"),
    "policy": _("policy"),
    "policy_rule": _("policy rule"),
    "policy_version": _("policy version"),
    "signing_key": _("signing key"),
    "email_template": _("email template"),
}


def type_label(code: str) -> str:
    return str(TYPES.get(code) or code.replace("_", " ").capitalize())


def thing_name(thing: dict[str, str]) -> str:
    """What a target is called: its name, the title of a kind of mail, or its id."""
    if thing["type"] == "email_template":
        return mail_title(thing["id"])
    return thing["display_name"] or thing["id"]


def thing_label(kind: str) -> str:
    return str(THINGS.get(kind) or kind.replace("_", " "))
