"""Somebody deletes what somebody else is building on: one of the two is refused, and neither ever breaks."""

import pytest

from apps.applications.services import applications
from apps.authenticators import selectors as authenticators
from apps.authenticators import services as authenticator_verbs
from apps.core.errors import Conflict, Denied, Gone, NotFound
from apps.directory import selectors as directory
from apps.directory.models import GroupMembership, Identity
from apps.directory.services import groups, identities
from apps.realms import selectors as realms
from apps.realms import services as realm_verbs
from tests import ceremonies
from tests.authenticator import SoftPasskey
from tests.domain.test_races import fresh
from tests.racing import race
from tests.world import join, web

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(3)
EXPECTED = (Conflict, NotFound, Denied, Gone)


def refused_in_order(finish):
    assert finish.won
    assert all(isinstance(refusal, EXPECTED) for refusal in finish.refused), finish.refused


@pytest.mark.parametrize("_", ROUNDS)
def test_a_group_is_deleted_while_people_join_it(world, _):
    group = groups.create_group(world.ctx, world.realm, display_name="Short-lived")
    people = [world.bob.pk, world.acme.customers.carol.pk]
    finish = race(
        lambda: groups.delete_group(world.request, directory.get_group(world.realm, group.pk)),
        *[lambda: groups.add_members(world.request, directory.get_group(world.realm, group.pk), people)] * 3,
    )
    refused_in_order(finish)
    gone = not directory.groups_in(world.realm).filter(pk=group.pk).exists()
    assert gone is not GroupMembership.objects.filter(group_id=group.pk).exists()


@pytest.mark.parametrize("_", ROUNDS)
def test_a_person_is_deleted_while_everything_happens_to_them(world, _):
    passkey = ceremonies.give_passkey(world, world.bob)
    flow = ceremonies.begin(world.visitor, ceremonies.client_of(world))
    invitation = ceremonies.invite(world, world.bob)
    bob = world.bob.pk
    finish = race(
        lambda: identities.delete_identity(world.request, directory.get_identity(world.realm, bob)),
        lambda: groups.add_members(world.request, world.acme.customers.contractors, [bob]),
        lambda: ceremonies.invite(world, directory.get_identity(world.realm, bob)),
        lambda: ceremonies.bind(world.visitor, invitation, SoftPasskey()),
        lambda: ceremonies.prove(world.visitor, fresh(flow), passkey),
    )
    refused_in_order(finish)
    assert not Identity.objects.filter(pk=bob).exists()


@pytest.mark.parametrize("_", ROUNDS)
def test_a_realm_is_deleted_while_people_join_it(world, _):
    realm = world.acme.opened.first_realm
    found = realms.get_realm(world.acme.tenant.pk, realm.pk)
    finish = race(
        lambda: realm_verbs.delete_realm(world.request, found, world.acme.admin_realm),
        lambda: join(world.request, realm, "nina", "Nina New", "acme.test"),
        lambda: groups.create_group(world.request, realm, display_name="Early birds"),
    )
    refused_in_order(finish)
    left = realms.realms_in(world.acme.tenant.pk).filter(pk=realm.pk).exists()
    assert left is Identity.objects.filter(realm_id=realm.pk).exists() or left


@pytest.mark.parametrize("_", ROUNDS)
def test_an_authenticator_is_deleted_while_an_application_takes_it(world, _):
    config = authenticator_verbs.create_authenticator_config(
        world.ctx, world.realm, display_name="Short-lived", config={"type": "hosted_web"}
    )

    def take():
        found = authenticators.get_authenticator_config(world.realm, config.pk)
        return applications.create_application(
            world.request, world.realm, display_name="Taker", protocol_config=web(), authenticator_config=found
        )

    def delete():
        found = authenticators.get_authenticator_config(world.realm, config.pk)
        return authenticator_verbs.delete_authenticator_config(world.request, found)

    refused_in_order(race(delete, take, take))
