import uuid

from django.db.models import QuerySet

from apps.authenticators.models import AuthenticatorConfig, AuthenticatorType
from apps.core.errors import NotFound
from apps.core.rows import NEWEST, Key, Page, Sorts, walk
from apps.realms.models import Realm

MISSING = "The requested resource was not found."  # the contract's words for UUID resources (contract/wire.md §1.1)
AUTHENTICATOR_SORTS = Sorts("created", name=Key("display_name", folded=True), type=Key("type"), created=NEWEST)


def authenticator_configs_in(realm: Realm) -> "QuerySet[AuthenticatorConfig]":
    return AuthenticatorConfig.objects.filter(realm=realm).order_by("id")


def page_of_authenticator_configs(
    realm: Realm, *, text: str = "", sort: str = "", before: str = "", after: str = "", size: int = 50
) -> Page:
    """`text` stands somewhere in the name. A cursor is a config's id."""
    rows = authenticator_configs_in(realm)
    found = rows.filter(display_name__icontains=text) if text else rows
    return walk(rows, found, AUTHENTICATOR_SORTS.key(sort), before, after, size)


def get_authenticator_config(realm: Realm, config_id: str | uuid.UUID) -> AuthenticatorConfig:
    try:
        wanted = uuid.UUID(str(config_id))
    except ValueError:
        raise NotFound("AuthenticatorConfig", str(config_id), MISSING) from None
    config = AuthenticatorConfig.objects.select_related("realm__tenant").filter(realm=realm, pk=wanted).first()
    if config is None:
        raise NotFound("AuthenticatorConfig", str(config_id), MISSING)
    return config


_ORIGINS = 100  # browsers follow five sites' (WebAuthn L3 §5.11); the rest of a long list is of use to nobody
_CONFIGS_READ = 1000


def related_origins() -> list[str]:
    """Pages elsewhere that may use passkeys of our RP ID (WebAuthn L3 §5.11.1): the trusted origins of apps that embed us,
    those with https, the oldest first."""
    embedded = AuthenticatorConfig.objects.filter(type=AuthenticatorType.EMBEDDED).order_by("id")
    listed = embedded.values_list("config", flat=True)[:_CONFIGS_READ]
    trusted = dict.fromkeys(origin for config in listed for origin in config.get("trusted_origins", []))
    return [origin for origin in trusted if origin.startswith("https://")][:_ORIGINS]
