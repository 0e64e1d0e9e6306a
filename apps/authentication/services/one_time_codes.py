"""The verbs of one-time codes: send one to an address, and sign in with it (contract/extensions.md §5).

Whoever asks hears the same whether anybody has the address, and waits as long: for nobody a code is made, a mail is
written and neither leaves. How many may be asked for by one client and in a realm is the face's, see web/code_limits.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from apps.authentication import flows, wrong_codes
from apps.authentication import one_time_codes as kept
from apps.authentication.models import LoginFlow, OneTimeCode
from apps.authentication.one_time_codes import LIFE, TRIES, Addressee, Holder
from apps.authentication.services import addressees, completion, decisions
from apps.authentication.services.answers import Authenticated
from apps.authenticators.models import AuthenticatorConfig
from apps.authenticators.profile import Profile, profile_of
from apps.core import names
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied
from apps.credentials import history
from apps.credentials.services.passkeys import IdentitySuspended
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.directory.services.identity_rows import UsernameTaken
from apps.directory.traits import TYPE, parse
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms import mail
from apps.realms.models import Realm
from apps.tokens import assurance

MAIL = "one_time_password"
ABOUT = "one_time_code"
NAMELESS = "Person"  # where an address holds nothing that a name may


class CodesClosed(Denied):
    """The authenticator config takes no one-time codes."""

    code = "codes_closed"


class CodeRefused(Denied):
    """Not the code. The person is told how many tries are left, and never whether there is one to be right about."""

    code = "code_refused"

    def __init__(self, tries_left: int) -> None:
        super().__init__("this is not the code that was sent", tries_left=tries_left)
        self.tries_left = tries_left


class CodeOver(CodeRefused):
    """Too old, tried too often, used or replaced, or never asked for: only a new one helps."""

    code = "code_over"

    def __init__(self) -> None:
        super().__init__(0)


@dataclass(frozen=True, slots=True)
class Sent:
    """What whoever asked may know, whoever it is."""

    address: str
    expires_at: datetime
    tries_left: int = TRIES


def issue(ctx: Context, flow: LoginFlow, address: object) -> Sent:
    """Sends a code for this flow to whoever has the address, or may sign up with it. The code before it is void.

    Raises Invalid (no address), CodesClosed, FlowOver (a proof was given already), RateLimited (5 an hour for an address).
    """
    given = names.email_address(address, field="email", required=True)
    application = flow.application
    profile = _profile(application.authenticator_config)
    ctx = ctx.in_flow(flow.correlation_id)
    with attempt(ctx, EventType.OTP_CHALLENGE, application.realm, action="ISSUE") as event:
        event.target(application)
        if not profile.codes_open:
            raise CodesClosed("one-time codes are not accepted here")
        if flows.session_id_of(flow):
            raise flows.FlowOver("this sign-in is over; start again from the application")
        return send(event, ctx, flow, application.realm, addressees.addressee_at(application.realm, given, profile))


def send(event: Draft, ctx: Context, holder: Holder, realm: Realm, addressee: Addressee) -> Sent:
    """Inside somebody's attempt, of OTP_CHALLENGE. Raises RateLimited."""
    if addressee.identity is not None:
        event.target(addressee.identity)
    event.data["personal"] = {"address": addressee.address}
    allowance = kept.allowance_of(ctx, realm, addressee.address)
    if kept.is_exhausted(allowance):
        addressee = Addressee(addressee.address, reason="too_many_wrong_codes")
    fresh = kept.insert_code(ctx, holder, allowance, addressee)
    identity = addressee.identity
    mail.queue(
        ctx,
        realm,
        MAIL,
        recipient=identity.primary_email_address if identity else addressee.address,
        about=(ABOUT, str(fresh.row.pk)),
        expires_at=fresh.row.expires_at,
        language=directory.language_of(identity),
        facts=lambda: {
            "display_name": identity.display_name if identity else "",
            "code": fresh.code,
            "expiry": mail.in_words(LIFE),
        },
        to_nobody=not addressee.is_somebody,
    )
    event.data["sent"] = addressee.is_somebody
    if addressee.reason:
        event.data["reason"] = addressee.reason
    return Sent(addressee.address, fresh.row.expires_at)


def redeem(
    ctx: Context,
    flow: LoginFlow,
    code: object,
    *,
    signals: Mapping[str, Any] | None = None,
    cookie: str = "",
    pauses: bool = False,
) -> Authenticated:
    """Signs in with the code that was sent for this flow; of two at once one wins. Whoever is nobody yet is signed up.
    `pauses`: the flow stays open, for the page that offers a passkey (completion.go_on ends it).

    Raises RateLimited, CodeRefused and CodeOver, PolicyDenied, VerificationRequired, FlowOver, NothingGranted,
    RequirementUnmet.
    """
    application = flow.application
    wrong_codes.require_left(ctx, application.realm)
    sent = kept.latest_code(flow)
    counted = sent is not None and kept.take_try(sent)
    ctx = ctx.in_flow(flow.correlation_id)
    with attempt(ctx, EventType.AUTHENTICATION_TRANSACTION, application.realm) as event:
        event.data |= {"phase": "COMPLETE", "method": "otp"}
        event.target(application)
        row = _prove_or_wait(event, ctx, application.realm, sent if counted else None, code)
        identity = row.identity or _sign_up(event, ctx, application.realm, row, profile_of_flow(flow))
        event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
        event.target(identity)
        _require_active(event, ctx, identity, row)
        decisions.require(event, ctx, application, identity, None, verified=False, signals=signals)
        event.outcome = "ALLOW"
        event.data["personal"] = {"signals": dict(signals or {})}
        return completion.complete(
            event, ctx, flow, identity, None, acr=assurance.OTP, amr=["otp"], cookie=cookie, pauses=pauses
        )


def _prove_or_wait(event: Draft, ctx: Context, realm: Realm, sent: OneTimeCode | None, code: object) -> OneTimeCode:
    """A wrong code does not end the sign-in while tries are left."""
    try:
        return prove(event, ctx, realm, sent, code)
    except CodeRefused as refusal:
        if refusal.tries_left:
            event.data["phase"] = "SUSPEND"
        raise


def prove(event: Draft, ctx: Context, realm: Realm, sent: OneTimeCode | None, code: object) -> OneTimeCode:
    """Inside somebody's attempt: the code whose try was counted, if it is right and nobody was quicker. None: there is
    none to be right. What came of the try stays when the attempt is refused later. Raises CodeRefused, CodeOver."""
    challenge = event.note(EventType.OTP_CHALLENGE, outcome="SUCCESS", action="REDEEM")
    if sent is None:
        event.keep(lambda: wrong_codes.count(ctx, realm))
        _refuse(challenge, "over", CodeOver())
    if not kept.is_right(sent, _digits(code)):
        event.keep(lambda: kept.count_failure(ctx, sent))
        event.keep(lambda: wrong_codes.count(ctx, realm))
        history.watch(event, ctx, sent.realm, sent.identity)
        left = TRIES - sent.tries
        _refuse(
            challenge, "wrong_code" if sent.was_sent else "sent_to_nobody", CodeRefused(left) if left else CodeOver()
        )
    if not kept.redeem(sent):
        _refuse(challenge, "used", CodeOver())
    event.keep(lambda: kept.redeem(sent))
    kept.forgive(ctx, sent)
    return sent


def profile_of_flow(flow: LoginFlow) -> Profile:
    return _profile(flow.application.authenticator_config)


def _profile(config: AuthenticatorConfig | None) -> Profile:
    return profile_of(config.config) if config is not None else Profile()


def _require_active(event: Draft, ctx: Context, identity: Identity, row: OneTimeCode) -> None:
    """Before any rule, and with the face of a wrong code: mail is read by more people than passkeys are held by."""
    if not identity.is_active or not identities.mark_authenticated(ctx, identity, by_mail=True):
        event.data["reason"] = IdentitySuspended.code
        raise CodeOver()
    if names.comparison_key(row.address) != identity.email_key:
        event.data["reason"] = "address_changed"
        raise CodeOver()


def _sign_up(event: Draft, ctx: Context, realm: Realm, row: OneTimeCode, profile: Profile) -> Identity:
    """The person, new, named by the address. Somebody who was quicker with the same address is the same person."""
    if not profile.signs_up:
        event.data["reason"] = "sign_up_closed"
        raise CodeOver()
    traits = parse(
        {"type": TYPE, "username": row.address, "primary_email_address": row.address}, root="email", creating=True
    )
    try:
        identity = identities.insert_identity(ctx, realm, display_name=_name_in(row.address), traits=traits)
    except UsernameTaken:
        addressee = addressees.addressee_at(realm, row.address, profile)
        if addressee.identity is None:
            event.data["reason"] = "username_taken"
            raise CodeOver() from None
        return addressee.identity
    told = event.follow(EventType.IDENTITY_CHANGE, outcome="SUCCESS", action="CREATE", by="sign_up")
    identities.tell_created(told, identity, traits)
    return identity


def _name_in(address: str) -> str:
    local = names.REFUSED_IN_NAMES.sub(" ", address.rpartition("@")[0])
    return " ".join(local.split())[: names.DISPLAY_NAME_LENGTH].strip() or NAMELESS


def _digits(code: object) -> str:
    """As people paste it: "123 456", "123-456"."""
    return "".join(each for each in code if each.isdigit() and each.isascii())[:12] if isinstance(code, str) else ""


def _refuse(challenge: Draft, reason: str, refusal: CodeRefused) -> NoReturn:
    challenge.outcome = refusal.event_outcome
    challenge.data["reason"] = reason
    raise refusal
