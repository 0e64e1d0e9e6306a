"""How an application is configured, in words: for who may look and not change."""

from typing import Any

from django.utils.translation import gettext as _

from apps.console.durations import in_words
from apps.console.forms.application_choices import FORMATS, METHODS, PROFILES
from apps.console.forms.uses import signs_people_in


def facts_in_words(application: Any) -> list[dict[str, str]]:
    """{label, value}, without what an application of its kind does not have."""
    facts = [
        (_("Name"), application.display_name),
        (_("Grant types"), ", ".join(application.grant_types)),
        *(_of_people(application) if signs_people_in(application) else []),
        (_("Access token lifetime"), in_words(application.token_expires_after_seconds)),
        (_("Access tokens are"), _word(FORMATS, application.token_format)),
        (_("Signing algorithm"), application.token_signing_algorithm),
        (_("API"), application.resource_server.display_name if application.resource_server else ""),
        (_("Acts on"), application.target_realm.display_name if application.target_realm else ""),
        *_security(application),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _of_people(application: Any) -> list[tuple[str, str]]:
    config = application.authenticator_config
    return [
        (_("Redirect URIs"), ", ".join(application.redirect_uri_list)),
        (_("PKCE"), application.pkce),
        (_("Authenticator"), config.display_name if config else ""),
        (_("Subject"), _("pairwise") if application.subject_type == "pairwise" else application.subject_field),
        (_("Refresh tokens"), _("yes") if application.refresh_token_enabled else _("no")),
        (_("After signing out, return to"), ", ".join(application.post_logout_redirect_uri_list)),
        (_("Back-channel logout URI"), application.backchannel_logout_uri),
        (_("Consent"), "" if application.is_first_party else _("people are asked")),
    ]


def _security(application: Any) -> list[tuple[str, str]]:
    secret = "private_key_jwt" if application.token_endpoint_auth_method == "private_key_jwt" else "client_secret"
    asks = "authorization_code" in application.grant_types
    return [
        (_("Profile"), _word(PROFILES, application.security_profile) if application.is_confidential else ""),
        (_("The client proves itself by"), _word(METHODS, secret) if application.is_confidential else ""),
        (_("Pushed authorization requests only"), _("yes") if asks and application.requires_pushed_requests else ""),
        (
            _("Signed authorization requests only"),
            _("yes") if asks and application.require_signed_request_object else "",
        ),
        (_("Tokens bound to the client's key (DPoP)"), _("yes") if application.requires_dpop else ""),
    ]


def _word(choices: Any, value: str) -> str:
    return str(dict(choices)[value]).partition("\n")[0]
