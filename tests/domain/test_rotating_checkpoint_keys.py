"""Keys of checkpoints are replaced, and what the old ones signed stays good (contract/extensions.md §7)."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.directory.services import groups
from apps.events import exporting, keys, sealing
from apps.events.filtering import EventFilter
from apps.events.models import Checkpoint
from apps.events.types import EventType
from tests import record
from tests.world import World

pytestmark = pytest.mark.django_db


def test_an_export_holds_across_a_rotation(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tenant = world.acme.tenant.pk
    first = sealing.up_to_now(world.realm.pk)
    others = keys.current_kid(world.evil.tenant.pk)
    call_command("rotate_checkpoint_keys", "--tenant", tenant)
    groups.create_group(world.ctx, world.realm, display_name="Riders")
    last = sealing.up_to_now(world.realm.pk)
    assert first is not None
    assert last is not None
    assert f"{tenant} {last.kid}" in capsys.readouterr().out
    assert first.kid != last.kid
    assert keys.current_kid(world.evil.tenant.pk) == others, "another tenant's stays"
    told = record.last(world.acme.admin_realm, EventType.SIGNING_KEY_CHANGE)
    assert told.data == {"action": "ROTATE_CHECKPOINT_KEY", "changes": {"checkpoint_kid": [first.kid, last.kid]}}

    file, jwks = tmp_path / "events.ndjson", tmp_path / "jwks.json"
    file.write_bytes(b"".join(exporting.ndjson(world.realm, EventFilter())))
    jwks.write_text(json.dumps(keys.jwks(tenant)))
    call_command("verify_events", file, "--jwks", jwks)
    assert {each.kid for each in Checkpoint.objects.filter(realm_id=world.realm.pk)} == {first.kid, last.kid}

    for gone in (first.kid, last.kid):  # each of the two is needed
        jwks.write_text(json.dumps({"keys": [key for key in keys.jwks(tenant)["keys"] if key["kid"] != gone]}))
        with pytest.raises(CommandError, match="signature does not hold"):
            call_command("verify_events", file, "--jwks", jwks)


def test_every_tenant_or_one_that_is_there(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rotate_checkpoint_keys")
    assert len(capsys.readouterr().out.split("\n")) == 3
    with pytest.raises(CommandError, match="no tenant"):
        call_command("rotate_checkpoint_keys", "--tenant", "0001ffffffffffff")
