from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "apps.federation"

    def ready(self) -> None:
        from apps.federation.services import remove_identity_providers
        from apps.realms.services import owns_furniture

        owns_furniture(remove_identity_providers)
