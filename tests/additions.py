"""Two devices and a person: what they do while one lets the other in, through the product's verbs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.authentication import addition_codes, arriving_devices, device_additions, device_approvals, sessions
from apps.authentication.models import ArrivingDevice, DeviceAddition, Session
from apps.core import secrets
from apps.core.context import Client, Context
from apps.directory.models import Identity
from apps.policy import services as policy
from apps.realms.models import Realm
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.world import World

BROWSER = "the secret of the new device's cookie"
AUDIENCE = "https://auth.test/approve"
PHONE = Client(
    ip="198.51.100.4",
    user_agent="Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36",
)


def rule(transaction: str, action: str, message: str = "", condition: dict[str, Any] | None = None) -> dict[str, Any]:
    told = {"type": action, **({"message": message} if message else {})}
    return {
        "id": f"{action}-{transaction}",
        "name": action,
        "transaction": transaction,
        "condition": condition or {},
        "action": told,
    }


def publish(world: World, realm: Realm, *rules: dict[str, Any]) -> None:
    policy.save_draft(world.request, realm, list(rules))
    policy.publish_draft(world.request, realm)


def let_devices_in(world: World, realm: Realm | None = None) -> None:
    """The starter policy lets nobody add a device: here everybody may."""
    everything = [rule(kind, "allow") for kind in ("authentication", "credential_binding", "add_device")]
    publish(world, realm or world.realm, *everything)


@dataclass
class Person:
    """Somebody with a passkey, signed in on the device that has it."""

    ctx: Context
    session: Session
    passkey: SoftPasskey
    token: str

    @classmethod
    def of(cls, world: World, identity: Identity | None = None) -> "Person":
        identity = identity or world.bob
        place = next(
            place
            for company in (world.acme, world.evil)
            for place in (company.customers, company.staff)
            if place.realm.pk == identity.realm_id
        )
        passkey = ceremonies.give_passkey(world, identity)
        done = ceremonies.sign_in(world.visitor, ceremonies.client_of(world, place.application), passkey)
        session = sessions.find_session(world.visitor, place.realm.pk, done.session_token)
        assert session is not None
        return cls(world.visitor, session, passkey, done.session_token)

    def begin(self, world: World) -> DeviceAddition:
        config = ceremonies.config_of(world, self.session.identity)
        return device_additions.begin(self.ctx, self.session, config)

    def approve(self, addition: DeviceAddition, passkey: SoftPasskey | None = None, **lies: Any) -> None:
        challenge = secrets.from_base64url(lies.pop("nonce", "") or addition.nonce)
        proof = (passkey or self.passkey).get(challenge, origin=ceremonies.origin(), **lies)
        device_approvals.approve(self.ctx, addition, proof, audience=AUDIENCE)


def phone(world: World, *, later: timedelta = timedelta()) -> Context:
    visitor = world.visitor
    return Context(visitor.now + later, visitor.actor, PHONE, visitor.correlation_id)


def shown(row: DeviceAddition | ArrivingDevice) -> str:
    return addition_codes.shown(device_additions.code_of(row))


def arrived(world: World, browser: str = BROWSER) -> ArrivingDevice:
    return arriving_devices.arrive(phone(world), browser)


def claimed(world: World, person: Person, browser: str = BROWSER) -> tuple[DeviceAddition, ArrivingDevice]:
    """The new device typed the code of the old one."""
    addition, arrival = person.begin(world), arrived(world, browser)
    arriving_devices.enter_code(phone(world), arrival, shown(addition))
    return device_additions.get_addition(person.ctx, person.session, addition.pk), arrival
