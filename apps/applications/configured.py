"""An application's columns and its `protocol_config` (contract/wire.md §1.7): there and back."""

from typing import Any

from apps.applications.models import Application
from apps.applications.protocol import ProtocolConfig

# What `assign` sets, for an update that leaves every other column alone.
COLUMNS = (
    "protocol", "client_type", "grant_types", "redirect_uris", "allowed_scopes", "pkce", "token_format",
    "token_endpoint_auth_method", "token_expires_after_seconds", "token_signing_algorithm", "subject_field",
    "refresh_token_enabled", "refresh_token_expires_after_seconds", "refresh_token_rotates",
    "post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required", "jwks", "jwks_uri",
    "require_pushed_authorization_requests", "require_signed_request_object", "dpop_bound_access_tokens", "subject_type",
    "sector_identifier_uri", "security_profile", "is_first_party", "target_realm",
)  # fmt: skip


def assign(application: Application, config: ProtocolConfig) -> None:
    application.protocol = config.protocol
    application.client_type = config.confidentiality
    application.grant_types = list(config.grant_types)
    application.redirect_uris = " ".join(config.redirect_uris)
    application.allowed_scopes = list(config.allowed_scopes)
    application.pkce = config.pkce
    application.token_format = config.token_format
    application.token_endpoint_auth_method = config.token_endpoint_auth_method
    application.token_expires_after_seconds = config.expires_after_seconds
    application.token_signing_algorithm = config.signing_algorithm
    application.subject_field = config.subject_field
    application.refresh_token_enabled = config.refresh_token_enabled
    application.refresh_token_expires_after_seconds = config.refresh_token_expires_after_seconds
    application.refresh_token_rotates = config.refresh_token_rotates
    application.post_logout_redirect_uris = " ".join(config.post_logout_redirect_uris)
    application.backchannel_logout_uri = config.backchannel_logout_uri
    application.backchannel_logout_session_required = config.backchannel_logout_session_required
    application.jwks = config.jwks
    application.jwks_uri = config.jwks_uri
    application.require_pushed_authorization_requests = config.require_pushed_authorization_requests
    application.require_signed_request_object = config.require_signed_request_object
    application.dpop_bound_access_tokens = config.dpop_bound_access_tokens
    application.subject_type = config.subject_type
    application.sector_identifier_uri = config.sector_identifier_uri
    application.security_profile = config.security_profile
    application.is_first_party = config.is_first_party


def protocol_config_of(application: Application) -> dict[str, Any]:
    """The contract's object, which `protocol.parse` reads back; without what identifies the client."""
    return {
        "type": application.protocol,
        "allowed_scopes": application.allowed_scopes,
        "confidentiality": application.client_type,
        "token_endpoint_auth_method": auth_method_of(application),
        "grant_type": application.grant_types,
        "redirect_uris": application.redirect_uri_list,
        "token_configuration": {
            "expires_after": application.token_expires_after_seconds,
            "token_signing_algorithm": application.token_signing_algorithm,
            "subject_field": application.subject_field,
            "refresh_token": {
                "enabled": application.refresh_token_enabled,
                "expires_after": application.refresh_token_expires_after_seconds,
                "rotate": application.refresh_token_rotates,
            },
        },
        "pkce": application.pkce,
        "token_format": application.token_format,
        "post_logout_redirect_uris": application.post_logout_redirect_uri_list,
        **_given_alone(application),
        "backchannel_logout_session_required": application.backchannel_logout_session_required,
        "require_pushed_authorization_requests": application.requires_pushed_requests,
        "require_signed_request_object": application.require_signed_request_object,
        "dpop_bound_access_tokens": application.requires_dpop,
        "subject_type": application.subject_type,
        "security_profile": application.security_profile,
        "is_first_party": application.is_first_party,
    }


def _given_alone(application: Application) -> dict[str, Any]:
    """What is answered only where it was given."""
    said = {
        "backchannel_logout_uri": application.backchannel_logout_uri,
        "jwks": application.jwks,
        "jwks_uri": application.jwks_uri,
        "sector_identifier_uri": application.sector_identifier_uri,
        "target_realm_id": application.target_realm_id,
    }
    return {name: value for name, value in said.items() if value}


def auth_method_of(application: Application) -> str:
    """What was once said, else what such a client does; it binds nobody (contract/wire.md §1.7)."""
    if not application.is_confidential:
        return "none"
    return application.token_endpoint_auth_method or "client_secret_basic"


def facts_of(application: Application) -> dict[str, Any]:
    """What an event tells of a change, by name."""
    return {
        "display_name": application.display_name,
        "type": application.protocol,
        "confidentiality": application.client_type,
        "grant_type": application.grant_types,
        "redirect_uris": application.redirect_uri_list,
        "allowed_scopes": application.allowed_scopes,
        "pkce": application.pkce,
        "token_format": application.token_format,
        "token_expires_after": application.token_expires_after_seconds,
        "token_signing_algorithm": application.token_signing_algorithm,
        "subject_field": application.subject_field,
        "refresh_token_enabled": application.refresh_token_enabled,
        "refresh_token_expires_after": application.refresh_token_expires_after_seconds,
        "refresh_token_rotates": application.refresh_token_rotates,
        "post_logout_redirect_uris": application.post_logout_redirect_uri_list,
        "backchannel_logout_uri": application.backchannel_logout_uri,
        "backchannel_logout_session_required": application.backchannel_logout_session_required,
        "token_endpoint_auth_method": auth_method_of(application),
        "jwks": application.jwks,
        "jwks_uri": application.jwks_uri,
        "require_pushed_authorization_requests": application.requires_pushed_requests,
        "require_signed_request_object": application.require_signed_request_object,
        "dpop_bound_access_tokens": application.requires_dpop,
        "subject_type": application.subject_type,
        "sector_identifier_uri": application.sector_identifier_uri,
        "security_profile": application.security_profile,
        "is_first_party": application.is_first_party,
        "target_realm_id": application.target_realm_id or "",
        "authenticator_config_id": str(application.authenticator_config_id or ""),
        "resource_server_id": str(application.resource_server_id or ""),
    }
