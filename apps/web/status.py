"""The one table from kinds of refusal to HTTP statuses."""

from apps.core import errors

_STATUS: tuple[tuple[type[errors.Refusal], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Denied, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.Gone, 410),
    (errors.PreconditionFailed, 412),
    (errors.Unprocessable, 422),
    (errors.RateLimited, 429),
    (errors.Unavailable, 503),
    (errors.Invalid, 400),
)


def status_of(refusal: errors.Refusal) -> int:
    return next((status for kind, status in _STATUS if isinstance(refusal, kind)), 400)
