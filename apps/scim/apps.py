from django.apps import AppConfig


class ScimConfig(AppConfig):
    name = "apps.scim"

    def ready(self) -> None:
        from apps.web import chapters

        def chapter() -> chapters.Chapter:
            from apps.scim import description  # only when somebody reads it

            return description.chapter()

        chapters.tell("SCIM", chapter)
