"""What discovery says of clients' proofs: exactly what this application may use (RFC 8414 §2, RFC 9126 §5, RFC 9449 §5.1,
RFC 9101 §10.5)."""

from apps.applications.models import Application
from apps.tokens import client_keys

_SECRETS = ["client_secret_basic", "client_secret_post"]


def of_client_authentication(application: Application, *endpoints: str) -> dict[str, object]:
    """For each of `endpoints`, such as "token": how the client proves itself there."""
    method = application.token_endpoint_auth_method
    methods = [method] if method in ("none", "private_key_jwt") else _SECRETS
    said: dict[str, object] = {f"{name}_endpoint_auth_methods_supported": methods for name in endpoints}
    if method == "private_key_jwt":
        algorithms = list(client_keys.algorithms_of(application))
        said |= {f"{name}_endpoint_auth_signing_alg_values_supported": algorithms for name in endpoints}
    return said


def of_possession(application: Application) -> dict[str, object]:
    return {"dpop_signing_alg_values_supported": list(client_keys.algorithms_of(application))}


def of_requests(application: Application, pushed_endpoint: str) -> dict[str, object]:
    """Of the ways to bring an authorization request other than in a query."""
    signed = client_keys.has_keys(application)
    algorithms = list(client_keys.algorithms_of(application)) if signed else []
    return {
        "pushed_authorization_request_endpoint": pushed_endpoint,
        "require_pushed_authorization_requests": application.requires_pushed_requests,
        "request_parameter_supported": signed,
        "require_signed_request_object": application.require_signed_request_object,
        "request_object_signing_alg_values_supported": algorithms,
        "request_uri_parameter_supported": False,
    }
