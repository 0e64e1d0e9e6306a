import uuid

from django.db.models import QuerySet

from apps.authenticators.models import AuthenticatorConfig
from apps.core.errors import NotFound
from apps.realms.models import Realm

MISSING = "The requested resource was not found."  # the contract's words for UUID resources (contract/wire.md §1.1)


def authenticator_configs_in(realm: Realm) -> "QuerySet[AuthenticatorConfig]":
    return AuthenticatorConfig.objects.filter(realm=realm).order_by("id")


def get_authenticator_config(realm: Realm, config_id: str | uuid.UUID) -> AuthenticatorConfig:
    try:
        wanted = uuid.UUID(str(config_id))
    except ValueError:
        raise NotFound("AuthenticatorConfig", str(config_id), MISSING) from None
    config = AuthenticatorConfig.objects.select_related("realm__tenant").filter(realm=realm, pk=wanted).first()
    if config is None:
        raise NotFound("AuthenticatorConfig", str(config_id), MISSING)
    return config
