"""Batches of binding jobs (contract/wire.md §1.2 "Added later", extensions.md §5)."""

from apps.api.schemas.credentials import DELIVERY, NEW_JOB_FIELDS, REDIRECT
from apps.api.schemas.kinds import (
    COUNT,
    IN_REALM,
    SHORT_ID,
    TIME,
    TIMES,
    UUID,
    Component,
    given,
    listing,
    number,
    one_of,
    page_of,
    said,
    text,
    thing,
    wrapped,
)

_PROGRESS = thing({"total": COUNT, "succeeded": COUNT, "failed": COUNT, "pending": COUNT})
_STATE = said(
    one_of("RUNNING", "SUCCESS", "PARTIAL_SUCCESS", "FAILED"),
    "FAILED: no job was made; PARTIAL_SUCCESS: not every one.",
)

BATCH = Component(
    "BatchCredentialBindingJob",
    thing(
        {
            "id": SHORT_ID,
            **IN_REALM,
            "authenticator_config_id": UUID,
            "delivery_method": DELIVERY,
            "state": _STATE,
            "post_binding_redirect_uri": REDIRECT,
            "expires_after": said(number(300, 2_592_000), "Seconds from when a job is made.", 604_800),
            "progress": _PROGRESS,
            "finish_time": TIME,
            **TIMES,
        },
        sometimes=["post_binding_redirect_uri", "finish_time"],
    ),
)
BATCHES = page_of("batch_credential_binding_jobs", BATCH)
NEW_BATCH = wrapped(
    "job",
    Component(
        "NewBatchCredentialBindingJob",
        given(
            {
                "identity_ids": said(
                    listing(SHORT_ID, 1000, shortest=1), "Of identities of the realm; one that is none fails alone."
                ),
                **NEW_JOB_FIELDS,
            },
            required=["identity_ids", "delivery_method", "authenticator_config_id"],
        ),
    ),
)
RESULTS = page_of(
    "results",
    Component(
        "BatchCredentialBindingJobResult",
        thing(
            {
                "identity_id": SHORT_ID,
                "state": one_of("PENDING", "SUCCEEDED", "FAILED"),
                "credential_binding_job_id": SHORT_ID,
                "credential_binding_link": said(
                    text(),
                    "For RETURN, while the job is open, and only for a token that has credential-binding-jobs:create.",
                    "https://auth.example/v1/tenants/…:invokeAuthenticator?token=…",
                ),
                "error": said(
                    thing({"code": said(text(), example="not_found"), "message": text()}), "Why there is no job."
                ),
            },
            sometimes=["credential_binding_job_id", "credential_binding_link", "error"],
        ),
    ),
)
