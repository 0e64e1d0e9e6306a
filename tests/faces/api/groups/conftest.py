"""A group of the realm, and the managed one."""

import pytest

from apps.directory.models import Group
from tests.world import World


@pytest.fixture
def contractors(world: World) -> str:
    """The path of the group that Carol alone is in."""
    return f"/groups/{world.acme.customers.contractors.pk}"


@pytest.fixture
def admins(world: World) -> Group:
    """The managed group that Ada alone is in."""
    return Group.objects.get(realm=world.acme.admin_realm)
