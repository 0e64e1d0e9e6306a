from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "apps.credentials"

    def ready(self) -> None:
        from apps.authenticators.services import when_deleted
        from apps.credentials import history
        from apps.credentials.services import batches, jobs
        from apps.realms import mail
        from apps.realms.services import owns_furniture

        mail.when_failed(jobs.ABOUT, jobs.fail_job)
        when_deleted(jobs.release_config)
        when_deleted(batches.release_config)
        owns_furniture(history.remove_history)
        owns_furniture(batches.remove_batches)
