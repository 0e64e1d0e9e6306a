from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "apps.tokens"

    def ready(self) -> None:
        from apps.applications.services.applications import when_configured
        from apps.realms.services import owns_furniture
        from apps.tokens import keys

        owns_furniture(keys.remove_keys)
        when_configured(keys.ensure_key_of)
