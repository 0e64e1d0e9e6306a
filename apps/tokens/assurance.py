"""How well somebody proved who they are: `acr` values and their order (contract/extensions.md §4, RFC 9470). Pure.

`phr` is phishing-resistant, `phrh` also protected by hardware (OpenID EAP ACR Values).
"""

from collections.abc import Collection

FEDERATED = "urn:identity-cloud:federated"  # somebody else says so: beneath all that can be asked for
OTP = "urn:identity-cloud:otp"
PHISHING_RESISTANT = "phr"
HARDWARE_PROTECTED = "phrh"
LEVELS = (OTP, PHISHING_RESISTANT, HARDWARE_PROTECTED)


def suffices(proven: str, wanted: Collection[str]) -> bool:
    """At least as good as the least of the values asked for; those nobody here knows ask for nothing."""
    levels = [LEVELS.index(value) for value in wanted if value in LEVELS]
    return not levels or (proven in LEVELS and LEVELS.index(proven) >= min(levels))


def to_say(proven: str, wanted: Collection[str], *, essential: bool) -> str:
    """What was proven. Of an essential claim the answer is one of the values asked for (OpenID Connect Core §5.5.1.1), and
    a better proof is also the lesser one."""
    if not essential or not wanted or proven in wanted or not suffices(proven, wanted):
        return proven
    reached = [value for value in LEVELS[: LEVELS.index(proven)] if value in wanted]
    return reached[-1]
