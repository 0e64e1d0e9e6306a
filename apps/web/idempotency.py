"""Idempotency-Key (contract/extensions.md §3): the same key and request, the same answer and no second effect, for 24 h.

The claim on the key, the effect and the kept answer are one transaction. So of two at once the second waits for the
first, and a process that is killed in between has done nothing and blocks nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from apps.core import secrets
from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, Unprocessable, Violation
from apps.tokens.services.access import Bearer
from apps.web.models import KeptAnswer

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
_KEY_LENGTH = 255
_KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Content-Location", "Retry-After")
# What nothing was tried for is forgotten: the caller may mend the request and keep its key.
_FORGOTTEN = frozenset({400, 401, 413, 415, 429})


class OtherRequest(Unprocessable):
    """The key was spent on something else."""


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = "conflict"


class _Claimed(Exception):
    """Somebody was quicker."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with a key. `request` is all that makes it this request and no other: method, path and body."""

    tenant_id: str
    realm_id: str
    caller: str
    key: str
    request: bytes

    @property
    def digest(self) -> str:
        return secrets.digest(self.request.decode("latin-1"))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


def asked_by(caller: Bearer, request: HttpRequest) -> Asked | None:
    """None for what carries no key, or is no POST."""
    if request.method != "POST" or HEADER not in request.headers:
        return None
    return Asked(
        tenant_id=caller.tenant_id,
        realm_id=caller.application.realm_id,
        caller="/".join(filter(None, (str(caller.application.pk), getattr(caller.identity, "pk", "")))),
        key=request.headers[HEADER],
        request=f"{request.method} {request.get_full_path()}\n".encode() + request.body,
    )


def answer_of(response: HttpResponse) -> Answer:
    kept = {name: response[name] for name in _KEPT_HEADERS if name in response}
    return Answer(response.status_code, response.content, kept)


def response_of(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response


def once(ctx: Context, asked: Asked, act: Callable[[], Answer]) -> Answer:
    """What `act` answers, or what it answered before. `act` returns its refusals as answers: one that it raises undoes
    everything, the record of the denial too. Raises Invalid, OtherRequest, StillRunning."""
    if not (0 < len(asked.key) <= _KEY_LENGTH and asked.key.isascii() and asked.key.isprintable()):
        raise Invalid(Violation(HEADER, f"must be 1 to {_KEY_LENGTH} visible characters"))
    kept = _of(asked).filter(expires_at__gt=ctx.now).first()
    if kept is None:
        try:
            return _first(ctx, asked, act)
        except _Claimed:
            kept = _of(asked).first()
    if kept is None:  # the quicker one came to nothing in this very moment
        raise StillRunning("a request with this key is being answered; try again")
    if kept.request_digest != asked.digest:
        raise OtherRequest("this Idempotency-Key was used for another request")
    return Answer(kept.status, secrets.unseal(kept.sealed_body, _purpose(kept)), kept.headers, replayed=True)


def forget(ctx: Context) -> int:
    """Deletes answers that are too old. Maintenance only: reading checks the time itself."""
    return KeptAnswer.objects.filter(expires_at__lte=ctx.now).delete()[0]


def _of(asked: Asked) -> "QuerySet[KeptAnswer]":
    return KeptAnswer.objects.filter(
        tenant_id=asked.tenant_id, caller=asked.caller, key_digest=secrets.digest(asked.key)
    )


def _first(ctx: Context, asked: Asked, act: Callable[[], Answer]) -> Answer:
    with transaction.atomic():
        _of(asked).filter(expires_at__lte=ctx.now).delete()
        row = _claim(ctx, asked)
        answer = act()
        if answer.status in _FORGOTTEN or answer.status >= 500:
            row.delete()
            return answer
        row.status, row.headers = answer.status, dict(answer.headers)
        row.sealed_body = secrets.seal(answer.body, _purpose(row))
        row.save(force_update=True)
    return answer


def _claim(ctx: Context, asked: Asked) -> KeptAnswer:
    """The unique constraint lets one in; the others wait for it to commit. Raises _Claimed, StillRunning."""
    row = KeptAnswer(
        tenant_id=asked.tenant_id,
        realm_id=asked.realm_id,
        caller=asked.caller,
        key_digest=secrets.digest(asked.key),
        request_digest=asked.digest,
        expires_at=ctx.now + KEPT_FOR,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError:
        raise _Claimed from None
    except OperationalError:  # waited as long as the database lets one wait for a lock
        raise StillRunning("a request with this key is being answered; try again") from None
    return row


def _purpose(row: KeptAnswer) -> str:
    return f"kept_answer.body:{row.pk}"
