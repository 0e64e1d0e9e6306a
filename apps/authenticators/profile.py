"""What an authenticator config asks of people: which proof, and what in its place (contract/extensions.md §5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.core.errors import Violation, told


class Method(StrEnum):
    """`type` of an item of `authentication_methods`."""

    WEBAUTHN = "webauthn_passkey"
    SOFTWARE = "software_passkey"
    CODE = "email_one_time_password"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Profile:
    """`method`: with which people come back; `fallback`: in a browser that cannot. `codes_open`: somebody whom this browser
    does not know may prove an address. `signs_up`: somebody whom nobody knows, too."""

    method: Method = Method.WEBAUTHN
    fallback: Method = Method.NONE
    codes_open: bool = False
    signs_up: bool = False
    recovers_by_mail: bool = False

    @property
    def wants_passkeys(self) -> bool:
        return self.method != Method.CODE

    @property
    def passkey_kinds(self) -> tuple[Method, ...]:
        """The method's own first."""
        wanted = (self.method, self.fallback)
        return tuple(dict.fromkeys(each for each in wanted if each in (Method.WEBAUTHN, Method.SOFTWARE)))


def profile_of(config: Mapping[str, Any]) -> Profile:
    """Of a stored `config`. A hosted one without a profile takes passkeys alone; an embedded one has none, and who proves
    an address there is signed up (contract/wire.md §3.5)."""
    methods = [method["type"] for method in config.get("authentication_methods", [])]
    if config.get("type") == "embedded":
        by_mail = Method.CODE in methods
        return Profile(_first_passkey(methods), Method.NONE, codes_open=by_mail, signs_up=by_mail)
    given = config.get("authentication_profile")
    if given is None:
        first = _first_passkey(methods)
        both = {Method.WEBAUTHN, Method.SOFTWARE} <= {*methods}
        return Profile(first, Method.SOFTWARE if both and first != Method.SOFTWARE else Method.NONE)
    return Profile(
        Method(given["returning"]["method"]),
        Method(given["returning"]["fallback"]),
        codes_open=True,
        signs_up=given["sign_up"]["enabled"],
        recovers_by_mail=given["recovery"] == "email",
    )


def _first_passkey(methods: list[str]) -> Method:
    return next((Method(each) for each in methods if each != Method.CODE), Method.WEBAUTHN)


_MEMBERS = {
    "sign_up": ("enabled", "verify_email"),
    "new_browser": ("verify_email",),
    "returning": ("method", "fallback"),
}
_METHODS = tuple(method.value for method in Method if method != Method.NONE)
FALLBACKS = (Method.SOFTWARE.value, Method.CODE.value, Method.NONE.value)
RECOVERIES = ("email", "admin_only")
_ALLOWED = {"verify_email": (Method.CODE.value,), "method": _METHODS, "fallback": FALLBACKS}


def refuse(given: object, methods: object, *, field: str) -> list[Violation]:
    """What is wrong with an `authentication_profile`, given the `authentication_methods` beside it. Closed: nothing unknown,
    and nobody is asked for what the config does not list."""
    if not isinstance(given, Mapping):
        return [Violation(field, "not an object")]
    known = {*_MEMBERS, "recovery"}
    violations = [Violation(f"{field}.{name}", "unknown field") for name in given if name not in known]
    for name in _MEMBERS:
        if name in given or name == "returning":
            violations += _refuse_member(given.get(name), name, field=f"{field}.{name}")
    if given.get("recovery", "admin_only") not in RECOVERIES:
        violations.append(Violation(f"{field}.recovery", told("must be one of %(names)s", names=", ".join(RECOVERIES))))
    return violations or _refuse_unlisted(given["returning"], methods, field=f"{field}.returning")


def _refuse_member(given: object, name: str, *, field: str) -> list[Violation]:
    if not isinstance(given, Mapping):
        return [Violation(field, "missing" if given is None else "not an object")]
    violations = [Violation(f"{field}.{each}", "unknown field") for each in given if each not in _MEMBERS[name]]
    for each in _MEMBERS[name]:
        value, path = given.get(each), f"{field}.{each}"
        if each in given and each == "enabled" and not isinstance(value, bool):
            violations.append(Violation(path, "not true or false"))
        elif each in given and each != "enabled" and value not in _ALLOWED[each]:
            violations.append(Violation(path, told("must be one of %(names)s", names=", ".join(_ALLOWED[each]))))
        elif each == "method" and each not in given:
            violations.append(Violation(path, "missing"))
    return violations


def _refuse_unlisted(returning: Mapping[str, Any], methods: object, *, field: str) -> list[Violation]:
    listed = [*_types(methods), Method.NONE.value]
    wanted = [(name, returning.get(name, Method.NONE.value)) for name in _MEMBERS["returning"]]
    return [
        Violation(f"{field}.{name}", "must be one of the authentication_methods")
        for name, value in wanted
        if value not in listed
    ]


def lists_codes(config: Mapping[str, Any]) -> bool:
    """Whether codes by mail are among its methods, whatever else is wrong with them."""
    return Method.CODE in _types(config.get("authentication_methods"))


def of_listed(methods: object) -> dict[str, Any]:
    """The profile of a config that lists codes: the first passkey listed, then the browser's own key or else a code."""
    types = _types(methods)
    passkeys = [each for each in types if each in (Method.WEBAUTHN, Method.SOFTWARE)]
    method = passkeys[0] if passkeys else Method.CODE
    others = (Method.SOFTWARE, Method.CODE)
    fallback = next((each for each in others if each in types and each != method), Method.NONE)
    return {"sign_up": {"enabled": True}, "returning": {"method": str(method), "fallback": fallback.value}}


def _types(methods: object) -> list[Any]:
    return [item.get("type") for item in methods if isinstance(item, Mapping)] if isinstance(methods, list) else []


def stored(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of what `refuse` found nothing wrong with: whole, so that whoever reads it need not know what absence means."""
    by_mail = {"verify_email": Method.CODE.value}
    return {
        "sign_up": {"enabled": False, **by_mail, **given.get("sign_up", {})},
        "new_browser": {**by_mail, **given.get("new_browser", {})},
        "returning": {"fallback": Method.NONE.value, **given["returning"]},
        "recovery": given.get("recovery", "admin_only"),
    }
