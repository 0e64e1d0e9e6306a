"""The device flow (RFC 8628), the client's half: it gets two codes, shows one and polls with the other.

The person's half, signing in and approving, is authentication.devices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from apps.applications import scopes
from apps.applications.models import Application, DeviceGrant
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Invalid
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.tokens import client_authentication, device_codes, token_options
from apps.tokens.issuer import offers_devices
from apps.tokens.parameters import Form
from apps.tokens.token_options import OptionRefused

LIFE_SECONDS = 600
INTERVAL_SECONDS = 5
_SCOPE_LENGTH = 2048


class DeviceRefused(Invalid):
    """RFC 8628 §3.2 leaves the errors to RFC 6749 §5.2; `code` is one of them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message=message)
        self.code = code


@dataclass(frozen=True, slots=True)
class DeviceCodes:
    """Both in clear, once; their digests are kept. `user_code` as people read it: XXXX-XXXX."""

    device_code: str
    user_code: str


def authorize_device(ctx: Context, application: Application, *, form: Form, headers: Mapping[str, str]) -> DeviceCodes:
    """A device authorization request (§3.1); the client proves itself as at the token endpoint. Raises ClientRefused,
    DeviceRefused."""
    client_authentication.prepare(application, form)
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm, action="DEVICE") as event:
        event.target(application)
        proof = client_authentication.authenticate_client(ctx, application, form=form, headers=headers)
        event.acting_as(Actor(ActorType.APPLICATION, str(application.pk), application.display_name))
        if proof.once:
            event.keep(proof.once.spend)
        if not offers_devices(application):
            raise DeviceRefused("unauthorized_client", "this client may not use the device flow")
        granted = _scopes(application, form.get("scope"))
        event.data["scope"] = " ".join(granted)
        codes = DeviceCodes(secrets.new_token(), device_codes.new_user_code())
        _insert(ctx, application, codes, granted, _resources(application, form))
    return codes


def forget(ctx: Context) -> int:
    """Maintenance only: reading checks the time itself."""
    forgotten, _ = DeviceGrant.objects.filter(expires__lt=ctx.now - timedelta(days=1)).delete()
    return forgotten


def _scopes(application: Application, asked: str) -> tuple[str, ...]:
    if len(asked) > _SCOPE_LENGTH or "\x00" in asked:
        raise DeviceRefused("invalid_scope", "the scope is too long or holds a NUL")
    openid = application.protocol == "oidc"
    granted = scopes.granted(asked.split(), allowed=application.allowed_scopes, of_roles=None, openid=openid)
    if asked.split() and not granted:
        raise DeviceRefused("invalid_scope", "none of the scopes may be asked for")
    return granted


def _resources(application: Application, form: Form) -> list[str]:
    try:
        return list(token_options.known_resources(application, form.resources))
    except OptionRefused as refused:
        raise DeviceRefused(refused.error, refused.description) from None


def _insert(
    ctx: Context, application: Application, codes: DeviceCodes, granted: tuple[str, ...], resources: list[str]
) -> None:
    device = DeviceGrant(
        tenant_id=application.tenant_id,
        realm_id=application.realm_id,
        application=application,
        client_id=application.client_id,
        device_code=secrets.digest(codes.device_code),
        user_code=secrets.digest(device_codes.plain(codes.user_code)),
        scope=" ".join(granted),
        resources=resources,
        interval=INTERVAL_SECONDS,
        expires=ctx.now + timedelta(seconds=LIFE_SECONDS),
        client_ip=ctx.client.ip[:45],
        client_user_agent=ctx.client.user_agent[:512],
        correlation_id=ctx.correlation_id,
    )
    DeviceGrant.objects.bulk_create([device])
