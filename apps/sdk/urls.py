from django.urls import path

from apps.sdk.views import authenticate, binding, from_app, javascript, links

_REALM = "v1/tenants/<str:tenant_id>/realms/<str:realm_id>"
_JOB = f"{_REALM}/identities/<str:identity_id>/credential-binding-jobs/<str:job_id>"
_ISSUER = f"{_REALM}/applications/<uuid:application_id>"

urlpatterns = [
    path("sdk/<path:file_name>", javascript.module),
    path(f"{_JOB}:invokeAuthenticator", links.invoke_authenticator),
    path(f"{_JOB}:getInfo", binding.get_info),
    path(f"{_JOB}:bind", binding.bind),
    path(f"{_ISSUER}/bi-authenticate", authenticate.authenticate),
    path(f"{_ISSUER}/bi-authenticate:introspect", from_app.introspect),
    path(f"{_ISSUER}/credential-binding-jobs", from_app.create_job),
]
