"""What a kind of target is: the settings it takes, how it words a batch, and when its answer means "taken". Pure.

A kind is a module that makes one `Kind`; the registry in `kinds` names them all, and one conformance test asks the same of
each (tests/domain/test_stream_kinds.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.core.errors import Checks
from apps.core.outgoing import Answer


@dataclass(frozen=True, slots=True)
class Batch:
    """`id` stays the same at every try; `sent_at` (seconds since 1970) does not. `events` as the contract writes them."""

    id: str
    sent_at: float
    events: Sequence[Mapping[str, Any]]
    settings: Mapping[str, Any]
    secrets: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """A request of HTTP."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Pour:
    """Bytes for a server that answers nothing."""

    host: str
    port: int
    encrypted: bool
    body: bytes


Sending = Post | Pour


class Judge(Protocol):
    def __call__(self, answer: Answer) -> str:
        """Why the batch was not taken, or "" when it was."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """`checks` and `secret_checks` by the name in the contract's `settings` object. Secrets in `required_secrets` are given
    when a stream is made. `make_secrets` makes those that were not given and need not be. `target` is what is looked at
    before anything is sent: a URL, or a host and port. `is_secret_sent`: so that a new target needs it to be given anew."""

    name: str
    checks: Checks
    required: Sequence[str]
    secret_checks: Checks
    required_secrets: Sequence[str]
    target: Callable[[Mapping[str, Any]], "str | tuple[str, int]"]
    word: Callable[[Batch], Sending]
    judge: Judge
    defaults: Mapping[str, Any] = field(default_factory=dict)
    make_secrets: Callable[[], Mapping[str, str]] = dict
    is_secret_sent: bool = True


def any_success(answer: Answer) -> str:
    return "" if answer.is_success else f"it answered {answer.status}"
