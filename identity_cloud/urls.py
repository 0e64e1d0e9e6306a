"""Every door, by prefix. Each face lists its own paths."""

from django.conf import settings
from django.urls import include, path

from apps.web import metrics, views

handler400 = "apps.web.views.bad_request"
handler403 = "apps.web.views.forbidden"
handler404 = "apps.web.views.not_found"
handler500 = "apps.web.views.broken"

# Patterns are tried one after the other: the authorization endpoint, which browsers wait for most, stands first.
urlpatterns = [
    path("", include("apps.oidc.urls")),
    path("", views.home),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("metrics", metrics.metrics),
    path("", include("apps.web.guide_views")),
    path("", include("apps.scim.urls")),
    path("", include("apps.sdk.urls")),
    path("", include("apps.api.urls")),
    path("", include("apps.hosted.urls")),
    path("", include("apps.console.urls")),
]

if settings.EMBEDDED or settings.DEBUG:
    urlpatterns += [path("dev/", include("apps.web.dev_urls"))]
