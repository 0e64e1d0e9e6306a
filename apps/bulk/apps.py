from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "apps.bulk"

    def ready(self) -> None:
        from apps.bulk.services.jobs import remove_jobs
        from apps.realms.services import owns_furniture

        owns_furniture(remove_jobs)
