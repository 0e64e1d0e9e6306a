"""Reads the environment into checked values. Pure but for the two secret files it keeps in embedded mode.

Embedded mode means: no DATABASE_URL. One SQLite file, secrets made on first start, mail shown at /dev/mailbox.
Anything else is production and must bring its own secrets and https issuers; unsafe values refuse to start.
"""

import base64
import binascii
import os
import re
import secrets
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import environ
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ImproperlyConfigured

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Configuration:
    embedded: bool
    debug: bool
    data_dir: Path
    secret_key: str
    key_encryption_keys: tuple[bytes, ...]
    api_url: str
    auth_url: str
    console_url: str
    database: dict
    redis_url: str
    email: dict
    email_from: str
    brand_name: str
    trusted_proxies: int
    api_client_requests_per_minute: int
    api_tenant_requests_per_minute: int
    outgoing_allow_private: bool
    event_stream_allow_private: bool
    signing_key_rotation_days: int
    console_idle_minutes: int
    console_session_hours: int
    geoip_paths: tuple[Path, ...]
    attestation_roots: tuple[bytes, ...]
    metrics_token: str

    @property
    def hosts(self) -> list[str]:
        return sorted({urlsplit(url).hostname or "" for url in (self.api_url, self.auth_url, self.console_url)})

    @property
    def https(self) -> bool:
        return self.auth_url.startswith("https://")


def read(base_dir: Path) -> Configuration:
    """Raises ImproperlyConfigured with one line that names the setting."""
    env = environ.Env()
    embedded = not os.environ.get("DATABASE_URL")
    data_dir = Path(os.environ.get("DATA_DIR") or base_dir / "var").resolve()
    if embedded:
        _make_private(data_dir)
    default_url = f"http://localhost:{_port()}"
    return Configuration(
        embedded=embedded,
        debug=_debug(env, embedded),
        data_dir=data_dir,
        secret_key=_secret("SECRET_KEY", data_dir, embedded),
        key_encryption_keys=_key_encryption_keys(data_dir, embedded),
        api_url=_origin("IDENTITY_CLOUD_API_URL", default_url, embedded),
        auth_url=_origin("IDENTITY_CLOUD_AUTH_URL", default_url, embedded),
        console_url=_origin("IDENTITY_CLOUD_CONSOLE_URL", default_url, embedded),
        database=_database(env, data_dir, embedded),
        redis_url=_redis(),
        email=_email(env, data_dir, embedded),
        email_from=_email_from(),
        brand_name=os.environ.get("BRAND_NAME", "Identity Cloud"),
        trusted_proxies=_count("TRUSTED_PROXIES"),
        api_client_requests_per_minute=_count("API_CLIENT_REQUESTS_PER_MINUTE", 60_000),
        api_tenant_requests_per_minute=_count("API_TENANT_REQUESTS_PER_MINUTE", 120_000),
        outgoing_allow_private=env.bool("OUTGOING_ALLOW_PRIVATE", default=_debug(env, embedded)),
        event_stream_allow_private=env.bool("EVENT_STREAM_ALLOW_PRIVATE", default=_debug(env, embedded)),
        signing_key_rotation_days=_count("SIGNING_KEY_ROTATION_DAYS", 90),
        console_idle_minutes=_between("CONSOLE_IDLE_MINUTES", 30, 5, 720),
        console_session_hours=_between("CONSOLE_SESSION_HOURS", 12, 1, 12),
        geoip_paths=_geoip_paths(),
        attestation_roots=_attestation_roots(),
        metrics_token=_metrics_token(),
    )


def _geoip_paths() -> tuple[Path, ...]:
    """Files in MaxMind's format, comma separated: one may know places, another networks."""
    paths = tuple(Path(part.strip()) for part in os.environ.get("GEOIP_PATH", "").split(",") if part.strip())
    for path in paths:
        if not path.is_file() or not os.access(path, os.R_OK):
            raise ImproperlyConfigured(f"GEOIP_PATH {path} is no file that can be read")
    return paths


def _attestation_roots() -> tuple[bytes, ...]:
    """Every certificate in the folder's *.pem, each as PEM."""
    folder = os.environ.get("ATTESTATION_ROOTS", "")
    if not folder:
        return ()
    try:
        found = [x509.load_pem_x509_certificates(path.read_bytes()) for path in sorted(Path(folder).glob("*.pem"))]
    except (OSError, ValueError) as problem:
        raise ImproperlyConfigured(f"ATTESTATION_ROOTS {folder} cannot be read: {problem}") from None
    roots = tuple(each.public_bytes(Encoding.PEM) for file in found for each in file)
    if not roots:
        raise ImproperlyConfigured(f"ATTESTATION_ROOTS {folder} holds no certificate in a *.pem file")
    return roots


def _metrics_token() -> str:
    token = os.environ.get("METRICS_TOKEN", "")
    if token and (len(token) < 32 or len(set(token)) < 8 or not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token)):
        raise ImproperlyConfigured("METRICS_TOKEN must be at least 32 random characters: openssl rand -base64 48")
    return token


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise ImproperlyConfigured(f"DATA_DIR {folder} cannot be used: {problem.strerror}") from None


def _port() -> int:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"PORT must be a number from 1 to 65535, not {port!r}")
    return int(port)


def _count(name: str, default: int = 0) -> int:
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def _between(name: str, default: int, least: int, most: int) -> int:
    value = _count(name, default)
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be from {least} to {most}, not {value}")
    return value


def _debug(env: environ.Env, embedded: bool) -> bool:
    debug = env.bool("DEBUG", default=False)
    if debug and not embedded:
        raise ImproperlyConfigured("DEBUG must not be on with DATABASE_URL set: it shows secrets on error pages")
    return debug


def _secret(name: str, data_dir: Path, embedded: bool) -> str:
    value = os.environ.get(name, "")
    if value:
        if len(value) < 32 or len(set(value)) < 8:
            raise ImproperlyConfigured(f"{name} is too weak: give at least 32 random characters")
        return value
    if not embedded:
        raise ImproperlyConfigured(f"{name} is missing: it is required with DATABASE_URL set")
    return _kept(data_dir / "secrets" / name.lower(), lambda: secrets.token_urlsafe(48))


def _key_encryption_keys(data_dir: Path, embedded: bool) -> tuple[bytes, ...]:
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
    _make_private(path.parent)
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


def _origin(name: str, default: str, embedded: bool) -> str:
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


def _database(env: environ.Env, data_dir: Path, embedded: bool) -> dict:
    if embedded:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(data_dir / "identity_cloud.sqlite3"),
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # synchronous=FULL: an answered request survives a power cut. recursive_triggers: without it
                # REPLACE slips past the triggers that keep events immutable.
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
                "PRAGMA recursive_triggers=ON;PRAGMA mmap_size=134217728;PRAGMA cache_size=-16000;"
                "PRAGMA temp_store=MEMORY",
            },
        }
    if urlsplit(os.environ["DATABASE_URL"]).scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured("DATABASE_URL must be a postgresql:// URL; leave it out for embedded SQLite")
    try:
        database = env.db_url("DATABASE_URL")
    except (ValueError, KeyError, environ.ImproperlyConfigured):
        raise ImproperlyConfigured("DATABASE_URL cannot be read: postgresql://user:password@host/name") from None
    options = {"pool": {"min_size": 1, "max_size": 8, "timeout": 5}, "connect_timeout": 5}
    # Statements are prepared once a connection, so that the same one again is neither parsed nor planned anew.
    options |= {"server_side_binding": True, "prepare_threshold": 2}
    options["options"] = "-c statement_timeout=30000 -c lock_timeout=5000"
    return {**database, "CONN_MAX_AGE": 0, "OPTIONS": {**database.get("OPTIONS", {}), **options}}


def _redis() -> str:
    url = os.environ.get("REDIS_URL", "")
    if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://")
    return url


def _email_from() -> str:
    """EMAIL_FROM, or no-reply at the host people sign in at."""
    given = os.environ.get("EMAIL_FROM", "")
    if given:
        name, address = parseaddr(given)
        if "@" not in address or any(character in given for character in "\r\n"):
            raise ImproperlyConfigured("EMAIL_FROM must be an address, or Name <address>")
        return formataddr((name, address))
    host = urlsplit(os.environ.get("IDENTITY_CLOUD_AUTH_URL") or "http://localhost").hostname or "localhost"
    return formataddr((os.environ.get("BRAND_NAME", "Identity Cloud"), f"no-reply@{host}"))


def _email(env: environ.Env, data_dir: Path, embedded: bool) -> dict:
    if os.environ.get("EMAIL_URL"):
        try:
            email = env.email_url("EMAIL_URL")
        except (ValueError, KeyError, environ.ImproperlyConfigured):
            raise ImproperlyConfigured("EMAIL_URL cannot be read: smtp+tls://user:password@host:587") from None
        return {**email, "EMAIL_TIMEOUT": 10}
    if not embedded:
        raise ImproperlyConfigured("EMAIL_URL is missing: smtp+tls://user:password@host:587")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(data_dir / "mail"),
    }
