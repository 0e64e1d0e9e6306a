"""Where passkeys are kept: a file that its owner alone may read, or memory for as long as a load test runs."""

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from identity_cloud_authenticator.errors import KeysUnsafe
from identity_cloud_authenticator.passkey import Passkey

try:
    import fcntl
except ImportError:  # Windows: whoever shares a file between processes there locks it themselves
    fcntl = None  # type: ignore[assignment]

_FIELDS = ("tenant", "realm", "identity", "kind", "credential_id", "username")


class Keys(Protocol):
    def all(self) -> list[Passkey]: ...

    def keep(self, passkey: Passkey) -> None:
        """In place of one with the same key."""

    def forget(self, kid: str) -> None:
        """Forgetting what is not there is done already."""


class MemoryKeys:
    def __init__(self) -> None:
        self._kept: dict[str, Passkey] = {}

    def all(self) -> list[Passkey]:
        return list(self._kept.values())

    def keep(self, passkey: Passkey) -> None:
        self._kept[passkey.kid] = passkey

    def forget(self, kid: str) -> None:
        self._kept.pop(kid, None)


class KeyFile:
    """JSON with each key as PKCS #8, encrypted when there is a password. Mode 0600: a file that others may read is refused.

    Each change is written beside the file and put in its place, so that a crash leaves the old one whole.
    """

    def __init__(self, path: str | os.PathLike[str], password: bytes | None = None) -> None:
        self.path = Path(path)
        self._password = password

    def all(self) -> list[Passkey]:
        """Raises KeysUnsafe."""
        if not self.path.exists():
            return []
        mode = self.path.stat().st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeysUnsafe(f"{self.path} may be read by others; chmod 600 it")
        try:
            return [self._read(each) for each in json.loads(self.path.read_text())["passkeys"]]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise KeysUnsafe(f"{self.path} is not a file of passkeys, or has another password") from None

    def keep(self, passkey: Passkey) -> None:
        with self._alone():
            self._write([*(each for each in self.all() if each.kid != passkey.kid), passkey])

    def forget(self, kid: str) -> None:
        with self._alone():
            self._write([each for each in self.all() if each.kid != kid])

    def _read(self, kept: dict[str, Any]) -> Passkey:
        key = serialization.load_pem_private_key(kept["key"].encode(), self._password)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("not a key of a passkey")
        return Passkey(key, **{name: kept[name] for name in _FIELDS})

    def _write(self, passkeys: list[Passkey]) -> None:
        told = json.dumps({"passkeys": [self._shown(each) for each in passkeys]}, indent=1)
        handle, beside = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # made with mode 0600
        try:
            with os.fdopen(handle, "w") as file:
                file.write(told)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self.path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise

    def _shown(self, passkey: Passkey) -> dict[str, str]:
        password = self._password
        how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        pem = passkey.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
        return {**{name: getattr(passkey, name) for name in _FIELDS}, "key": pem.decode()}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two processes that each keep a passkey must not lose one of them."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
