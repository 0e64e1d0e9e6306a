"""Django's settings, from the environment through `configuration`. One file, no per-stage copies."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from identity_cloud import configuration, schedule

BASE_DIR = Path(__file__).resolve().parent.parent
CONFIGURATION = configuration.read(BASE_DIR)

EMBEDDED = CONFIGURATION.embedded
DEBUG = CONFIGURATION.debug
DATA_DIR = CONFIGURATION.data_dir
SECRET_KEY = CONFIGURATION.secret_key
KEY_ENCRYPTION_KEYS = CONFIGURATION.key_encryption_keys
IDENTITY_CLOUD_API_URL = CONFIGURATION.api_url
IDENTITY_CLOUD_AUTH_URL = CONFIGURATION.auth_url
IDENTITY_CLOUD_CONSOLE_URL = CONFIGURATION.console_url
BRAND_NAME = CONFIGURATION.brand_name
TRUSTED_PROXIES = CONFIGURATION.trusted_proxies
API_CLIENT_REQUESTS_PER_MINUTE = CONFIGURATION.api_client_requests_per_minute
API_TENANT_REQUESTS_PER_MINUTE = CONFIGURATION.api_tenant_requests_per_minute
OUTGOING_ALLOW_PRIVATE = CONFIGURATION.outgoing_allow_private
OUTGOING_ALLOW_LOOPBACK = (
    EMBEDDED or OUTGOING_ALLOW_PRIVATE
)  # whoever tries it out has their clients on the same machine
EVENT_STREAM_ALLOW_PRIVATE = CONFIGURATION.event_stream_allow_private
SIGNING_KEY_ROTATION_DAYS = CONFIGURATION.signing_key_rotation_days
CONSOLE_IDLE = timedelta(minutes=CONFIGURATION.console_idle_minutes)
CONSOLE_SESSION_LIFE = timedelta(hours=CONFIGURATION.console_session_hours)
GEOIP_PATHS = CONFIGURATION.geoip_paths
ATTESTATION_ROOTS = CONFIGURATION.attestation_roots
METRICS_TOKEN = CONFIGURATION.metrics_token

# Links and issuers are built from the URLs above, never from a request; a foreign Host header is refused all the same.
ALLOWED_HOSTS = [*CONFIGURATION.hosts, "127.0.0.1"] if EMBEDDED else CONFIGURATION.hosts
ROOT_URLCONF = "identity_cloud.urls"
WSGI_APPLICATION = "identity_cloud.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [  # those that there are whole catalogues for: a page is in one language or in another
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("ja", "日本語"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "oauth2_provider",
    "rest_framework",
    "django_htmx",
    "csp",
    "apps.core",
    "apps.events",
    "apps.tenants",
    "apps.realms",
    "apps.directory",
    "apps.authenticators",
    "apps.streams",
    "apps.applications",
    "apps.policy",
    "apps.tokens",
    "apps.federation",
    "apps.credentials",
    "apps.authentication",
    "apps.bulk",
    "apps.inquiries",
    "apps.onboarding",
    "apps.web",
    "apps.api",
    "apps.console",
    "apps.scim",
]

MIDDLEWARE = [
    "apps.web.measured.Measured",
    "apps.web.middleware.Correlation",
    "apps.web.middleware.BoundedHead",
    "apps.web.refusals.Refusals",
    "apps.web.endpoints.Endpoints",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.web.middleware.BoundedBody",
    "apps.web.middleware.Probes",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.web.middleware.ContentPolicy",
    "apps.web.middleware.PrivatePages",
    "apps.web.middleware.NotAllowed",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "apps.web.context_processors.brand",
            ],
        },
    }
]

DATABASES = {"default": CONFIGURATION.database}
ATOMIC_REQUESTS = False

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CONFIGURATION.redis_url,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
    if CONFIGURATION.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
}

# --- identities and OAuth -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "directory.Identity"
AUTHENTICATION_BACKENDS: list[str] = []
PASSWORD_HASHERS = ["apps.applications.hashers.SHA256SecretHasher"]
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # usernames are unique per realm, not alone; every look-up names the realm
    "oauth2_provider.W008",  # http redirect URIs are for loopback alone, which our own validation sees to
    "security.W002",  # frame-ancestors 'none' in the content security policy says it to every browser
    "security.W008",  # the proxy that ends TLS sends people from http to https
    "security.W021",  # a preload list is for whoever owns the whole domain to join
]
OAUTH2_PROVIDER_APPLICATION_MODEL = "applications.Application"
OAUTH2_PROVIDER_GRANT_MODEL = "applications.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "applications.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "applications.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "applications.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "applications.DeviceGrant"
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "PKCE_REQUIRED": True,
    "CLIENT_SECRET_HASHER": "sha256_secret",
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86_400,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
}

# --- mail and tasks -------------------------------------------------------------------------------------------------
vars().update(CONFIGURATION.email)
DEFAULT_FROM_EMAIL = CONFIGURATION.email_from
CELERY_BROKER_URL = CONFIGURATION.redis_url or None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1, "visibility_timeout": 600}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = schedule.SCHEDULE

# --- browser --------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = EMBEDDED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_COOKIES = CONFIGURATION.https
CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.web.views.csrf_refused"
CSRF_TRUSTED_ORIGINS = sorted({IDENTITY_CLOUD_API_URL, IDENTITY_CLOUD_AUTH_URL, IDENTITY_CLOUD_CONSOLE_URL})
SESSION_COOKIE_SECURE = SECURE_COOKIES
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not no-referrer: under it browsers send "Origin: null" with form posts and every CSRF check fails. Pages that carry a
# token in their URL set no-referrer themselves.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if CONFIGURATION.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Its view is the frame of ours and asks for these; where we are, apps.scim says.
SCIM_SERVICE_PROVIDER = {"NETLOC": "localhost", "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken"}]}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "apps.api.errors.answer",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Refused with 400; whoever sends wrong names of hosts must not fill the log with a page for each.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # oauthlib and the toolkit log request bodies at DEBUG; codes and secrets must not reach a log.
        "oauthlib": {"level": "ERROR"},
        "oauth2_provider": {"level": "ERROR"},
    },
}
