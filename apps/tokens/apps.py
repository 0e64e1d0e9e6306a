from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "apps.tokens"

    def ready(self) -> None:
        from apps.realms.services import owns_furniture
        from apps.tokens.keys import remove_keys

        owns_furniture(remove_keys)
