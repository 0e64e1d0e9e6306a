"""Checking an application's `protocol_config` (contract/wire.md §1.7, extensions.md §4). Pure: no row is read here.

`parse` takes the contract's object and returns the columns it means. Fields of the contract that are only answered
(client_id, client_secret) are ignored in a request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.applications.protocol_checks import ROOT, Check
from apps.core.errors import Invalid, Violation, told

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "client_credentials", "refresh_token", DEVICE_CODE)
SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
FAPI2_ALGORITHMS = ("PS256", "ES256", "EdDSA")
SUBJECT_FIELDS = ("id", "email", "username")
SUBJECT_TYPES = ("public", "pairwise")
SECURITY_PROFILES = ("baseline", "fapi2")
PKCE = ("disabled", "plain", "s256")
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
AUTH_METHODS = (*SECRET_METHODS, "private_key_jwt", "none")
LONGEST_TOKEN_SECONDS = 366 * 86_400
_DEFAULT_TOKEN: Mapping[str, Any] = {"expires_after": 86_400}
_READ_ONLY = frozenset({"client_id", "client_secret"})
_TOKEN_FIELDS = frozenset({"expires_after", "token_signing_algorithm", "subject_field", "refresh_token"})
_REFRESH_FIELDS = frozenset({"enabled", "expires_after", "rotate"})
_FIELDS = _READ_ONLY | {
    "type", "allowed_scopes", "confidentiality", "token_endpoint_auth_method", "grant_type", "redirect_uris",
    "token_configuration", "pkce", "token_format", "post_logout_redirect_uris", "backchannel_logout_uri",
    "backchannel_logout_session_required", "jwks", "jwks_uri", "require_pushed_authorization_requests",
    "require_signed_request_object", "dpop_bound_access_tokens", "subject_type", "sector_identifier_uri",
    "security_profile", "is_first_party", "target_realm_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProtocolConfig:
    """Every column that `protocol_config` sets. `target_realm_id` is an id still: the verb knows the realms."""

    protocol: str
    confidentiality: str
    grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    allowed_scopes: tuple[str, ...]
    pkce: str
    token_format: str
    token_endpoint_auth_method: str
    expires_after_seconds: int
    signing_algorithm: str
    subject_field: str
    refresh_token_enabled: bool
    refresh_token_expires_after_seconds: int
    refresh_token_rotates: bool
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str
    backchannel_logout_session_required: bool
    jwks: dict[str, Any] | None
    jwks_uri: str
    require_pushed_authorization_requests: bool
    require_signed_request_object: bool
    dpop_bound_access_tokens: bool
    subject_type: str
    sector_identifier_uri: str
    security_profile: str
    is_first_party: bool
    target_realm_id: str


def parse(given: object, *, available_scopes: Sequence[str], has_authenticator: bool) -> ProtocolConfig:
    """Raises Invalid with every violation, each under application.protocol_config."""
    if not isinstance(given, Mapping):
        raise Invalid(Violation(ROOT, "missing" if given is None else "not an object"))
    check = Check(given, [])
    check.known_fields(_FIELDS)
    profile = check.one_of("security_profile", SECURITY_PROFILES, "baseline")
    confidentiality = check.one_of("confidentiality", ("confidential", "public"), "confidential")
    public = confidentiality == "public"
    token = check.inner("token_configuration", _DEFAULT_TOKEN)
    token.known_fields(_TOKEN_FIELDS)
    refresh = token.inner("refresh_token", {})
    refresh.known_fields(_REFRESH_FIELDS)
    grants = check.listed("grant_type", GRANT_TYPES, ["authorization_code"])
    enabled = refresh.boolean("enabled", "refresh_token" in grants)
    config = ProtocolConfig(
        protocol=check.one_of("type", ("oauth2", "oidc"), None),
        confidentiality=confidentiality,
        # Wanting refresh tokens is said in one place, whichever way it was given (contract/extensions.md §10).
        grant_types=tuple(grant for grant in grants if grant != "refresh_token"),
        redirect_uris=check.uris("redirect_uris", private_use=public),
        allowed_scopes=check.scopes("allowed_scopes", available_scopes),
        pkce=check.one_of("pkce", PKCE, "s256"),
        token_format=check.one_of("token_format", ("self_contained", "referential"), "self_contained"),
        token_endpoint_auth_method=_auth_method(check, public=public, profile=profile),
        expires_after_seconds=token.seconds("expires_after", least=1, most=LONGEST_TOKEN_SECONDS, default=None),
        signing_algorithm=token.one_of(
            "token_signing_algorithm", SIGNING_ALGORITHMS, "ES256" if profile == "fapi2" else "RS256"
        ),
        subject_field=token.one_of("subject_field", SUBJECT_FIELDS, "id"),
        refresh_token_enabled=enabled,
        refresh_token_expires_after_seconds=refresh.seconds(
            "expires_after", least=0, most=LONGEST_TOKEN_SECONDS, default=0
        ),
        refresh_token_rotates=refresh.boolean("rotate", True),
        post_logout_redirect_uris=check.uris("post_logout_redirect_uris", private_use=public),
        backchannel_logout_uri=check.uri("backchannel_logout_uri"),
        backchannel_logout_session_required=check.boolean("backchannel_logout_session_required", False),
        jwks=check.jwks("jwks"),
        jwks_uri=check.uri("jwks_uri"),
        require_pushed_authorization_requests=check.boolean("require_pushed_authorization_requests", False),
        require_signed_request_object=check.boolean("require_signed_request_object", False),
        dpop_bound_access_tokens=check.boolean("dpop_bound_access_tokens", False),
        subject_type=check.one_of("subject_type", SUBJECT_TYPES, "public"),
        sector_identifier_uri=check.uri("sector_identifier_uri"),
        security_profile=profile,
        is_first_party=check.boolean("is_first_party", True),
        target_realm_id=check.text("target_realm_id"),
    )
    _together(check, config, has_authenticator)
    if check.violations:
        raise Invalid(check.violations)
    return config


def merged(stored: Mapping[str, Any], given: object) -> object:
    """What is given over what is stored, for `parse` to judge. `token_configuration` and the `refresh_token` in it are
    merged in the same way; how the client proves itself is not kept for a client that becomes of the other kind, and of
    its two ways to name its keys the one given replaces the other."""
    if not isinstance(given, Mapping):
        return given
    base = dict(stored)
    if given.get("confidentiality", base["confidentiality"]) != base["confidentiality"]:
        del base["token_endpoint_auth_method"]
    for one, other in (("jwks", "jwks_uri"), ("jwks_uri", "jwks")):
        if given.get(one) and other not in given:
            base.pop(other, None)
    whole = {**base, **given}
    token = whole["token_configuration"]
    if isinstance(token, Mapping):
        before = stored["token_configuration"]
        whole["token_configuration"] = token = {**before, **token}
        if isinstance(token["refresh_token"], Mapping):
            token["refresh_token"] = {**before["refresh_token"], **token["refresh_token"]}
    return whole


def _auth_method(check: Check, *, public: bool, profile: str) -> str:
    """Of the two ways to send a secret a client may use either, whatever it said (contract/wire.md §1.7)."""
    confidential = "private_key_jwt" if profile == "fapi2" else "client_secret_basic"
    method = check.one_of("token_endpoint_auth_method", AUTH_METHODS, "none" if public else confidential)
    if (method == "none") != public:
        check.refuse(
            "token_endpoint_auth_method",
            "must be none for a public client" if public else "must not be none for a confidential client",
        )
    return method


def _together(check: Check, config: ProtocolConfig, has_authenticator: bool) -> None:
    """What single fields cannot tell."""
    signs_people_in = "authorization_code" in config.grant_types or DEVICE_CODE in config.grant_types
    if not config.grant_types and not check.refused("grant_type"):
        check.refuse("grant_type", "refresh_token needs another grant beside it")
    if "authorization_code" in config.grant_types and not config.redirect_uris and not check.refused("redirect_uris"):
        check.refuse("redirect_uris", "missing")
    if signs_people_in and not has_authenticator:
        check.violations.append(Violation("application.authenticator_config_id", "missing"))
    if "client_credentials" in config.grant_types and config.confidentiality == "public":
        check.refuse("grant_type", "client_credentials needs a confidential client")
    if config.protocol == "oidc" and config.grant_types == ("client_credentials",):
        check.refuse("type", "must be oauth2 when only client_credentials is granted")
    if config.subject_field != "id" and not signs_people_in:
        check.refuse("token_configuration.subject_field", "must be id when only client_credentials is granted")
    if config.confidentiality == "public" and config.pkce == "disabled":
        check.refuse("pkce", "cannot be disabled for a public client")
    if config.refresh_token_enabled and not signs_people_in:
        check.refuse("token_configuration.refresh_token.enabled", "needs authorization_code or the device flow")
    _keys_together(check, config)
    _subject_together(check, config)
    if config.security_profile == "fapi2":
        _fapi2(check, config)


def _keys_together(check: Check, config: ProtocolConfig) -> None:
    if config.jwks is not None and config.jwks_uri:
        check.refuse("jwks_uri", "give jwks or jwks_uri, not both")
    if config.token_endpoint_auth_method == "private_key_jwt" and config.jwks is None and not config.jwks_uri:
        check.refuse("jwks", "private_key_jwt needs jwks or jwks_uri")
    if config.require_signed_request_object and config.jwks is None and not config.jwks_uri:
        check.refuse("require_signed_request_object", "needs jwks or jwks_uri")


def _subject_together(check: Check, config: ProtocolConfig) -> None:
    if config.subject_type != "pairwise":
        return
    if config.subject_field != "id":
        check.refuse("token_configuration.subject_field", "must be id for pairwise subjects")


def _fapi2(check: Check, config: ProtocolConfig) -> None:
    """FAPI 2.0 Security Profile §5.3.2. Pushed requests and DPoP come with the profile."""
    if config.confidentiality != "confidential":
        check.refuse("confidentiality", "must be confidential under fapi2")
    elif config.token_endpoint_auth_method != "private_key_jwt":
        check.refuse("token_endpoint_auth_method", "must be private_key_jwt under fapi2")
    if config.pkce != "s256":
        check.refuse("pkce", "must be s256 under fapi2")
    if config.signing_algorithm not in FAPI2_ALGORITHMS:
        check.refuse(
            "token_configuration.token_signing_algorithm",
            told("must be one of %(names)s under fapi2", names=", ".join(FAPI2_ALGORITHMS)),
        )
