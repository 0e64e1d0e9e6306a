"""Django looks for a model here; one noun, one file."""

from apps.credentials.models.batches import BatchCredentialBindingJob, BatchResult, BatchState, ResultState
from apps.credentials.models.binding_jobs import (
    OPEN_STATES,
    BindingReason,
    CredentialBindingJob,
    DeliveryMethod,
    JobState,
)
from apps.credentials.models.credentials import Binding, Credential, CredentialState, Method
from apps.credentials.models.past import FailedAttempt, Sighting

__all__ = [
    "BatchCredentialBindingJob",
    "BatchResult",
    "BatchState",
    "Binding",
    "BindingReason",
    "Credential",
    "CredentialBindingJob",
    "CredentialState",
    "DeliveryMethod",
    "FailedAttempt",
    "JobState",
    "Method",
    "OPEN_STATES",
    "ResultState",
    "Sighting",
]
