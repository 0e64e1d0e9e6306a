"""R/identities/{i}/credential-binding-jobs (contract/wire.md §1.6, extensions.md §5)."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import nothing, wrapped
from apps.api.endpoint import ANY_IDENTITY, IdentityEndpoint
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import credentials as schema
from apps.api.schemas.kinds import NOTHING
from apps.api.schemas.parameters import PAGE
from apps.authenticators import selectors as authenticators
from apps.core.errors import Invalid, NotFound, Violation
from apps.credentials import selectors as credentials
from apps.credentials.contract import job_json, parse_job
from apps.credentials.services import jobs


class BindingJobs(IdentityEndpoint):
    @operation(
        "CreateCredentialBindingJob",
        "credential-binding-jobs:create",
        takes=schema.NEW_JOB,
        answers=schema.JOB_WITH_LINK,
        refuses={422: "EMAIL was asked for and the identity has no address."},
    )
    def post(self, request: Request, **path: str) -> Response:
        """The link is in the answer only when it was asked to be returned; a mailed one is for its reader alone."""
        if self.identity is None:
            raise NotFound("Identity", ANY_IDENTITY)
        given = parse_job(wrapped(request, "job"))
        try:
            config = authenticators.get_authenticator_config(self.realm, given.authenticator_config_id)
        except NotFound:
            raise Invalid(Violation("job.authenticator_config_id", "not found")) from None
        made = jobs.create_job(
            self.ctx,
            self.identity,
            delivery_method=given.delivery_method,
            authenticator_config=config,
            post_binding_redirect_uri=given.post_binding_redirect_uri,
            expires_after=jobs.DEFAULT if given.expires_after is None else given.expires_after,
        )
        job = job_json(made.job)
        returned = {"credential_binding_link": made.link} if given.delivery_method == "RETURN" else {}
        response = Response({"credential_binding_job": job, **returned})
        response["ETag"] = etags.etag_of(job)
        return response

    @operation("ListCredentialBindingJobs", "credential-binding-jobs:read", query=PAGE, answers=schema.JOBS)
    def get(self, request: Request, **path: str) -> Response:
        rows = credentials.jobs_of(self.identity) if self.identity else credentials.jobs_in(self.realm)
        return listed(request, "credential_binding_jobs", rows, job_json)


class BindingJob(IdentityEndpoint):
    @operation("GetCredentialBindingJob", "credential-binding-jobs:read", answers=schema.JOB)
    def get(self, request: Request, job_id: str, **path: str) -> Response:
        return etags.answer(request, job_json(credentials.get_job(self.realm, job_id, self.identity)))


class BindingJobRevocation(IdentityEndpoint):
    @operation(
        "RevokeCredentialBindingJob",
        "credential-binding-jobs:create",
        takes=NOTHING,
        answers=schema.JOB,
        refuses={409: "It is complete, or over."},
    )
    def post(self, request: Request, job_id: str, **path: str) -> Response:
        """Whoever may invite may take the invitation back: there is no scope of its own."""
        job = credentials.get_job(self.realm, job_id, self.identity)
        nothing(request)
        return etags.answer(request, job_json(jobs.revoke_job(self.ctx, job)))
