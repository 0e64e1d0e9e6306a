from django.urls import path

from apps.hosted.views import (
    add_device,
    arriving,
    binding,
    code,
    device,
    logo,
    me,
    me_providers,
    offer,
    providers,
    recovery,
    related_origins,
    sign_in,
    sign_up,
    theme,
)

_REALM = "authenticator/v1/tenants/<str:tenant_id>/realms/<str:realm_id>"
_ME = f"{_REALM}/me"
_CONFIG = f"{_REALM}/authenticator-configs/<uuid:config_id>"

urlpatterns = [
    path(".well-known/webauthn", related_origins.related_origins),
    path("signup", sign_up.sign_up),
    path("device", device.anywhere),
    path(f"{_REALM}/device", device.device),
    path(_ME, me.me),
    path(f"{_ME}/rename", me.rename),
    path(f"{_ME}/revoke", me.revoke),
    path(f"{_ME}/end-session", me.end_session),
    path(f"{_ME}/sign-out-everywhere", me.sign_out_everywhere),
    path(f"{_ME}/withdraw", me.withdraw),
    path(f"{_ME}/recover", me.recover),
    path(f"{_ME}/devices", add_device.devices),
    path(f"{_ME}/devices/state", add_device.state),
    path(f"{_ME}/devices/approve", add_device.approve),
    path("authenticator/import", arriving.arrive),
    path("authenticator/import/state", arriving.state),
    path("authenticator/add", arriving.add),
    path(f"{_CONFIG}/bi-authenticate", sign_in.sign_in),
    path(f"{_CONFIG}/code", code.code),
    path(f"{_CONFIG}/code/send", code.send),
    path(f"{_CONFIG}/provider", providers.begin),
    path(f"{_REALM}/identity-providers/<str:provider_id>/callback", providers.callback),
    path(f"{_ME}/disconnect", me_providers.disconnect),
    path(f"{_CONFIG}/name", offer.name),
    path(f"{_CONFIG}/offer", offer.offer),
    path(f"{_CONFIG}/offer/begin", offer.begin),
    path(f"{_CONFIG}/recover", recovery.ask),
    path(f"{_CONFIG}/recover/link", recovery.link),
    path(f"{_CONFIG}/recover/code", recovery.code),
    path(f"{_CONFIG}/bind", binding.bind),
    path(f"{_REALM}/theme-<slug:version>.css", theme.theme, name="theme"),
    path(f"{_REALM}/logos/<slug:digest>", logo.logo),
]
