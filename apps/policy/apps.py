from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "apps.policy"

    def ready(self) -> None:
        from apps.policy import services
        from apps.realms.services import owns_furniture

        owns_furniture(services.remove_policy)
