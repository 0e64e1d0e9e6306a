"""Adding a device (contract/extensions.md §5): both directions, and whoever would like to be let in without being asked."""

from datetime import timedelta
from typing import Any

import pytest

from apps.authentication import addition_codes, arriving_devices, device_additions, device_approvals
from apps.authentication.device_additions import AdditionOver, CodeUnknown, SignedOut
from apps.authentication.models import AdditionState, ArrivingDevice, DeviceAddition
from apps.authentication.services import sessions
from apps.authenticators import services as authenticators
from apps.core import secrets
from apps.core.errors import NotFound, Refusal
from apps.credentials import invoke
from apps.credentials.models import CredentialBindingJob
from apps.credentials.selectors import LinkUnknown
from apps.credentials.services import passkeys
from apps.credentials.services.jobs import JobWithLink
from apps.credentials.services.passkeys import ProofRefused
from apps.directory.services import identities
from apps.events.types import EventType
from apps.onboarding import seeds
from apps.policy.services import PolicyDenied
from tests import additions, ceremonies, record
from tests.additions import BROWSER, PHONE, Person, arrived, claimed, phone, rule, shown
from tests.authenticator import SoftPasskey
from tests.software_key import SoftwareKey
from tests.world import World

pytestmark = pytest.mark.django_db

BOTH = [{"type": "webauthn_passkey", "device_bound": "any"}, {"type": "software_passkey"}]


@pytest.fixture
def bob(world: World) -> Person:
    additions.let_devices_in(world)
    return Person.of(world)


def fetch(world: World, addition: DeviceAddition) -> JobWithLink:
    """The new device fetches what was approved."""
    found = arriving_devices.begin_binding(phone(world), addition, onward_url="http://localhost:8000/me")
    return JobWithLink(CredentialBindingJob.objects.get(reason="additional"), found)


def steps(world: World, addition: DeviceAddition) -> list[tuple[str, str]]:
    told = record.events(world.realm, EventType.DEVICE_ADD, correlation_id=addition.correlation_id)
    return [(event.data["action"], event.outcome) for event in told]


def test_the_new_device_types_the_code_and_ends_with_a_passkey_of_its_own(world: World, bob: Person) -> None:
    addition, _ = claimed(world, bob)
    bob.approve(addition)
    job = fetch(world, addition)
    ceremonies.bind(phone(world), job, SoftPasskey())
    addition.refresh_from_db()
    assert addition.state == AdditionState.COMPLETE
    assert world.bob.credentials.count() == 2
    assert steps(world, addition) == [
        ("BEGIN", "SUCCESS"), ("CLAIM", "SUCCESS"), ("APPROVE", "ALLOW"), ("BIND", "SUCCESS"), ("COMPLETE", "SUCCESS"),
    ]  # fmt: skip
    assert record.last(world.realm, EventType.CREDENTIAL_CHANGE).correlation_id == addition.correlation_id


def test_the_old_device_types_the_code_and_sees_what_it_lets_in(world: World, bob: Person) -> None:
    addition, arrival = bob.begin(world), arrived(world)
    device_additions.enter_code(bob.ctx, addition, f" {shown(arrival).lower().replace('-', ' ')} ")
    addition.refresh_from_db()
    assert (addition.state, addition.arrival_id) == (AdditionState.CLAIMED, arrival.pk)
    told = record.last(world.realm, EventType.DEVICE_ADD).data["personal"]["new_device"]
    assert (told["ip"], told["user_agent"]) == (PHONE.ip, PHONE.user_agent)
    bob.approve(addition)
    ceremonies.bind(phone(world), fetch(world, addition), SoftPasskey())


def test_the_policy_is_asked_on_both_sides(world: World, bob: Person) -> None:
    addition, _ = claimed(world, bob)
    bob.approve(addition)
    asked = record.last(world.realm, EventType.POLICY_EVALUATION).data["input"]
    assert (asked["type"], asked["attributes"]["add_device.role"]) == ("add_device", "source")
    ceremonies.bind(phone(world), fetch(world, addition), SoftPasskey())
    asked = record.last(world.realm, EventType.POLICY_EVALUATION).data["input"]
    attributes = asked["attributes"]
    assert asked["type"] == "credential_binding"
    assert (attributes["binding.reason"], attributes["add_device.role"]) == ("additional", "target")


def test_a_realm_that_says_nothing_of_devices_adds_none(world: World) -> None:
    bob = Person.of(world)
    addition, _ = claimed(world, bob)
    with pytest.raises(PolicyDenied):
        bob.approve(addition)
    addition.refresh_from_db()
    assert addition.state == AdditionState.CLAIMED
    with pytest.raises(AdditionOver):
        fetch(world, addition)


def test_the_target_may_be_denied_after_the_source_was_allowed(world: World, bob: Person) -> None:
    addition, _ = claimed(world, bob)
    target = {"attribute": "add_device.role", "operator": "in", "value": ["target"]}
    denial = rule("credential_binding", "deny", "not on new devices", target)
    additions.publish(world, world.realm, denial, rule("add_device", "allow"))
    bob.approve(addition)
    with pytest.raises(PolicyDenied, match="not on new devices"):
        ceremonies.bind(phone(world), fetch(world, addition), SoftPasskey())
    assert world.bob.credentials.count() == 1


def test_a_code_is_good_for_a_minute_and_then_another_one_is(world: World, bob: Person) -> None:
    addition, arrival = bob.begin(world), arrived(world)
    first = shown(addition)
    DeviceAddition.objects.update(code_expires_at=world.ctx.now - timedelta(seconds=1))
    with pytest.raises(CodeUnknown):
        arriving_devices.enter_code(phone(world), arrival, first)
    device_additions.renew_code(bob.ctx, addition)
    assert shown(addition) != first
    with pytest.raises(CodeUnknown):
        arriving_devices.enter_code(phone(world), arrival, first)
    arriving_devices.enter_code(phone(world), arrival, shown(addition))


def test_the_fifth_wrong_code_ends_it_on_either_side(world: World, bob: Person) -> None:
    addition, arrival = bob.begin(world), arrived(world)
    for _ in range(5):
        with pytest.raises(CodeUnknown):
            device_additions.enter_code(bob.ctx, addition, "222-222-222")
        with pytest.raises(CodeUnknown):
            arriving_devices.enter_code(phone(world), arrival, "333-333-333")
    addition.refresh_from_db()
    assert addition.state == AdditionState.TRIED_TOO_OFTEN
    other = arrived(world, "another browser")
    with pytest.raises(AdditionOver):
        device_additions.enter_code(bob.ctx, addition, shown(other))
    fresh = bob.begin(world)
    with pytest.raises(AdditionOver):
        arriving_devices.enter_code(phone(world), arrival, shown(fresh))
    assert ("CLAIM", "CODE_UNKNOWN") in steps(world, addition)


@pytest.mark.parametrize("typed", ["", "0", "OIL-OIL-OIL", "ABC\x00DEF", "a" * 5000, "🔑" * 9, "222222222 OR 1=1"])
def test_what_is_no_code_is_a_wrong_one(world: World, bob: Person, typed: str) -> None:
    addition, arrival = bob.begin(world), arrived(world)
    with pytest.raises(CodeUnknown):
        device_additions.enter_code(bob.ctx, addition, typed)
    with pytest.raises(CodeUnknown):
        arriving_devices.enter_code(phone(world), arrival, typed)


def test_a_code_opens_one_side_alone_and_once(world: World, bob: Person) -> None:
    """Neither two old devices nor two new ones can be tied together, and nobody takes what is taken."""
    addition, arrival = claimed(world, bob)
    for browser in ("second", "third"):
        late = arrived(world, browser)
        with pytest.raises(CodeUnknown):
            arriving_devices.enter_code(phone(world), late, shown(addition))
    again = bob.begin(world)
    with pytest.raises(CodeUnknown):
        device_additions.enter_code(bob.ctx, again, shown(arrival))
    with pytest.raises(CodeUnknown):
        device_additions.enter_code(bob.ctx, again, shown(again))


def test_the_approval_is_a_proof_over_this_very_addition(world: World, bob: Person) -> None:
    addition, _ = claimed(world, bob)
    asked = addition.nonce
    refusals: list[dict[str, Any]] = [
        {"nonce": secrets.new_token()}, {"user_verified": False}, {"origin_told": "https://evil.test"},
        {"type": "webauthn.create"}, {"tamper": "signature"}, {"passkey": SoftPasskey()},
    ]  # fmt: skip
    for lies in refusals:
        with pytest.raises(ProofRefused):
            bob.approve(addition, **lies)
    assert addition.nonce != asked, "what was answered wrongly is never asked again"
    with pytest.raises(ProofRefused):
        bob.approve(addition, nonce=asked)
    assert addition.state == AdditionState.CLAIMED
    bob.approve(addition)


def test_a_software_passkey_approves_with_a_certificate_of_its_own(world: World, bob: Person) -> None:
    """Made for this addition at this address, and for nothing else."""
    key = SoftwareKey()
    subject = f"CN={world.bob.pk}, OU={world.realm.pk}, O={world.acme.tenant.pk}"
    config = authenticators.create_authenticator_config(
        world.request, world.realm, display_name="Both", config=seeds.HOSTED_PASSKEYS | {"authentication_methods": BOTH}
    )
    invitation = ceremonies.invite(world, world.bob, config)
    token = ceremonies.token_of(invitation.link)
    made = key.certificate(subject, invoke.bind_url(invitation.job), invitation.job.pk, token)
    passkeys.bind_passkey(world.visitor, invitation.job, token, passkeys.BindProof("X509", made))
    addition = device_additions.begin(bob.ctx, bob.session, config)
    arriving_devices.enter_code(phone(world), arrived(world), shown(addition))
    addition = device_additions.get_addition(bob.ctx, bob.session, addition.pk)

    def approve(audience: str = additions.AUDIENCE, transaction: str = str(addition.pk), **lies: Any) -> None:
        proof = key.certificate(subject, audience, transaction, lies.pop("nonce", addition.nonce), **lies)
        told = {"type": "X509", "certificate": proof}
        device_approvals.approve(bob.ctx, addition, told, audience=additions.AUDIENCE)

    for lies in ({"audience": "https://evil.test"}, {"transaction": "another"}, {"nonce": "spent"}):
        with pytest.raises(ProofRefused):
            approve(**lies)
    approve()
    assert addition.state == AdditionState.APPROVED


def test_an_approval_is_not_replayed_and_not_carried_over(world: World, bob: Person) -> None:
    addition, _ = claimed(world, bob)
    spent = addition.nonce
    bob.approve(addition)
    with pytest.raises(ProofRefused):
        bob.approve(addition, nonce=spent)
    second, _ = claimed(world, bob, "another browser")
    with pytest.raises(ProofRefused):
        bob.approve(second, nonce=spent)
    with pytest.raises(AdditionOver):
        bob.approve(addition)


def test_nobody_approves_with_somebody_elses_passkey(world: World, bob: Person) -> None:
    carols = ceremonies.give_passkey(world, world.acme.customers.carol)
    foreign = ceremonies.give_passkey(world, world.evil.customers.bob)
    addition, _ = claimed(world, bob)
    for passkey in (carols, foreign):
        with pytest.raises(ProofRefused):
            bob.approve(addition, passkey)


def test_only_the_session_that_began_it_sees_it(world: World, bob: Person) -> None:
    addition = bob.begin(world)
    other = Person.of(world, world.acme.customers.carol)
    evil = Person.of(world, world.evil.customers.bob)
    for person in (other, evil):
        assert device_additions.latest_of(person.ctx, person.session) is None
        with pytest.raises(NotFound):
            device_additions.get_addition(person.ctx, person.session, addition.pk)
    with pytest.raises(NotFound):
        device_additions.begin(bob.ctx, bob.session, world.evil.customers.config)
    with pytest.raises(CodeUnknown):
        device_additions.enter_code(evil.ctx, evil.begin(world), shown(addition))


@pytest.mark.parametrize("ends", ["sign out", "everywhere", "revoke", "suspend"])
def test_who_is_signed_out_lets_nobody_in(world: World, bob: Person, ends: str) -> None:
    approved, _ = claimed(world, bob)
    bob.approve(approved)
    match ends:
        case "sign out":
            sessions.sign_out(world.request, bob.session)
        case "everywhere":
            sessions.sign_out_everywhere(world.request, world.bob)
        case "revoke":
            passkeys.revoke_credential(world.request, world.bob.credentials.get())
        case "suspend":
            identities.suspend_identity(world.request, world.bob)
    with pytest.raises(AdditionOver):
        fetch(world, device_additions.get_addition(bob.ctx, bob.session, approved.pk))
    with pytest.raises(SignedOut):
        bob.begin(world)
    assert not CredentialBindingJob.objects.filter(reason="additional").exists()


def test_the_job_is_fetched_once_and_for_the_browser_that_was_looked_at(world: World, bob: Person) -> None:
    addition, _ = claimed(world, bob)
    bob.approve(addition)
    job = fetch(world, addition).job
    with pytest.raises(AdditionOver):
        fetch(world, addition)
    arriving_devices.require_same_browser(job, BROWSER)
    for browser in ("", "another browser"):
        with pytest.raises(LinkUnknown):
            arriving_devices.require_same_browser(job, browser)


@pytest.mark.parametrize("side", ["old", "new"])
def test_either_side_gives_up_and_the_link_dies_with_it(world: World, bob: Person, side: str) -> None:
    addition, arrival = claimed(world, bob)
    bob.approve(addition)
    job = fetch(world, addition)
    addition = device_additions.get_addition(bob.ctx, bob.session, addition.pk)
    if side == "old":
        device_additions.cancel(bob.ctx, addition)
    else:
        arriving_devices.leave(phone(world), arrival)
    with pytest.raises(Refusal):
        ceremonies.bind(phone(world), job, SoftPasskey())
    assert world.bob.credentials.count() == 1
    addition.refresh_from_db()
    assert addition.state == AdditionState.CANCELLED


def test_what_was_refused_or_left_lying_is_over(world: World, bob: Person) -> None:
    denied, _ = claimed(world, bob)
    device_additions.deny(bob.ctx, denied)
    assert steps(world, denied)[-1] == ("DENY", "DENY")
    with pytest.raises(AdditionOver):
        bob.approve(denied)
    old, _ = claimed(world, bob, "another browser")
    DeviceAddition.objects.filter(pk=old.pk).update(expires_at=world.ctx.now - timedelta(seconds=1))
    old.refresh_from_db()
    assert device_additions.state_of(bob.ctx, old) == "EXPIRED"
    with pytest.raises(AdditionOver):
        bob.approve(old)


def test_a_new_beginning_ends_the_last_one(world: World, bob: Person) -> None:
    first = bob.begin(world)
    second = bob.begin(world)
    first.refresh_from_db()
    assert first.state == AdditionState.CANCELLED
    found = device_additions.latest_of(bob.ctx, bob.session)
    assert found is not None
    assert found.pk == second.pk


def test_no_code_lies_in_the_database(world: World, bob: Person) -> None:
    addition, arrival = bob.begin(world), arrived(world)
    for row in (addition, arrival):
        code = device_additions.code_of(row)
        stored = " ".join(str(value) for value in type(row).objects.values().get(pk=row.pk).values())
        assert code not in stored
        assert secrets.digest(code) not in stored, "44 bits are searched through in no time"
        assert secrets.digest(addition_codes.shown(code)) not in stored


def test_codes_use_the_whole_alphabet_and_nothing_else() -> None:
    codes = {addition_codes.code_of("x", number) for number in range(2000)}
    assert len(codes) == 2000
    assert {character for code in codes for character in code} == set(addition_codes.ALPHABET)
    assert all(len(code) == 9 and addition_codes.plain(addition_codes.shown(code)) == code for code in codes)


def test_maintenance_forgets_what_is_long_over(world: World, bob: Person) -> None:
    claimed(world, bob)
    assert device_additions.forget(world.at(timedelta(hours=1))) == 0
    assert device_additions.forget(world.at(timedelta(days=2))) == 2
    assert not DeviceAddition.objects.exists()
    assert not ArrivingDevice.objects.exists()
