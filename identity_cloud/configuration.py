"""Reads the environment into checked values. Pure but for the two secret files it keeps in embedded mode.

Embedded mode means: no DATABASE_URL. One SQLite file, secrets made on first start, mail shown at /dev/mailbox.
Anything else is production and must bring its own secrets and https issuers; unsafe values refuse to start.
"""

import os
import re
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ImproperlyConfigured

from identity_cloud import checked


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
        checked.make_private(data_dir)
    default_url = f"http://localhost:{checked.port()}"
    return Configuration(
        embedded=embedded,
        debug=_debug(env, embedded),
        data_dir=data_dir,
        secret_key=checked.secret("SECRET_KEY", data_dir, embedded),
        key_encryption_keys=checked.key_encryption_keys(data_dir, embedded),
        api_url=checked.origin("IDENTITY_CLOUD_API_URL", default_url, embedded),
        auth_url=checked.origin("IDENTITY_CLOUD_AUTH_URL", default_url, embedded),
        console_url=checked.origin("IDENTITY_CLOUD_CONSOLE_URL", default_url, embedded),
        database=_database(env, data_dir, embedded),
        redis_url=_redis(),
        email=_email(env, data_dir, embedded),
        email_from=_email_from(),
        brand_name=os.environ.get("BRAND_NAME", "Identity Cloud"),
        trusted_proxies=checked.count("TRUSTED_PROXIES"),
        api_client_requests_per_minute=checked.count("API_CLIENT_REQUESTS_PER_MINUTE", 60_000),
        api_tenant_requests_per_minute=checked.count("API_TENANT_REQUESTS_PER_MINUTE", 120_000),
        outgoing_allow_private=env.bool("OUTGOING_ALLOW_PRIVATE", default=_debug(env, embedded)),
        event_stream_allow_private=env.bool("EVENT_STREAM_ALLOW_PRIVATE", default=_debug(env, embedded)),
        signing_key_rotation_days=checked.count("SIGNING_KEY_ROTATION_DAYS", 90),
        console_idle_minutes=checked.between("CONSOLE_IDLE_MINUTES", 30, 5, 720),
        console_session_hours=checked.between("CONSOLE_SESSION_HOURS", 12, 1, 12),
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


def _debug(env: environ.Env, embedded: bool) -> bool:
    debug = env.bool("DEBUG", default=False)
    if debug and not embedded:
        raise ImproperlyConfigured("DEBUG must not be on with DATABASE_URL set: it shows secrets on error pages")
    return debug


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
    options: dict = {"connect_timeout": 5}
    # Statements are prepared once a connection, so that the same one again is neither parsed nor planned anew.
    options |= {"server_side_binding": True, "prepare_threshold": 2}
    options["options"] = "-c statement_timeout=30000 -c lock_timeout=5000"
    # A connection for each thread, which are few, and for an hour: taking one of a pool is a twentieth of a client's token.
    return {
        **database,
        "ENGINE": "identity_cloud.postgresql",
        "CONN_MAX_AGE": 3600,
        "OPTIONS": {**database.get("OPTIONS", {}), **options},
    }


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
