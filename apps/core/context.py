"""Who calls, from where, when, and in which flow. Every verb takes it first; nothing reads a request or a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from apps.core import ids


class ActorType(StrEnum):
    IDENTITY = "identity"
    APPLICATION = "application"
    ANONYMOUS = "anonymous"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    type: ActorType
    id: str = ""
    display_name: str = ""


ANONYMOUS = Actor(ActorType.ANONYMOUS)
SYSTEM = Actor(ActorType.SYSTEM, display_name="Identity Cloud")


@dataclass(frozen=True, slots=True)
class Client:
    """What the far end looks like. `ip` is the socket's peer, or the hop that TRUSTED_PROXIES lets us believe; country, ASN
    and location (latitude, longitude) are what GEOIP_PATH knows of it. `hints`: client hints, by their headers' names."""

    ip: str = ""
    user_agent: str = ""
    country: str = ""
    asn: int | None = None
    location: tuple[float, float] | None = None
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """`held_scopes` are those that the caller acts by today, and the most it may hand on; None where no scopes bound it: a
    command, a task, somebody signing up."""

    now: datetime
    actor: Actor = ANONYMOUS
    client: Client = field(default_factory=Client)
    correlation_id: str = ""
    held_scopes: frozenset[str] | None = None

    def acting_as(self, actor: Actor) -> "Context":
        return Context(self.now, actor, self.client, self.correlation_id, self.held_scopes)

    def holding(self, scopes: frozenset[str]) -> "Context":
        return replace(self, held_scopes=scopes)

    def in_flow(self, correlation_id: str) -> "Context":
        """The same call as part of a flow begun earlier: its events share that flow's id."""
        if not correlation_id:
            return self
        return Context(self.now, self.actor, self.client, correlation_id, self.held_scopes)


def system_context(correlation_id: str = "") -> Context:
    """For commands, tasks and maintenance: nobody's request."""
    return Context(now=datetime.now(UTC), actor=SYSTEM, correlation_id=correlation_id or str(ids.uuid7()))
