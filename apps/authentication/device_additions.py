"""Adding a device, the half of the one that a person has (contract/extensions.md §5): begin, let the new one be known by
either's code, see what it is, and say yes with a proof over this very addition. arriving_devices is the other half.

Both halves share one correlation id. Each step is one conditional UPDATE, so of two who take it one wins.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now

from apps.authentication import addition_codes as codes
from apps.authentication import challenges, sessions
from apps.authentication.models import AdditionState, ArrivingDevice, DeviceAddition, Session
from apps.authenticators.models import AuthenticatorConfig
from apps.core import ids
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Gone, NotFound
from apps.core.rows import require_same_realm
from apps.credentials.models import OPEN_STATES, CredentialBindingJob, JobState
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.realms.models import Realm

LIFE = timedelta(minutes=10)
LIVE = (AdditionState.OPEN, AdditionState.CLAIMED, AdditionState.APPROVED, AdditionState.BINDING)
EXPIRED = "EXPIRED"


class CodeUnknown(NotFound):
    """No device shows this code: mistyped, a minute old, or taken. Which of them is nobody's to know."""

    code = "code_unknown"


class AdditionOver(Gone):
    """Answered, given up, tried too often or too old: begin again."""

    code = "addition_over"


class SignedOut(Gone):
    """The session ended while the page was open."""

    code = "signed_out"


def begin(ctx: Context, session: Session, config: AuthenticatorConfig) -> DeviceAddition:
    """`config` is the hosted authenticator that the new passkey is for. One at a time: the session's last one is given up.
    Whether the person proved themselves lately is the page's to see to. Raises SignedOut."""
    require_same_realm(session.realm_id, config)
    with attempt(ctx, EventType.DEVICE_ADD, session.realm, action="BEGIN") as event:
        by_person(event, session)
        DeviceAddition.objects.filter(session=session, state__in=LIVE).update(
            state=AdditionState.CANCELLED, updated_at=ctx.now
        )
        addition = DeviceAddition(
            id=ids.uuid7(),
            tenant_id=session.tenant_id,
            realm=session.realm,
            identity=session.identity,
            session=session,
            authenticator_config=config,
            nonce=challenges.new(ctx),
            code_expires_at=ctx.now + codes.LIFE,
            expires_at=ctx.now + LIFE,
            correlation_id=ctx.correlation_id,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        addition.code_digest = codes.digest(code_of(addition))
        DeviceAddition.objects.bulk_create([addition])
    return addition


def code_of(row: DeviceAddition | ArrivingDevice) -> str:
    return codes.code_of(str(row.pk), row.code_number)


def latest_of(ctx: Context, session: Session) -> DeviceAddition | None:
    """The session's newest that is not too old, however it stands."""
    return rows().filter(session=session, expires_at__gt=ctx.now).order_by("-id").first()


def get_addition(ctx: Context, session: Session, addition_id: str | UUID) -> DeviceAddition:
    """Raises NotFound: another session's too."""
    found = rows().filter(session=session, pk=ids.parse_uuid(str(addition_id))).first()
    if found is None:
        raise NotFound("DeviceAddition", str(addition_id))
    return found


def state_of(ctx: Context, addition: DeviceAddition) -> str:
    """Today's: EXPIRED for one that was left lying."""
    return EXPIRED if addition.state in LIVE and addition.expires_at <= ctx.now else addition.state


def renew_code(ctx: Context, row: DeviceAddition | ArrivingDevice) -> None:
    """Shows the next code; the last one opens nothing more. Of two renewals at once the first counts for both. Nothing
    happens to a row that no longer waits for its code."""
    number = row.code_number + 1
    digest = codes.digest(codes.code_of(str(row.pk), number))
    waiting: Any = waiting_arrivals(ArrivingDevice.objects)
    if isinstance(row, DeviceAddition):
        waiting = DeviceAddition.objects.filter(state=AdditionState.OPEN, expires_at__gt=Now())
    waiting.filter(pk=row.pk, code_number=row.code_number).update(
        code_number=number, code_digest=digest, code_expires_at=ctx.now + codes.LIFE, updated_at=ctx.now
    )
    row.refresh_from_db()


def enter_code(ctx: Context, addition: DeviceAddition, typed: str) -> None:
    """The code that the new device shows. The fifth wrong one ends the addition. Raises CodeUnknown, AdditionOver,
    SignedOut."""
    _spend_try(addition)
    ctx = ctx.in_flow(addition.correlation_id)
    with attempt(ctx, EventType.DEVICE_ADD, addition.realm, action="CLAIM") as event:
        by_person(event, addition.session)
        code = codes.plain(typed)
        showing = ArrivingDevice.objects.filter(code_digest=codes.digest(code), code_expires_at__gt=Now())
        found = list(waiting_arrivals(showing)[:2]) if code else []
        if len(found) != 1:  # of two with one code nobody knows which is meant
            event.keep(lambda: _end_when_tried_out(ctx, addition))
            raise CodeUnknown("Device")
        claim(event, addition, found[0], DeviceAddition.objects.all(), showing)


def waiting_arrivals(rows: Any) -> Any:
    return rows.filter(claimed_at=None, ended_at=None, expires_at__gt=Now())


def claim(event: Draft, addition: DeviceAddition, arrival: ArrivingDevice, additions: Any, arrivals: Any) -> None:
    """Ties the two together, once for each, inside somebody's attempt. `additions` and `arrivals` are what else must still
    be true. Raises CodeUnknown."""
    if not is_signed_in(addition):
        raise CodeUnknown("Device")
    took = waiting_arrivals(arrivals.filter(pk=arrival.pk)).update(claimed_at=Now())
    # No condition on the session here: by a join the UPDATE would go by rows as they were before it had to wait for them.
    still = additions.filter(pk=addition.pk, state=AdditionState.OPEN, expires_at__gt=Now())
    nonce = challenges.new(event.ctx)
    tied = still.update(state=AdditionState.CLAIMED, arrival=arrival, nonce=nonce, updated_at=event.ctx.now)
    if (took, tied) != (1, 1):
        raise CodeUnknown("Device")
    addition.state, addition.arrival, addition.nonce = AdditionState.CLAIMED, arrival, nonce
    event.data["personal"] = {"new_device": describe(arrival)}


def is_signed_in(addition: DeviceAddition) -> bool:
    """The session that began it stands, and does until the transaction ends."""
    held = Session.objects.select_for_update().filter(pk=addition.session_id, ended_at=None)
    return bool(list(held.values_list("pk", flat=True)))


def describe(arrival: ArrivingDevice) -> dict[str, str]:
    return {
        "ip": arrival.client_ip,
        "user_agent": arrival.client_user_agent,
        "country": arrival.client_country,
    }


def deny(ctx: Context, addition: DeviceAddition) -> None:
    """It was not them. Raises AdditionOver, SignedOut."""
    with of_person(ctx, addition, "DENY") as event:
        by_person(event, addition.session)
        move(event.ctx, addition, (AdditionState.CLAIMED,), AdditionState.DENIED)
        event.outcome = "DENY"


def cancel(ctx: Context, addition: DeviceAddition) -> None:
    """Given up on the device that began it; a passkey that is being made meanwhile is not taken. Fine when it is over."""
    if addition.state in LIVE:
        with of_person(ctx, addition, "CANCEL") as event:
            by_person(event, addition.session)
            give_up(event, addition)


def give_up(event: Draft, addition: DeviceAddition) -> None:
    """By either side, inside its attempt; the job first, as who binds takes it first. Raises AdditionOver when it has just
    come to an end."""
    job = CredentialBindingJob.objects.filter(pk=addition.job_id, state__in=OPEN_STATES)
    if job.update(state=JobState.REVOKED, updated_at=event.ctx.now):
        revoked = event.follow(EventType.CREDENTIAL_BINDING_JOB_CHANGE, outcome="SUCCESS", action="REVOKE")
        revoked.target(addition.job, addition.identity.display_name)
    move(event.ctx, addition, LIVE, AdditionState.CANCELLED)


def move(
    ctx: Context, addition: DeviceAddition, before: Iterable[str], after: AdditionState, *, asked: str = "", **more: Any
) -> None:
    """Once, by the database's clock; with `asked` only while that nonce is the one to answer. Raises AdditionOver."""
    waiting = DeviceAddition.objects.filter(pk=addition.pk, state__in=list(before), expires_at__gt=Now())
    waiting = waiting.filter(nonce=asked) if asked else waiting
    if waiting.update(state=after, updated_at=ctx.now, **more) != 1:
        raise AdditionOver("this is over; begin again")
    addition.state = after


def forget(ctx: Context) -> int:
    """Deletes what is long over. Maintenance only: reading checks the time."""
    limit = ctx.now - timedelta(days=1)
    additions, _ = DeviceAddition.objects.filter(expires_at__lt=limit).delete()
    arrivals, _ = ArrivingDevice.objects.filter(expires_at__lt=limit).delete()
    return additions + arrivals


def rows() -> Any:
    return DeviceAddition.objects.select_related(
        "identity", "session__identity", "session__realm", "realm__tenant", "authenticator_config", "arrival", "job"
    )


def of_person(ctx: Context, addition: DeviceAddition, action: str) -> Any:
    return attempt(ctx.in_flow(addition.correlation_id), EventType.DEVICE_ADD, addition.realm, action=action)


def by_person(event: Draft, session: Session) -> None:
    """The session is held: of somebody who was signed out in this moment nothing comes."""
    identity = session.identity
    event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
    event.target(identity)
    if not sessions.hold(session):
        raise SignedOut("you are signed out")


def _spend_try(addition: DeviceAddition) -> None:
    """Before the code is looked at, and committed: however many are entered at once, five are heard. Raises AdditionOver."""
    open_ones = DeviceAddition.objects.filter(pk=addition.pk, state=AdditionState.OPEN, expires_at__gt=Now())
    if open_ones.filter(tries__lt=codes.TRIES).update(tries=F("tries") + 1) != 1:
        raise AdditionOver("this is over; begin again")


def _end_when_tried_out(ctx: Context, addition: DeviceAddition) -> None:
    tried_out = DeviceAddition.objects.filter(pk=addition.pk, state=AdditionState.OPEN, tries__gte=codes.TRIES)
    tried_out.update(state=AdditionState.TRIED_TOO_OFTEN, updated_at=ctx.now)


def remove_additions(realm: Realm) -> None:
    DeviceAddition.objects.filter(realm=realm).delete()
