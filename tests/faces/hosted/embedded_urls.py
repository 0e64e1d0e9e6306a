"""The doors with those of embedded mode, whatever engine the tests run on."""

from django.urls import include, path

from identity_cloud.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*urlpatterns, path("dev/", include("apps.web.dev_urls"))]
