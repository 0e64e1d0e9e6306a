"""Back in without a passkey, where the profile says `email`: a mailed link, a code to the same address, a new passkey
(contract/extensions.md §5). What was there stays until the person revokes it, and the person is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from apps.applications.models import Application
from apps.authentication import one_time_codes as kept
from apps.authentication import wrong_codes
from apps.authentication.models import CodeAllowance, LoginFlow, Recovery
from apps.authentication.one_time_codes import Addressee
from apps.authentication.services import addressees, one_time_codes
from apps.authentication.services.one_time_codes import CodeOver, Sent
from apps.authenticators.models import AuthenticatorConfig
from apps.authenticators.profile import profile_of
from apps.core import ids, names, secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied
from apps.credentials import invoke
from apps.credentials.models import BindingReason, DeliveryMethod
from apps.credentials.selectors import LinkExpired, LinkUnknown, LinkUsed
from apps.credentials.services import jobs
from apps.credentials.services.jobs import JobWithLink
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt, record
from apps.events.types import EventType
from apps.realms import mail

LIFE = timedelta(minutes=15)
BINDING_LIFE = timedelta(minutes=15)
MAIL = "recovery"
ABOUT = "recovery"


class RecoveryClosed(Denied):
    """Only an administrator helps here."""

    code = "recovery_closed"


@dataclass(frozen=True, slots=True)
class Link:
    """What a mail may carry: `url`, in clear only here."""

    recovery: Recovery
    url: str


def is_open(config: AuthenticatorConfig | None) -> bool:
    return config is not None and config.is_hosted and profile_of(config.config).recovers_by_mail


def ask(ctx: Context, flow: LoginFlow, address: object) -> None:
    """Mails a link to whoever has the address: the same answer and the same work when nobody does. Raises Invalid,
    RecoveryClosed, RateLimited (5 an hour for an address)."""
    given = names.email_address(address, field="email", required=True)
    application = flow.application
    config = application.authenticator_config
    ctx = ctx.in_flow(flow.correlation_id)
    with attempt(ctx, EventType.OTP_CHALLENGE, application.realm, action="MAIL_RECOVERY_LINK") as event:
        event.target(application)
        if config is None or not is_open(config):
            raise RecoveryClosed("only an administrator can help here")
        addressee = addressees.addressee_at(application.realm, given, profile_of(config.config))
        event.data["personal"] = {"address": given}
        identity = addressee.identity
        if identity is None:
            event.data["reason"] = addressee.reason or "address_unknown"
        else:
            event.target(identity)
        allowance = kept.recovery_allowance_of(ctx, application.realm, given)
        event.data["sent"] = identity is not None
        _mail(ctx, _insert(ctx, application, identity, allowance), identity)


def _insert(ctx: Context, application: Application, identity: Identity | None, allowance: CodeAllowance) -> Link:
    token = secrets.new_token(48)
    recovery = Recovery(
        id=ids.uuid7(),
        realm=application.realm,
        tenant_id=application.tenant_id,
        identity=identity,
        application=application,
        allowance=allowance,
        token_digest=secrets.digest(token),
        correlation_id=ctx.correlation_id,
        expires_at=ctx.now + LIFE,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    Recovery.objects.bulk_create([recovery])
    config = application.authenticator_config
    base = invoke.hosted_base(config) if config is not None else settings.IDENTITY_CLOUD_AUTH_URL
    return Link(recovery, f"{base}/recover/link?id={recovery.pk}&token={token}")


def _mail(ctx: Context, link: Link, identity: Identity | None) -> None:
    recovery = link.recovery
    mail.queue(
        ctx,
        recovery.realm,
        MAIL,
        recipient=identity.primary_email_address if identity else "",
        about=(ABOUT, str(recovery.pk)),
        expires_at=recovery.expires_at,
        language=directory.language_of(identity),
        facts=lambda: {
            "display_name": identity.display_name if identity else "",
            "action_url": link.url,
            "expiry": mail.in_words(LIFE),
        },
        to_nobody=identity is None,
    )


def read_link(ctx: Context, config: AuthenticatorConfig, recovery_id: str, token: str) -> Recovery:
    """What a mailed link leads to, still of use. Consumes nothing: mail scanners follow links too. A dead or tampered link
    leaves an event. Raises LinkUnknown, LinkExpired, LinkUsed."""
    return _read(ctx, config, recovery_id, lambda recovery: secrets.matches(token, recovery.token_digest))


def read_link_of_browser(ctx: Context, config: AuthenticatorConfig, recovery_id: str, browser_key: str) -> Recovery:
    """The same once its code was asked for, in the browser that asked. Raises LinkUnknown, LinkExpired, LinkUsed."""

    def asked_here(recovery: Recovery) -> bool:
        return bool(recovery.browser_digest) and secrets.matches(browser_key, recovery.browser_digest)

    return _read(ctx, config, recovery_id, asked_here)


def _read(ctx: Context, config: AuthenticatorConfig, recovery_id: str, fits: Callable[[Recovery], bool]) -> Recovery:
    try:
        recovery = _find(config, recovery_id)
        if not fits(recovery):
            raise LinkUnknown("this link is not complete")
        return _still_open(ctx, recovery)
    except (LinkUnknown, LinkExpired, LinkUsed) as refusal:
        record(ctx, EventType.OTP_CHALLENGE, config.realm, outcome=refusal.event_outcome, action="OPEN_RECOVERY_LINK")
        raise


def _find(config: AuthenticatorConfig, recovery_id: str) -> Recovery:
    rows = Recovery.objects.select_related("identity", "realm__tenant", "application__authenticator_config")
    found = rows.filter(
        pk=ids.parse_uuid(recovery_id), realm_id=config.realm_id, application__authenticator_config=config
    ).first()
    if found is None or found.identity is None or not is_open(config):
        raise LinkUnknown("this link is not complete")
    return found


def _still_open(ctx: Context, recovery: Recovery) -> Recovery:
    if recovery.confirmed_at is not None:
        raise LinkUsed("this link was used before")
    if recovery.expires_at <= ctx.now:
        raise LinkExpired("this link is too old")
    return recovery


def send_code(ctx: Context, recovery: Recovery, browser_key: str) -> Sent:
    """The code goes to the address of record, and from now on the recovery belongs to this browser. Raises RateLimited."""
    identity = person_of(recovery)
    address = identity.primary_email_address
    known = identity.is_active and bool(address)
    with attempt(
        ctx.in_flow(recovery.correlation_id), EventType.OTP_CHALLENGE, recovery.realm, action="ISSUE"
    ) as event:
        event.data["for"] = ABOUT
        addressee = Addressee(address, identity) if known else Addressee(address, reason="identity_suspended")
        sent = one_time_codes.send(event, ctx, recovery, recovery.realm, addressee)
        Recovery.objects.filter(pk=recovery.pk).update(browser_digest=secrets.digest(browser_key), updated_at=ctx.now)
    return sent


def confirm(ctx: Context, recovery: Recovery, code: object) -> JobWithLink:
    """The right code, once: a job that binds a new passkey in this browser. The policy is asked when it is bound, with
    `binding.reason` recovery. Raises RateLimited, CodeRefused, CodeOver, LinkUsed."""
    wrong_codes.require_left(ctx, recovery.realm)
    sent = kept.latest_code(recovery)
    counted = sent is not None and kept.take_try(sent)
    identity, config = person_of(recovery), recovery.application.authenticator_config
    ctx = ctx.in_flow(recovery.correlation_id)
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, recovery.realm, action="CREATE") as event:
        event.target(identity)
        event.data["binding_reason"] = BindingReason.RECOVERY.value
        proven = one_time_codes.prove(event, ctx, recovery.realm, sent if counted else None, code)
        event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
        if names.comparison_key(proven.address) != identity.email_key:  # whoever reads there is nobody any more
            raise CodeOver()
        if not identity.is_active or config is None:
            raise CodeOver()
        _claim(recovery)
        return _begin_binding(event, event.ctx, recovery, config)


def _begin_binding(event: Draft, ctx: Context, recovery: Recovery, config: AuthenticatorConfig) -> JobWithLink:
    identity = person_of(recovery)
    made = jobs.insert_job(
        ctx,
        identity,
        delivery_method=DeliveryMethod.RETURN,
        authenticator_config=config,
        expires_after=BINDING_LIFE,
        reason=BindingReason.RECOVERY,
    )
    event.target(made.job, identity.display_name)
    event.changed("state", None, made.job.state)
    return made


def _claim(recovery: Recovery) -> None:
    waiting = Recovery.objects.filter(pk=recovery.pk, confirmed_at=None, expires_at__gt=Now())
    if waiting.update(confirmed_at=Now()) != 1:
        raise LinkUsed("this link was used before")


def person_of(recovery: Recovery) -> Identity:
    if recovery.identity is None:
        raise LinkUnknown("this link is not complete")
    return recovery.identity
