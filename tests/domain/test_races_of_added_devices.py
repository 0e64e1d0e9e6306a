"""Eight at once at one addition: one claims it, one approves it, one fetches its job, and five guesses are heard."""

from functools import partial

import pytest

from apps.authentication import arriving_devices, device_additions
from apps.authentication.models import AdditionState, DeviceAddition
from apps.credentials.models import CredentialBindingJob
from tests import additions
from tests.additions import Person, arrived, claimed, phone, shown
from tests.racing import race
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob(world: World) -> Person:
    additions.let_devices_in(world)
    return Person.of(world)


def test_one_of_many_devices_that_type_the_code_is_the_one(world: World, bob: Person) -> None:
    addition = bob.begin(world)
    code = shown(addition)
    devices = [arrived(world, f"browser {number}") for number in range(6)]
    finish = race(*(partial(arriving_devices.enter_code, phone(world), each, code) for each in devices))
    assert len(finish.won) == 1
    addition.refresh_from_db()
    assert addition.state == AdditionState.CLAIMED
    assert sum(each.claimed_at is not None for each in map(_read, devices)) == 1


def _read(row: object) -> object:
    row.refresh_from_db()  # type: ignore[attr-defined]
    return row


def test_of_many_guesses_at_once_five_are_heard(world: World, bob: Person) -> None:
    addition, arrival = bob.begin(world), arrived(world)
    guesses = [partial(device_additions.enter_code, bob.ctx, addition, f"222-222-22{digit}") for digit in "23456789"]
    finish = race(*guesses)
    assert sorted(refusal.code for refusal in finish.refused) == ["addition_over"] * 3 + ["code_unknown"] * 5
    addition.refresh_from_db()
    assert addition.state == AdditionState.TRIED_TOO_OFTEN
    late = race(partial(device_additions.enter_code, bob.ctx, addition, shown(arrival)))
    assert not late.won


def test_one_proof_approves_once_and_one_browser_fetches_once(world: World, bob: Person) -> None:
    addition, _ = claimed(world, bob)
    nonce = addition.nonce

    def approve() -> None:
        mine = device_additions.get_addition(bob.ctx, bob.session, addition.pk)
        bob.approve(mine, nonce=nonce)

    assert len(race(approve, times=5).won) == 1
    fetched = race(
        lambda: arriving_devices.begin_binding(
            phone(world), device_additions.rows().get(pk=addition.pk), onward_url="http://localhost:8000/me"
        ),
        times=5,
    )
    assert len(fetched.won) == 1
    assert CredentialBindingJob.objects.filter(reason="additional").count() == 1


def test_giving_up_and_approving_at_once_end_in_one_of_them(world: World, bob: Person) -> None:
    addition, arrival = claimed(world, bob)

    def approve() -> None:
        bob.approve(device_additions.get_addition(bob.ctx, bob.session, addition.pk))

    race(approve, partial(arriving_devices.leave, phone(world), arrival), approve)
    stands = DeviceAddition.objects.get(pk=addition.pk).state
    assert stands in (AdditionState.CANCELLED, AdditionState.APPROVED)
