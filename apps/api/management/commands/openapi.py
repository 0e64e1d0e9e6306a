"""`manage.py openapi`: the API's description, as it is served at /v1/openapi.json."""

from django.core.management.base import BaseCommand

from apps.api import description


class Command(BaseCommand):
    help = "Prints the OpenAPI 3.1 document of the management API."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(description.text().decode())
