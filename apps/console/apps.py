from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "apps.console"

    def ready(self) -> None:
        from apps.console import access
        from apps.web import refusals

        refusals.recognise_by(access.known_caller)
