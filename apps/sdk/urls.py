from django.urls import path

from apps.sdk.views import authenticate, binding, links

_REALM = "v1/tenants/<str:tenant_id>/realms/<str:realm_id>"
_JOB = f"{_REALM}/identities/<str:identity_id>/credential-binding-jobs/<str:job_id>"

urlpatterns = [
    path(f"{_JOB}:invokeAuthenticator", links.invoke_authenticator),
    path(f"{_JOB}:getInfo", binding.get_info),
    path(f"{_JOB}:bind", binding.bind),
    path(f"{_REALM}/applications/<uuid:application_id>/bi-authenticate", authenticate.authenticate),
]
