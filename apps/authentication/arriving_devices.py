"""Adding a device, the half of the new one: a browser of nobody's, until a device that somebody has lets it in.

What it may do when it was let in is what anybody may with a binding job, in this one browser.
"""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from apps.authentication import addition_codes as codes
from apps.authentication import device_additions as additions
from apps.authentication.device_additions import AdditionOver, CodeUnknown
from apps.authentication.models import AdditionState, ArrivingDevice, DeviceAddition
from apps.core import ids, secrets
from apps.core.context import Actor, ActorType, Context
from apps.credentials.models import BindingReason, Credential, CredentialBindingJob, DeliveryMethod
from apps.credentials.selectors import LinkUnknown
from apps.credentials.services import jobs
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType

LIFE = additions.LIFE
JOB_LIFE = timedelta(minutes=10)
NOBODY_YET = "WAITING"


def arrive(ctx: Context, browser_key: str) -> ArrivingDevice:
    """A browser that wants to be let in. No event: whose record it would stand in nobody knows."""
    arrival = ArrivingDevice(
        id=ids.uuid7(),
        browser_digest=secrets.digest(browser_key),
        code_expires_at=ctx.now + codes.LIFE,
        expires_at=ctx.now + LIFE,
        client_ip=ctx.client.ip[:45],
        client_user_agent=ctx.client.user_agent[:512],
        client_country=ctx.client.country[:2],
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    arrival.code_digest = codes.digest(additions.code_of(arrival))
    ArrivingDevice.objects.bulk_create([arrival])
    return arrival


def find_arrival(ctx: Context, browser_key: str) -> ArrivingDevice | None:
    """This browser's, not yet too old; None for one that gave up."""
    rows = ArrivingDevice.objects.filter(browser_digest=secrets.digest(browser_key), ended_at=None)
    return rows.filter(expires_at__gt=ctx.now).first() if browser_key else None


def addition_of(arrival: ArrivingDevice) -> DeviceAddition | None:
    """What it was let into, if anything."""
    return additions.rows().filter(arrival=arrival).first()


def state_of(ctx: Context, arrival: ArrivingDevice) -> str:
    """WAITING, or the addition's."""
    addition = addition_of(arrival)
    return additions.state_of(ctx, addition) if addition is not None else NOBODY_YET


def enter_code(ctx: Context, arrival: ArrivingDevice, typed: str) -> DeviceAddition:
    """The code that the device which is signed in shows. After five wrong ones this browser has to begin again. Raises
    CodeUnknown, AdditionOver."""
    heard = ArrivingDevice.objects.filter(pk=arrival.pk, tries__lt=codes.TRIES)
    if additions.waiting_arrivals(heard).update(tries=F("tries") + 1) != 1:
        raise AdditionOver("this is over; begin again")
    code = codes.plain(typed)
    showing = DeviceAddition.objects.filter(code_digest=codes.digest(code), code_expires_at__gt=Now())
    found = list(additions.rows().filter(pk__in=showing.filter(state=AdditionState.OPEN))[:2]) if code else []
    if len(found) != 1:
        ArrivingDevice.objects.filter(pk=arrival.pk, tries__gte=codes.TRIES).update(ended_at=Now())
        raise CodeUnknown("Device")
    (addition,) = found
    with attempt(ctx.in_flow(addition.correlation_id), EventType.DEVICE_ADD, addition.realm, action="CLAIM") as event:
        event.target(addition.identity)
        additions.claim(event, addition, arrival, showing, ArrivingDevice.objects.all())
    return addition


def begin_binding(ctx: Context, addition: DeviceAddition, *, onward_url: str) -> str:
    """Fetches what was approved: a binding job, once. Returns its link; the page behind it ends at `onward_url`. Raises
    AdditionOver, also when the device that approved it was signed out since."""
    ctx = ctx.in_flow(addition.correlation_id)
    with attempt(ctx, EventType.DEVICE_ADD, addition.realm, action="BIND") as event:
        identity = addition.identity
        event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
        event.target(identity)
        if not additions.is_signed_in(addition) or not identity.is_active:
            raise AdditionOver("this is over; begin again")
        made = jobs.insert_job(
            event.ctx,
            identity,
            delivery_method=DeliveryMethod.RETURN,
            authenticator_config=addition.authenticator_config,
            post_binding_redirect_uri=onward_url,
            expires_after=JOB_LIFE,
            reason=BindingReason.ADDITIONAL,
        )
        until = ctx.now + JOB_LIFE
        approved = (AdditionState.APPROVED,)
        additions.move(ctx, addition, approved, AdditionState.BINDING, job=made.job, expires_at=until)
        told = event.follow(EventType.CREDENTIAL_BINDING_JOB_CHANGE, outcome="SUCCESS", action="CREATE")
        told.target(made.job, identity.display_name)
    return made.link


def leave(ctx: Context, arrival: ArrivingDevice) -> None:
    """Given up on the new device; fine when it is over."""
    addition = addition_of(arrival)
    if addition is not None and addition.state in additions.LIVE:
        ctx = ctx.in_flow(addition.correlation_id)
        with attempt(ctx, EventType.DEVICE_ADD, addition.realm, action="CANCEL") as event:
            event.target(addition.identity)
            additions.give_up(event, addition)
    ArrivingDevice.objects.filter(pk=arrival.pk, ended_at=None).update(ended_at=Now(), updated_at=ctx.now)


def require_same_browser(job: CredentialBindingJob, browser_key: str) -> None:
    """The job of an added device is for the browser that was looked at and let in, and for no other that has its link.
    Raises LinkUnknown."""
    if job.reason != BindingReason.ADDITIONAL:
        return
    addition = DeviceAddition.objects.filter(job=job).select_related("arrival").first()
    if addition is None:
        return
    if addition.arrival is None or not secrets.matches(browser_key, addition.arrival.browser_digest):
        raise LinkUnknown("this link is not complete")


def facts_of(job: CredentialBindingJob) -> dict[str, str]:
    """What the policy is told of the new device's side (contract/extensions.md §6). Registered with credentials."""
    asked_for = job.reason == BindingReason.ADDITIONAL and DeviceAddition.objects.filter(job=job).exists()
    return {"add_device.role": "target"} if asked_for else {}


def complete(event: Draft, job: CredentialBindingJob, credential: Credential) -> None:
    """Its passkey was made. Registered with credentials; runs in that attempt. Raises AdditionOver for one that was given
    up in this moment."""
    addition = DeviceAddition.objects.filter(job=job).first() if job.reason == BindingReason.ADDITIONAL else None
    if addition is None:
        return
    additions.move(event.ctx, addition, (AdditionState.BINDING,), AdditionState.COMPLETE)
    done = event.follow(EventType.DEVICE_ADD, outcome="SUCCESS", action="COMPLETE")
    done.target(job.identity)
    done.target(credential)
