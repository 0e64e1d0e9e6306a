from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "apps.credentials"

    def ready(self) -> None:
        from apps.credentials.services import jobs
        from apps.realms import mail

        mail.when_failed(jobs.ABOUT, jobs.fail_job)
