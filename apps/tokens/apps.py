from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "apps.tokens"

    def ready(self) -> None:
        from apps.tokens.keys import remove_keys
        from apps.realms.services import owns_furniture

        owns_furniture(remove_keys)
