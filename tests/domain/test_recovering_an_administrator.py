"""`manage.py recover_admin`: whoever has a shell on the server lets one administrator back in, and it is on the record."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.core.context import SYSTEM
from apps.credentials.services.jobs import JobWithLink
from apps.directory.models import Identity
from apps.events.types import EventType
from apps.policy import selectors
from apps.policy import services as policy
from tests import ceremonies, record
from tests.authenticator import SoftPasskey
from tests.world import World

pytestmark = pytest.mark.django_db

DENY = {"id": "shut", "transaction": "any", "condition": {}, "action": {"type": "deny"}}


def recover(world: World, admin: str, *flags: str, tenant: str = "") -> str:
    out = StringIO()
    call_command("recover_admin", "--tenant", tenant or world.acme.tenant.pk, "--admin", admin, *flags, stdout=out)
    return out.getvalue()


@pytest.fixture
def shut(world: World) -> None:
    """The admin realm lets nobody in."""
    policy.publish_at_once(world.ctx, world.acme.admin_realm, [DENY], comment="Oh no")


@pytest.mark.usefixtures("shut")
def test_the_person_named_gets_a_link_and_signs_in_again(world: World) -> None:
    passkey = SoftPasskey()
    told = recover(world, world.ada.username, "--replace-admin-policy")
    link = next(line.strip() for line in told.splitlines() if line.strip().startswith("http"))
    job = world.ada.binding_jobs.latest("created_at")
    assert ceremonies.bind(world.visitor, JobWithLink(job, link), passkey).is_active
    assert ceremonies.tokens_for(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)["id_token"]
    changed = record.last(world.acme.admin_realm, EventType.POLICY_CHANGE)
    assert (changed.data["action"], changed.actor_type, changed.data["changes"]["version"]) == (
        "RECOVER", SYSTEM.type, [2, 3],
    )  # fmt: skip
    assert selectors.get_version(world.acme.admin_realm, 2).rules == [DENY]


def test_without_the_flag_nothing_is_done(world: World) -> None:
    with pytest.raises(CommandError, match="--replace-admin-policy"):
        recover(world, world.ada.pk)
    assert selectors.published(world.acme.admin_realm).version == 1


@pytest.mark.usefixtures("shut")
def test_who_was_suspended_is_active_again(world: World) -> None:
    Identity.objects.filter(pk=world.ada.pk).update(status="suspended")
    recover(world, world.ada.pk, "--replace-admin-policy")
    world.ada.refresh_from_db()
    assert world.ada.is_active


@pytest.mark.parametrize("admin", ["nobody", "0" * 16])
def test_a_person_of_another_realm_or_of_none_changes_nothing(world: World, admin: str) -> None:
    for name in (admin, world.bob.pk, world.eve.pk):
        with pytest.raises(CommandError):
            recover(world, name, "--replace-admin-policy")
    with pytest.raises(CommandError):
        recover(world, world.ada.pk, "--replace-admin-policy", tenant="0001000000000000")
    assert selectors.published(world.acme.admin_realm).version == 1
