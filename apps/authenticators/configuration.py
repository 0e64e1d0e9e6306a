"""Checking an authenticator config's `config` object (contract/wire.md §1.8, extensions.md §5). Pure."""

from collections.abc import Mapping
from typing import Any

from apps.authenticators import profile, urls_allowed
from apps.core.errors import Invalid, Violation, told

METHODS = ("webauthn_passkey", "software_passkey", "email_one_time_password")
DEVICE_BOUND = ("required", "preferred", "any")
ROOT = "authenticator_config.config"
DEFAULT_METHODS: list[dict[str, str]] = [{"type": "webauthn_passkey", "device_bound": "any"}]
LONGEST_LIST = 1000
_KNOWN = {
    "hosted_web": {"type", "authentication_methods", "trusted_origins", "authentication_profile"},
    "embedded": {"type", "authentication_methods", "trusted_origins", "invoke_url", "invocation_type"},
}


def parse(given: object) -> dict[str, Any]:
    """The config to store. Raises Invalid with every violation."""
    if not isinstance(given, Mapping):
        raise Invalid(Violation(ROOT, "missing" if given is None else "not an object"))
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in _KNOWN:
        raise Invalid(Violation(f"{ROOT}.type", "missing" if kind is None else "must be hosted_web or embedded"))
    violations = [Violation(f"{ROOT}.{name}", "unknown field") for name in given if name not in _KNOWN[kind]]
    violations += _refuse_origins(given.get("trusted_origins", []))
    violations += _refuse_methods(given.get("authentication_methods", DEFAULT_METHODS))
    if kind == "embedded":
        violations += _refuse_embedded(given)
    elif given.get("authentication_profile") is not None:
        methods = given.get("authentication_methods", DEFAULT_METHODS)
        violations += profile.refuse(given["authentication_profile"], methods, field=f"{ROOT}.authentication_profile")
    if violations:
        raise Invalid(violations)
    return _stored(kind, given)


def merged(stored: Mapping[str, Any], given: object) -> object:
    """What is given over what is stored, for `parse` to judge; another type begins anew."""
    if not isinstance(given, Mapping) or given.get("type", stored["type"]) != stored["type"]:
        return opened(given)
    whole = {**stored, **given}
    return whole if profile.lists_codes(stored) else opened(whole)


def opened(given: object) -> object:
    """A hosted config that begins to list codes by mail and says nothing of a profile, with the one that listing them means:
    who proves an address comes in, known or not (contract/wire.md §3.5). `null` is an answer as well: by link alone."""
    if not isinstance(given, Mapping) or given.get("type") != "hosted_web" or "authentication_profile" in given:
        return given
    if not profile.lists_codes(given):
        return given
    return {**given, "authentication_profile": profile.of_listed(given["authentication_methods"])}


def _stored(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    methods = [dict(method) for method in given.get("authentication_methods", DEFAULT_METHODS)]
    stored: dict[str, Any] = {
        "type": kind,
        "authentication_methods": methods,
        "trusted_origins": [_as_browsers_send_it(origin) for origin in given.get("trusted_origins", [])],
    }
    if kind == "embedded":
        stored["invoke_url"] = given["invoke_url"]
        stored["invocation_type"] = given.get("invocation_type", "automatic")
    elif given.get("authentication_profile") is not None:
        stored["authentication_profile"] = profile.stored(given["authentication_profile"])
    return stored


def _as_browsers_send_it(origin: str) -> str:
    """In lower case and without the scheme's own port (RFC 6454 §6.2): an Origin is compared exactly."""
    origin = origin.rstrip("/").lower()
    return origin.removesuffix(":443" if origin.startswith("https:") else ":80")


def _refuse_origins(origins: Any) -> list[Violation]:
    if why := _refuse_list(origins):
        return [Violation(f"{ROOT}.trusted_origins", why)]
    refused = (
        (i, urls_allowed.refuse_origin(o.rstrip("/") if isinstance(o, str) else o)) for i, o in enumerate(origins)
    )
    return [Violation(f"{ROOT}.trusted_origins.{i}", why) for i, why in refused if why]


def _refuse_methods(methods: Any) -> list[Violation]:
    path = f"{ROOT}.authentication_methods"
    if why := _refuse_list(methods):
        return [Violation(path, why)]
    violations = []
    for i, method in enumerate(methods):
        kind = method.get("type") if isinstance(method, Mapping) else None
        if kind not in METHODS:
            violations.append(Violation(f"{path}.{i}.type", told("must be one of %(names)s", names=", ".join(METHODS))))
            continue
        known = {"type", "device_bound"} if kind == "webauthn_passkey" else {"type"}
        violations += [Violation(f"{path}.{i}.{name}", "unknown field") for name in method if name not in known]
        if "device_bound" in known and method.get("device_bound", "any") not in DEVICE_BOUND:
            violations.append(
                Violation(f"{path}.{i}.device_bound", told("must be one of %(names)s", names=", ".join(DEVICE_BOUND)))
            )
    return violations


def _refuse_list(given: object) -> str:
    if not isinstance(given, list):
        return "not a list"
    return told("array exceeds %(count)s elements", count=LONGEST_LIST) if len(given) > LONGEST_LIST else ""


def _refuse_embedded(given: Mapping[str, Any]) -> list[Violation]:
    violations = []
    if why := urls_allowed.refuse_invoke_url(given.get("invoke_url")):
        violations.append(Violation(f"{ROOT}.invoke_url", why))
    if given.get("invocation_type", "automatic") not in ("automatic", "manual"):
        violations.append(Violation(f"{ROOT}.invocation_type", "must be automatic or manual"))
    return violations
