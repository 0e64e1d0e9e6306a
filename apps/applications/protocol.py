"""Checking an application's `protocol_config` (contract/wire.md §1.7, extensions.md §4). Pure: no row is read here.

`parse` takes the contract's object and returns the columns it means. Fields of the contract that are only answered
(client_id, client_secret) are ignored in a request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.applications.scopes import SCOPES_LIMIT
from apps.authenticators import urls_allowed
from apps.core.errors import Invalid, Violation

ROOT = "application.protocol_config"
GRANT_TYPES = ("authorization_code", "client_credentials")
SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
SUBJECT_FIELDS = ("id", "email", "username")
PKCE = ("disabled", "plain", "s256")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
LONGEST_TOKEN_SECONDS = 366 * 86_400
REDIRECTS_LIMIT = 1000
_DEFAULT_TOKEN: Mapping[str, Any] = {"expires_after": 86_400}
_READ_ONLY = {"client_id", "client_secret"}
_FIELDS = {
    "type", "allowed_scopes", "confidentiality", "token_endpoint_auth_method", "grant_type", "redirect_uris",
    "token_configuration", "pkce", "token_format",
} | _READ_ONLY  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProtocolConfig:
    protocol: str = "oidc"
    confidentiality: str = "confidential"
    grant_types: tuple[str, ...] = ("authorization_code",)
    redirect_uris: tuple[str, ...] = ()
    allowed_scopes: tuple[str, ...] = ()
    pkce: str = "s256"
    token_format: str = "self_contained"
    token_endpoint_auth_method: str = "client_secret_basic"
    expires_after_seconds: int = 86_400
    signing_algorithm: str = "RS256"
    subject_field: str = "id"


def parse(given: object, *, available_scopes: Sequence[str], has_authenticator: bool) -> ProtocolConfig:
    """Raises Invalid with every violation, each under application.protocol_config."""
    if not isinstance(given, Mapping):
        raise Invalid(Violation(ROOT, "missing" if given is None else "not an object"))
    check = _Check(given)
    check.known_fields()
    grants = check.listed("grant_type", GRANT_TYPES, ["authorization_code"])
    confidentiality = check.one_of("confidentiality", ("confidential", "public"), "confidential")
    public = confidentiality == "public"
    token = given.get("token_configuration", _DEFAULT_TOKEN)
    config = ProtocolConfig(
        protocol=check.one_of("type", ("oauth2", "oidc"), None),
        confidentiality=confidentiality,
        grant_types=tuple(grants),
        redirect_uris=check.redirects(public),
        allowed_scopes=check.scopes(available_scopes),
        pkce=check.one_of("pkce", PKCE, "s256"),
        token_format=check.one_of("token_format", ("self_contained", "referential"), "self_contained"),
        token_endpoint_auth_method=check.auth_method(public),
        expires_after_seconds=check.seconds(token),
        signing_algorithm=check.nested(token, "token_signing_algorithm", SIGNING_ALGORITHMS, "RS256"),
        subject_field=check.nested(token, "subject_field", SUBJECT_FIELDS, "id"),
    )
    check.combination(config, has_authenticator)
    if check.violations:
        raise Invalid(check.violations)
    return config


def merged(stored: Mapping[str, Any], given: object) -> object:
    """What is given over what is stored, for `parse` to judge. `token_configuration` is merged in the same way; how the
    client proves itself is not kept for a client that becomes of the other kind."""
    if not isinstance(given, Mapping):
        return given
    base = dict(stored)
    if given.get("confidentiality", base["confidentiality"]) != base["confidentiality"]:
        del base["token_endpoint_auth_method"]
    whole = {**base, **given}
    if isinstance(whole["token_configuration"], Mapping):
        whole["token_configuration"] = {**stored["token_configuration"], **whole["token_configuration"]}
    return whole


class _Check:
    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.violations: list[Violation] = []

    def refuse(self, field: str, why: str) -> None:
        self.violations.append(Violation(f"{ROOT}.{field}", why))

    def known_fields(self) -> None:
        for name in self.given:
            if name not in _FIELDS:
                self.refuse(name, "unknown field")

    def one_of(self, field: str, allowed: Sequence[str], default: str | None) -> str:
        value = self.given.get(field, default)
        if value not in allowed:
            self.refuse(field, "missing" if value is None else f"must be one of {', '.join(allowed)}")
            return allowed[0]
        return str(value)

    def nested(self, token: Any, field: str, allowed: Sequence[str], default: str) -> str:
        value = token.get(field, default) if isinstance(token, Mapping) else default
        if value not in allowed:
            self.refuse(f"token_configuration.{field}", f"must be one of {', '.join(allowed)}")
            return default
        return str(value)

    def listed(self, field: str, allowed: Sequence[str], default: list[str]) -> list[str]:
        value = self.given.get(field, default)
        if not isinstance(value, list) or not value or any(item not in allowed for item in value):
            self.refuse(field, f"must be a list of {', '.join(allowed)}")
            return []
        return list(dict.fromkeys(value))

    def auth_method(self, public: bool) -> str:
        """Said for the record: a confidential client may use either way, whatever it said."""
        default = "none" if public else "client_secret_basic"
        method = self.one_of("token_endpoint_auth_method", AUTH_METHODS, default)
        if (method == "none") != public:
            self.refuse(
                "token_endpoint_auth_method",
                f"must {'' if public else 'not '}be none for a {'public' if public else 'confidential'} client",
            )
        return method

    def redirects(self, public: bool) -> tuple[str, ...]:
        value = self.given.get("redirect_uris", [])
        if not isinstance(value, list):
            self.refuse("redirect_uris", "not a list")
            return ()
        if len(value) > REDIRECTS_LIMIT:
            self.refuse("redirect_uris", f"array exceeds {REDIRECTS_LIMIT} elements")
            return ()
        for i, uri in enumerate(value):
            if why := urls_allowed.refuse_redirect(uri, private_use=public):
                self.refuse(f"redirect_uris.{i}", why)
        return tuple(dict.fromkeys(uri for uri in value if isinstance(uri, str)))

    def scopes(self, available: Sequence[str]) -> tuple[str, ...]:
        value = self.given.get("allowed_scopes", [])
        if not isinstance(value, list):
            self.refuse("allowed_scopes", "not a list")
            return ()
        if len(value) > SCOPES_LIMIT:
            self.refuse("allowed_scopes", f"array exceeds {SCOPES_LIMIT} elements")
            return ()
        for i, scope in enumerate(value):
            if scope not in available:
                self.refuse(f"allowed_scopes.{i}", "not a scope of the resource server")
        return tuple(dict.fromkeys(scope for scope in value if isinstance(scope, str)))

    def seconds(self, token: Any) -> int:
        if not isinstance(token, Mapping):
            self.refuse("token_configuration", "not an object")
            return 86_400
        for name in token:
            if name not in ("expires_after", "token_signing_algorithm", "subject_field"):
                self.refuse(f"token_configuration.{name}", "unknown field")
        if "expires_after" not in token:
            self.refuse("token_configuration.expires_after", "missing")
            return 86_400
        value = token["expires_after"]
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LONGEST_TOKEN_SECONDS:
            self.refuse("token_configuration.expires_after", f"must be 1 to {LONGEST_TOKEN_SECONDS} seconds")
            return 86_400
        return value

    def combination(self, config: ProtocolConfig, has_authenticator: bool) -> None:
        signs_people_in = "authorization_code" in config.grant_types
        if signs_people_in and not config.redirect_uris:
            self.refuse("redirect_uris", "missing")
        if signs_people_in and not has_authenticator:
            self.violations.append(Violation("application.authenticator_config_id", "missing"))
        if "client_credentials" in config.grant_types and config.confidentiality == "public":
            self.refuse("grant_type", "client_credentials needs a confidential client")
        if config.protocol == "oidc" and config.grant_types == ("client_credentials",):
            self.refuse("type", "must be oauth2 when only client_credentials is granted")
        if config.subject_field != "id" and not signs_people_in:
            self.refuse("token_configuration.subject_field", "must be id when only client_credentials is granted")
        if config.confidentiality == "public" and config.pkce == "disabled":
            self.refuse("pkce", "cannot be disabled for a public client")
        if config.token_format == "referential":
            self.refuse("token_format", "referential tokens are not offered yet")
