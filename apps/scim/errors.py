"""This face's one mapper: refusals → SCIM errors (RFC 7644 §3.12; contract/wire.md §4)."""

from pydantic import ValidationError
from scim2_models import Error, InvalidValueException, SCIMException

from apps.core.errors import Conflict, Invalid, NotFound, Refusal
from apps.web.idempotency import StillRunning
from apps.web.status import status_of

_WORDS = {401: "The authorization header is invalid or missing.", 403: "token is unauthorized."}
_KEYWORDS = {401: "unauthorized", 403: "forbidden"}


def error_of(refusal: Refusal) -> Error:
    status = status_of(refusal)
    if isinstance(refusal, Invalid):
        said = "; ".join(f"{found.field.removeprefix('user.')}: {found.description}" for found in refusal.violations)
        detail = InvalidValueException().detail
        return Error(status=400, scim_type="invalidValue", detail=f"{detail}: {said}")
    if isinstance(refusal, NotFound):
        return Error(status=404, detail=f"Resource {refusal.resource_id} not found.")
    if isinstance(refusal, Conflict):
        taken = refusal.code == "conflict" and not isinstance(refusal, StillRunning)
        keyword = "uniqueness" if taken else None
        return Error(status=status, scim_type=keyword, detail=refusal.message)
    if status == 401 or (status == 403 and not refusal.facts.get("resource_type")):  # not the thing but the token
        return Error(status=status, scim_type=_KEYWORDS[status], detail=_WORDS[status])
    return Error(status=status, scim_type=_KEYWORDS.get(status), detail=refusal.message)


def in_words(exception: SCIMException) -> Error:
    """The engine's own error. Of a value that is of the wrong kind it tells in the words of the library that found it,
    addresses of its manual and all: the same finding in one sentence instead."""
    error = exception.to_error()
    found = exception.__cause__
    if isinstance(found, ValidationError) and error.detail == str(found):
        error.detail = Error.from_validation_errors(found)[0].detail
    return error
