"""The world itself: what every other test takes for granted."""

import time

import pytest

from apps.realms import selectors as realms
from tests import ceremonies
from tests.world import World, build

pytestmark = pytest.mark.django_db


def test_bob_makes_a_passkey_and_signs_in(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    answer = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    assert ceremonies.payload_of(answer["id_token"])["sub"] == world.bob.pk


def test_ada_signs_in_to_the_console(world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    answer = ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)
    assert ceremonies.payload_of(answer["access_token"])["bi_r"] == "*"


def test_a_tenant_has_its_admin_realm_its_first_realm_and_two_more(world: World) -> None:
    names = {realm.display_name for realm in realms.realms_in(world.acme.tenant.pk)}
    assert names == {"Identity Cloud Admin Realm", "My First Realm", "Customers", "Staff"}


def test_the_world_is_built_in_less_than_a_second() -> None:
    started = time.process_time()
    build()
    assert time.process_time() - started < 1
