from django.urls import path

from apps.oidc.views import authorize, consent, device, end_session, introspect, metadata, par, token, userinfo

_REALM = "v1/tenants/<str:tenant_id>/realms/<str:realm_id>"
_ISSUER = f"{_REALM}/applications/<uuid:application_id>"

urlpatterns = [
    path(f"{_ISSUER}/authorize", authorize.authorize),
    path(f"{_ISSUER}/consent", consent.consent),
    path(f"{_ISSUER}/answer", consent.answer),
    path(f"{_ISSUER}/token", token.token),
    path(f"{_ISSUER}/par", par.par),
    path(f"{_ISSUER}/revoke", token.revoke),
    path(f"{_ISSUER}/introspect", introspect.of_issuer),
    path(f"{_REALM}/introspect", introspect.of_realm),
    path(f"{_ISSUER}/userinfo", userinfo.userinfo),
    path(f"{_ISSUER}/device_authorization", device.device_authorization),
    path(f"{_ISSUER}/end-session", end_session.end_session),
    path(f"{_ISSUER}/end-session/confirm", end_session.confirmed),
    path(f"{_ISSUER}/.well-known/openid-configuration", metadata.discovery),
    path(f"{_ISSUER}/.well-known/oauth-authorization-server", metadata.discovery),
    path(f"{_ISSUER}/.well-known/jwks.json", metadata.jwks),
    path(f"{_REALM}/events/jwks.json", metadata.event_keys),
    # RFC 8414 §3.1 puts the well-known part before the issuer's path; OpenID clients, and some of OAuth's, look after it.
    path(f".well-known/openid-configuration/{_ISSUER}", metadata.discovery),
    path(f".well-known/oauth-authorization-server/{_ISSUER}", metadata.discovery),
]
