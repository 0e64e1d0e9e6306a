"""Tokens made by hand: an administrator gives a program a token instead of its client's secret (contract/wire.md §1.2).

They are ordinary client_credentials tokens with a name to know them by: listed, introspected and revoked like any other.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.applications.authority import refuse_beyond
from apps.applications.models import Application
from apps.applications.scopes import MANAGEMENT_IDENTIFIER
from apps.core import names
from apps.core.context import Context
from apps.core.errors import Conflict, Invalid, Unprocessable, Violation, all_or_invalid, told
from apps.core.statements import insert
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.tokens import minting
from apps.tokens.minting import Subject
from apps.tokens.token_options import TokenOptions
from apps.tokens.used_once import Once

GRANT = "client_credentials"
_FORM_LIVES = timedelta(days=30)


class NotAMachine(Unprocessable):
    """Only an application that acts for itself has tokens of its own."""


class BoundToAKey(Unprocessable):
    """The application's tokens are bound to a key that only it can prove (RFC 9449); one handed about could not be."""


class MadeBefore(Conflict):
    """This very form made a token already: a double click, a reload."""

    code = "conflict"


@dataclass(frozen=True, slots=True)
class NamedToken:
    """`token` is the token in clear: never stored, never logged, answered once."""

    token: str = field(repr=False)
    jti: str
    display_name: str
    scopes: tuple[str, ...]
    token_format: str
    issued_at: datetime
    expires_at: datetime


def create_token(
    ctx: Context,
    application: Application,
    *,
    display_name: Any,
    scopes: Any,
    expires_after: Any = None,
    once: str = "",
) -> NamedToken:
    """`scopes` are some of the application's, `expires_after` seconds up to its configured lifetime, which None stands for.
    `once` makes one token only, however often it is given. Raises Invalid, NotAMachine, BoundToAKey, BeyondOwnScopes,
    MadeBefore."""
    with attempt(ctx, EventType.TOKEN_CHANGE, application.realm, action="CREATE") as event:
        event.target(application)
        _refuse_kind(application)
        name, chosen, seconds = all_or_invalid(
            lambda: names.display_name(display_name, field="token.display_name"),
            lambda: _scopes(application, scopes),
            lambda: _seconds(application, expires_after),
        )
        refuse_beyond(ctx, application.resource_server, chosen)
        _spend(ctx, application, once)
        minted = _mint(ctx, application, chosen, seconds, name)
        event.targets.append({"type": "token", "id": minted.jti, "display_name": name})
        event.data |= {"scope": " ".join(chosen), "expires_after": seconds}
    return NamedToken(minted.token, minted.jti, name, chosen, minted.token_format, ctx.now, minted.expires_at)


def opens_management_api(application: Application) -> bool:
    return minting.audience_of(application) == [MANAGEMENT_IDENTIFIER]


def _mint(
    ctx: Context, application: Application, scopes: tuple[str, ...], seconds: int, name: str
) -> minting.MintedToken:
    minted = minting.mint_access_token(
        ctx, application, Subject(), scope=" ".join(scopes), grant_type=GRANT, options=TokenOptions(seconds)
    )
    insert(minting.access_token_row(ctx, application, Subject(), minted, name))
    return minted


def _refuse_kind(application: Application) -> None:
    info = {"resource_type": "Application", "resource_id": str(application.pk)}
    if GRANT not in application.grant_types:
        raise NotAMachine("only an application with client_credentials has tokens of its own", **info)
    if application.requires_dpop:
        raise BoundToAKey("tokens of this application are bound to its key: it asks for them itself", **info)


def _scopes(application: Application, given: Any) -> tuple[str, ...]:
    """One at least, where the application has any: nobody wants a token that opens nothing, or everything by accident."""
    field = "token.scopes"
    if not isinstance(given, list | tuple):
        raise Invalid(Violation(field, "missing" if given is None else "not a list"))
    foreign = [
        Violation(f"{field}.{i}", "not a scope of the application")
        for i, scope in enumerate(given)
        if scope not in application.allowed_scopes
    ]
    if foreign:
        raise Invalid(foreign)
    if not given and application.allowed_scopes:
        raise Invalid(Violation(field, "missing"))
    return tuple(dict.fromkeys(given))


def _seconds(application: Application, given: Any) -> int:
    longest = application.token_expires_after_seconds
    if given is None:
        return longest
    if type(given) is not int or not 1 <= given <= longest:
        raise Invalid(Violation("token.expires_after", told("must be 1 to %(most)s seconds", most=longest)))
    return given


def _spend(ctx: Context, application: Application, once: str) -> None:
    """A refusal gives it back, so that a form may be mended and sent again."""
    expires_at = (ctx.now + _FORM_LIVES).timestamp()
    if once and not Once("named_token", str(application.pk), once, expires_at).spend():
        raise MadeBefore("this form was sent before")
