from django.urls import path

from apps.hosted.views import binding, device, sign_in, sign_up, theme

_REALM = "authenticator/v1/tenants/<str:tenant_id>/realms/<str:realm_id>"
_CONFIG = f"{_REALM}/authenticator-configs/<uuid:config_id>"

urlpatterns = [
    path("signup", sign_up.sign_up),
    path("device", device.anywhere),
    path(f"{_REALM}/device", device.device),
    path(f"{_CONFIG}/bi-authenticate", sign_in.sign_in),
    path(f"{_CONFIG}/bind", binding.bind),
    path(f"{_REALM}/theme-<slug:version>.css", theme.theme, name="theme"),
]
