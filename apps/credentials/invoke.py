"""Links and URLs of binding (contract/wire.md §3.1, §3.2). Built from settings and ids, never from a request. Pure."""

from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings

from apps.authenticators.models import AuthenticatorConfig
from apps.credentials.models import CredentialBindingJob
from apps.credentials.proofs import Subject
from apps.directory.models import Identity


def job_path(job: CredentialBindingJob) -> str:
    return (
        f"/v1/tenants/{job.tenant_id}/realms/{job.realm_id}/identities/{job.identity_id}"
        f"/credential-binding-jobs/{job.pk}"
    )


def binding_link(job: CredentialBindingJob, token: str) -> str:
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}{job_path(job)}:invokeAuthenticator?{urlencode({'token': token})}"


def token_in(link: str) -> str:
    """Of a link that `binding_link` made."""
    return parse_qs(urlsplit(link).query)["token"][0]


def bind_parameters(job: CredentialBindingJob, token: str) -> dict[str, str]:
    """The six fields of the contract, as JSON for an SDK and as a query for a browser."""
    return {
        "api_base_url": settings.IDENTITY_CLOUD_AUTH_URL,
        "tenant_id": job.tenant_id,
        "realm_id": job.realm_id,
        "identity_id": job.identity_id,
        "job_id": job.pk,
        "token": token,
    }


def bind_page(job: CredentialBindingJob, config: AuthenticatorConfig, token: str) -> str:
    """Where a browser goes with an opened link: the app's own page, or our hosted one."""
    return f"{authenticator_base(config)}/bind?{urlencode(bind_parameters(job, token))}"


def authenticator_base(config: AuthenticatorConfig) -> str:
    """Where `/bind` and `/bi-authenticate` of the authenticator are: the app's own invoke URL, or our hosted pages."""
    return hosted_base(config) if config.is_hosted else config.config["invoke_url"].rstrip("/")


def hosted_base(config: AuthenticatorConfig) -> str:
    return (
        f"{settings.IDENTITY_CLOUD_AUTH_URL}/authenticator/v1/tenants/{config.tenant_id}/realms/{config.realm_id}"
        f"/authenticator-configs/{config.pk}"
    )


NOBODY = Subject("", "", "")  # of a message that names an address


def bind_url(job: CredentialBindingJob) -> str:
    """Where a proof at bind is posted to, and so its audience."""
    return f"{settings.IDENTITY_CLOUD_AUTH_URL}{job_path(job)}:bind"


def subject_of(identity: Identity) -> Subject:
    """Whom a proof of this person must name."""
    return Subject(identity.pk, identity.realm_id, identity.tenant_id)


def proof_subject(job: CredentialBindingJob) -> str:
    """The same as text: CN=<identity>, OU=<realm>, O=<tenant> (contract/wire.md §3.2)."""
    return str(subject_of(job.identity))
