"""The paths of RFC 7644 §3.2, under each realm, with a trailing slash or without."""

from django.urls import include, path

from apps.scim.views import Scim

ROOT = "v1/tenants/<tenant_id>/realms/<realm_id>/scim/v2"
PATHS = (
    "",
    "/.search",
    "/Users",
    "/Users/.search",
    "/Users/<identity_id>",
    "/Groups",
    "/Groups/.search",
    "/Groups/<group_id>",
    "/Bulk",
    "/Me",
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/<kind>",
    "/Schemas",
    "/Schemas/<schema>",
)

# Under one prefix, so that whatever else is asked for is compared with it once.
urlpatterns = [path(ROOT, include([path(f"{below}{slash}", Scim.as_view()) for below in PATHS for slash in ("", "/")]))]
