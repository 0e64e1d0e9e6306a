"""Paths of the management API. Custom verbs follow a colon, which no id has."""

from django.urls import path, register_converter

from apps.api.views import binding_jobs, credentials, identities


class OpaqueId:
    """Any text between slashes and colons: whether it is an id, the look-up says, in the contract's own words."""

    regex = "[^/:]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(OpaqueId, "opaque")

REALM = "v1/tenants/<opaque:tenant_id>/realms/<opaque:realm_id>"
IDENTITY = f"{REALM}/identities/<opaque:identity_id>"
CREDENTIAL = f"{IDENTITY}/credentials/<opaque:credential_id>"
JOB = f"{IDENTITY}/credential-binding-jobs/<opaque:job_id>"

urlpatterns = [
    path(f"{REALM}/identities", identities.Identities.as_view()),
    path(IDENTITY, identities.Identity.as_view()),
    path(f"{IDENTITY}:listGroups", identities.IdentityGroups.as_view()),
    path(f"{IDENTITY}/credentials", credentials.Credentials.as_view()),
    path(CREDENTIAL, credentials.Credential.as_view()),
    path(f"{CREDENTIAL}:revoke", credentials.CredentialRevocation.as_view()),
    path(f"{IDENTITY}/credential-binding-jobs", binding_jobs.BindingJobs.as_view()),
    path(JOB, binding_jobs.BindingJob.as_view()),
    path(f"{JOB}:revoke", binding_jobs.BindingJobRevocation.as_view()),
]
