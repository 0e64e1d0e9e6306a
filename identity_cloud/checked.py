"""One value of the environment at a time, checked; the two secrets that embedded mode makes are files. Each raises
ImproperlyConfigured with one line that names the setting."""

import base64
import binascii
import os
import secrets
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise ImproperlyConfigured(f"DATA_DIR {folder} cannot be used: {problem.strerror}") from None


def port() -> int:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"PORT must be a number from 1 to 65535, not {port!r}")
    return int(port)


def count(name: str, default: int = 0) -> int:
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def between(name: str, default: int, least: int, most: int) -> int:
    value = count(name, default)
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be from {least} to {most}, not {value}")
    return value


def secret(name: str, data_dir: Path, embedded: bool) -> str:
    value = os.environ.get(name, "")
    if value:
        if len(value) < 32 or len(set(value)) < 8:
            raise ImproperlyConfigured(f"{name} is too weak: give at least 32 random characters")
        return value
    if not embedded:
        raise ImproperlyConfigured(f"{name} is missing: it is required with DATABASE_URL set")
    return _kept(data_dir / "secrets" / name.lower(), lambda: secrets.token_urlsafe(48))


def key_encryption_keys(data_dir: Path, embedded: bool) -> tuple[bytes, ...]:
    """The first key encrypts, the rest still decrypt (rotation). Each is base64 of 32 bytes, comma separated."""
    text = os.environ.get("KEY_ENCRYPTION_KEY", "")
    if not text:
        if not embedded:
            raise ImproperlyConfigured("KEY_ENCRYPTION_KEY is missing: give 32 random bytes in base64")
        path = data_dir / "secrets" / "key_encryption_key"
        text = _kept(path, lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    try:
        keys = tuple(base64.b64decode(part, validate=True) for part in text.split(","))
    except binascii.Error:
        keys = ()
    if not keys or any(len(key) != 32 for key in keys):
        raise ImproperlyConfigured("KEY_ENCRYPTION_KEY must be 32 bytes in base64 (openssl rand -base64 32)")
    return keys


def _kept(path: Path, make) -> str:
    """Reads the file, or writes it once with mode 0600; two processes starting at once agree on one value."""
    make_private(path.parent)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def origin(name: str, default: str, embedded: bool) -> str:
    value = (os.environ.get(name) or default).rstrip("/")
    parts = urlsplit(value)
    further = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or further or not _has_port(parts):
        raise ImproperlyConfigured(f"{name} must be scheme://host[:port], not {value!r}")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS and not embedded:
        raise ImproperlyConfigured(f"{name} must be https (http is for localhost only), not {value!r}")
    return value


def _has_port(parts: SplitResult) -> bool:
    """None is one too; ValueError is a number that no port has."""
    try:
        return parts.port != 0
    except ValueError:
        return False
