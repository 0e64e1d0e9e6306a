"""Every outcome an event may have: those that verbs set, and one for each refusal that there is."""

from collections.abc import Iterator

from apps.core.errors import Refusal

_SET = frozenset(
    """SUCCESS ACCEPTED START ALLOW ALLOW_WITH_OS_VERIFICATION ALLOW_WITH_BIOMETRIC ERROR FAILED_TO_SEND
    INVALID_CLIENT INVALID_GRANT INVALID_REQUEST UNAUTHORIZED_CLIENT UNSUPPORTED_GRANT_TYPE FOREIGN_TENANT
    ONE_REALM_ONLY INVALID_DPOP_PROOF USE_DPOP_NONCE INVALID_REQUEST_OBJECT AUTHORIZATION_PENDING SLOW_DOWN
    EXPIRED_TOKEN ACCESS_DENIED
    PAYLOAD_TOO_LARGE UNSUPPORTED_MEDIA_TYPE NOT_ACCEPTABLE""".split()
)


def known() -> list[str]:
    """In alphabetical order. Read off the refusal classes, so that no second list has to agree with them."""
    return sorted(_SET | {_outcome(kind) for kind in _kinds(Refusal)} - {_outcome(Refusal)})


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


def _outcome(kind: type[Refusal]) -> str:
    return (kind.outcome or kind.code).upper()
