"""Moments as every API of ours writes them."""

from datetime import UTC, datetime
from typing import overload


@overload
def rfc3339(moment: datetime) -> str: ...
@overload
def rfc3339(moment: datetime | None) -> str | None: ...
def rfc3339(moment: datetime | None) -> str | None:
    """UTC with microseconds and a Z (contract/wire.md §1.1); None for what never happened."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else None


def rfc3339_of(seconds: float) -> str:
    """The same for seconds since 1970."""
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
