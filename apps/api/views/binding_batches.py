"""R/batch-credential-binding-jobs (contract/wire.md §1.2 "Added later", extensions.md §5): many invited by one request."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import etags
from apps.api.bodies import wrapped
from apps.api.endpoint import RealmEndpoint
from apps.api.operations import operation
from apps.api.paging import listed
from apps.api.schemas import binding_batches as schema
from apps.api.schemas.parameters import PAGE
from apps.authenticators import selectors as authenticators
from apps.core.errors import Invalid, NotFound, Violation
from apps.credentials import selectors as credentials
from apps.credentials.contract import batch_json, parse_batch, result_json
from apps.credentials.services import batches, jobs

_MAY_INVITE = "credential-binding-jobs:create"


class BindingBatches(RealmEndpoint):
    @operation(
        "CreateBatchCredentialBindingJob",
        _MAY_INVITE,
        takes=schema.NEW_BATCH,
        answers=schema.BATCH,
        refuses={429: "Too many requests, or ten batches of the realm are running."},
    )
    def post(self, request: Request, **path: str) -> Response:
        """Answers at once; the worker makes the jobs."""
        given = parse_batch(wrapped(request, "job"))
        try:
            config = authenticators.get_authenticator_config(self.realm, given.job.authenticator_config_id)
        except NotFound:
            raise Invalid(Violation("job.authenticator_config_id", "not found")) from None
        made = batches.create_batch(
            self.ctx,
            self.realm,
            identity_ids=given.identity_ids,
            delivery_method=given.job.delivery_method,
            authenticator_config=config,
            post_binding_redirect_uri=given.job.post_binding_redirect_uri,
            expires_after=jobs.DEFAULT if given.job.expires_after is None else given.job.expires_after,
        )
        return etags.answer(request, batch_json(credentials.get_batch(self.realm, made.pk)))

    @operation("ListBatchCredentialBindingJobs", "credential-binding-jobs:read", query=PAGE, answers=schema.BATCHES)
    def get(self, request: Request, **path: str) -> Response:
        return listed(request, "batch_credential_binding_jobs", credentials.batches_in(self.realm), batch_json)


class BindingBatch(RealmEndpoint):
    @operation("GetBatchCredentialBindingJob", "credential-binding-jobs:read", answers=schema.BATCH)
    def get(self, request: Request, batch_id: str, **path: str) -> Response:
        return etags.answer(request, batch_json(credentials.get_batch(self.realm, batch_id)))


class BindingBatchResults(RealmEndpoint):
    @operation(
        "ListBatchCredentialBindingJobResults", "credential-binding-jobs:read", query=PAGE, answers=schema.RESULTS
    )
    def get(self, request: Request, batch_id: str, **path: str) -> Response:
        """Links open accounts: only a token that may invite is shown them, for one that reads could otherwise sign in."""
        rows = credentials.results_of(credentials.get_batch(self.realm, batch_id))
        with_link = _MAY_INVITE in self.bearer.scopes
        return listed(request, "results", rows, lambda result: result_json(result, with_link=with_link))
