"""How many people a realm has is exact after whatever happens to them, however it is known."""

import pytest
from django.db import transaction

from apps.directory import counting, traits
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.directory.services.identity_rows import Newcomer, UsernameTaken
from apps.directory.tasks import add_up_people

pytestmark = pytest.mark.django_db


def test_a_realm_has_as_many_people_as_came_and_did_not_go(world):
    def is_exact():
        for realm in (world.realm, world.acme.staff.realm, world.evil.customers.realm):
            assert counting.people_in(realm.pk) == Identity.objects.filter(realm=realm).count()

    def newcomers(count, mark):
        return [
            Newcomer("", traits.parse({"type": traits.TYPE, "username": f"{mark}{n}"}, creating=True))
            for n in range(count)
        ]

    is_exact()
    made = identities.create_identities(world.ctx, world.realm, newcomers(5, "together"))
    for newcomer in newcomers(120, "alone"):
        identities.create_identity(world.ctx, world.realm, display_name="", traits=newcomer.traits)
    is_exact()
    identities.delete_identities(world.ctx, world.realm, [each.pk for each in made[:2]])
    identities.delete_identity(world.ctx, made[2])
    with pytest.raises(UsernameTaken), transaction.atomic():
        identities.create_identities(world.ctx, world.realm, [*newcomers(3, "beside"), *newcomers(5, "together")])
    is_exact()
    add_up_people()
    is_exact()
    assert add_up_people() == 0
    assert counting.people_in("0" * 16) == 0
