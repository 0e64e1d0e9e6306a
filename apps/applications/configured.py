"""An application's columns and its `protocol_config` (contract/wire.md §1.7): there and back."""

from typing import Any

from apps.applications.models import Application
from apps.applications.protocol import ProtocolConfig

# What `assign` sets, for an update that leaves every other column alone.
COLUMNS = (
    "protocol", "client_type", "grant_types", "redirect_uris", "allowed_scopes", "pkce", "token_format",
    "token_endpoint_auth_method", "token_expires_after_seconds", "token_signing_algorithm", "subject_field",
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
        },
        "pkce": application.pkce,
        "token_format": application.token_format,
    }


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
        "authenticator_config_id": str(application.authenticator_config_id or ""),
        "resource_server_id": str(application.resource_server_id or ""),
    }
