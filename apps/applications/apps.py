from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "apps.applications"

    def ready(self) -> None:
        from apps.applications.services.applications import remove_applications
        from apps.realms.services import owns_furniture

        owns_furniture(remove_applications)
