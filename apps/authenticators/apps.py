from django.apps import AppConfig


class AuthenticatorsConfig(AppConfig):
    name = "apps.authenticators"

    def ready(self) -> None:
        from apps.authenticators.services import remove_authenticator_configs
        from apps.realms.services import owns_furniture

        owns_furniture(remove_authenticator_configs)
