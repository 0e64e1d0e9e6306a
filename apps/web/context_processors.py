from django.conf import settings
from django.http import HttpRequest


def brand(request: HttpRequest) -> dict[str, object]:
    return {"brand": settings.BRAND_NAME, "embedded": settings.EMBEDDED}
