"""An installation that nobody uses yet: where its front door leads, and its first tenant by the command."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ("manage.py", "create_tenant", "--name", "Acme", "--admin-email", "ada@acme.test", "--wait", "0")


def test_the_front_door_of_an_empty_installation_opens_the_first_tenant(client: Client, db: None) -> None:
    assert client.get("/")["Location"] == "/signup"


def test_with_a_tenant_it_leads_to_the_console(client: Client, world: World) -> None:
    assert client.get("/")["Location"] == "/console/"


@pytest.mark.parametrize("is_held", [False, True])
def test_without_tables_the_command_says_what_to_do_in_one_line(tmp_path: Path, is_held: bool) -> None:
    """`is_held`: as by the very first migration, before it is done."""
    held = sqlite3.connect(tmp_path / "identity_cloud.sqlite3", isolation_level=None)
    held.execute("PRAGMA journal_mode=WAL")
    held.execute("BEGIN IMMEDIATE" if is_held else "SELECT 1")
    own = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in own}
    done = subprocess.run(
        [sys.executable, *COMMAND],
        cwd=ROOT,
        env={**env, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    held.close()
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "manage.py migrate" in done.stderr
