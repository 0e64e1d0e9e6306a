from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "apps.streams"

    def ready(self) -> None:
        from apps.realms.services import owns_furniture
        from apps.streams.services import remove_streams

        owns_furniture(remove_streams)
