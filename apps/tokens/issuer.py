"""The issuer and endpoints of an application, from settings and ids alone (contract/wire.md §2, extensions.md §1)."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from apps.applications import scopes
from apps.applications.models import Application
from apps.applications.protocol import DEVICE_CODE
from apps.tokens import assurance, claims, proof_metadata


@dataclass(frozen=True, slots=True)
class Endpoints:
    issuer: str
    authorization: str
    token: str
    userinfo: str
    jwks: str
    revocation: str
    discovery: str
    authenticate: str
    end_session: str
    device_authorization: str
    pushed_authorization_request: str
    introspection: str


def issuer_of(application: Application) -> str:
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}/v1/{application.path}"


def endpoints_of(application: Application) -> Endpoints:
    return _endpoints(issuer_of(application))


@lru_cache(maxsize=4096)
def _endpoints(issuer: str) -> Endpoints:
    return Endpoints(
        issuer=issuer,
        authorization=f"{issuer}/authorize",
        token=f"{issuer}/token",
        userinfo=f"{issuer}/userinfo",
        jwks=f"{issuer}/.well-known/jwks.json",
        revocation=f"{issuer}/revoke",
        discovery=f"{issuer}/.well-known/openid-configuration",
        authenticate=f"{issuer}/bi-authenticate",
        end_session=f"{issuer}/end-session",
        device_authorization=f"{issuer}/device_authorization",
        pushed_authorization_request=f"{issuer}/par",
        introspection=f"{issuer}/introspect",
    )


def device_page(application: Application | None = None, user_code: str = "") -> str:
    """Where a person takes a device's code (RFC 8628 §3.3): short, to be typed; or of the application's realm and with the
    code, to be opened."""
    if application is None:
        return f"{settings.IDENTITY_CLOUD_AUTH_URL}/device"
    realm = f"tenants/{application.tenant_id}/realms/{application.realm_id}"
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}/authenticator/v1/{realm}/device?user_code={user_code}"


def discovery(application: Application) -> dict[str, object]:
    """Exactly what works, nothing that does not (OpenID Connect Discovery §3, RFC 8414 §2, RFC 9207 §3)."""
    endpoints = endpoints_of(application)
    openid = scopes.OPENID_SCOPES if application.protocol == "oidc" else ()
    said = {
        "issuer": endpoints.issuer,
        "token_endpoint": endpoints.token,
        "jwks_uri": endpoints.jwks,
        "revocation_endpoint": endpoints.revocation,
        "grant_types_supported": [
            *application.grant_types,
            *(["refresh_token"] if application.refresh_token_enabled else []),
        ],
        "scopes_supported": [*openid, *application.allowed_scopes],
        **proof_metadata.of_client_authentication(application, "token", "revocation"),
        **proof_metadata.of_possession(application),
        **(_of_introspection(application, endpoints) if application.is_confidential else {}),
        **(_of_sign_in(application, endpoints) if "authorization_code" in application.grant_types else {}),
        **(_of_openid(application, endpoints) if openid else {}),
        **(_of_logout(endpoints) if offers_logout(application) else {}),
        **({"device_authorization_endpoint": endpoints.device_authorization} if offers_devices(application) else {}),
    }
    return {name: value for name, value in said.items() if value != []}  # RFC 8414 §3.2


def _of_sign_in(application: Application, endpoints: Endpoints) -> dict[str, object]:
    return {
        "authorization_endpoint": endpoints.authorization,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "code_challenge_methods_supported": ["S256", "plain"] if application.pkce == "plain" else ["S256"],
        "prompt_values_supported": [
            "none",
            "login",
            "select_account",
            *([] if application.is_first_party else ["consent"]),
        ],
        "acr_values_supported": list(assurance.LEVELS),
        "ui_locales_supported": [code for code, _name in settings.LANGUAGES],
        "authorization_response_iss_parameter_supported": True,
        **proof_metadata.of_requests(application, endpoints.pushed_authorization_request),
        "claims_parameter_supported": application.protocol == "oidc",
    }


def _of_openid(application: Application, endpoints: Endpoints) -> dict[str, object]:
    return {
        "userinfo_endpoint": endpoints.userinfo,
        "subject_types_supported": [application.subject_type],
        "id_token_signing_alg_values_supported": [application.token_signing_algorithm],
        "claims_supported": [*claims.OF_SIGN_IN, *claims.PERSONAL],
        "claim_types_supported": ["normal"],
    }


def _of_introspection(application: Application, endpoints: Endpoints) -> dict[str, object]:
    """For who can prove itself: a public client is told of no tokens, not of its own either."""
    methods = proof_metadata.of_client_authentication(application, "introspection")
    return {"introspection_endpoint": endpoints.introspection, **methods}


def offers_logout(application: Application) -> bool:
    """OpenID Connect's alone, and only where somebody can be signed in."""
    return application.protocol == "oidc" and application.authenticator_config_id is not None


def offers_devices(application: Application) -> bool:
    """Where somebody signs in on another screen there has to be a page of ours; FAPI 2.0 knows no device flow."""
    config = application.authenticator_config
    wanted = DEVICE_CODE in application.grant_types and not application.is_fapi2
    return wanted and config is not None and config.is_hosted


def _of_logout(endpoints: Endpoints) -> dict[str, object]:
    return {
        "end_session_endpoint": endpoints.end_session,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
