"""A database with every table in it, made once for all who need one of their own: a file to copy, or PostgreSQL's template.

Making it is as much work for a processor as some hundred tests, and itself the proof that an installation begins from
nothing.
"""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

_MADE = os.environ.get("MIGRATED_DATABASE", "")
NAME = _MADE if os.environ.get("DATABASE_URL") else ""
FILE = "" if NAME else _MADE


def data_folder(path: Path) -> Path:
    """One that embedded mode has been started in before, when there is something to copy."""
    path.mkdir(mode=0o700, parents=True)
    if FILE:
        shutil.copyfile(FILE, path / "identity_cloud.sqlite3")
    return path


def create_database(url: str, name: str, template: str = "") -> str:
    """Beside the database at `url`. Its own URL."""
    words = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        words += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(url, autocommit=True) as administration:
        administration.execute(words)
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def drop_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as administration:
        administration.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
