"""What each kind of bulk job takes: the scopes of the management API that whoever asks must hold, as it is done too."""

from apps.bulk import mapping
from apps.bulk.models import BulkJob, BulkKind

_SCOPES = {
    BulkKind.IMPORT: "identities:create",
    BulkKind.SUSPEND: "identities:update",
    BulkKind.UNSUSPEND: "identities:update",
    BulkKind.ADD_TO_GROUP: "groups:update",
    BulkKind.TAKE_OUT_OF_GROUP: "groups:update",
    BulkKind.SEND_LINKS: "credential-binding-jobs:create",
    BulkKind.DELETE: "identities:delete",
}


INVERSE = {
    BulkKind.SUSPEND: BulkKind.UNSUSPEND,
    BulkKind.UNSUSPEND: BulkKind.SUSPEND,
    BulkKind.ADD_TO_GROUP: BulkKind.TAKE_OUT_OF_GROUP,
    BulkKind.TAKE_OUT_OF_GROUP: BulkKind.ADD_TO_GROUP,
}


def scope_of(kind: str) -> str:
    return _SCOPES[BulkKind(kind)]


def needed(job: BulkJob) -> frozenset[str]:
    """Of this very job: a file that changes people, or puts them into groups, takes more than one that adds them."""
    scopes = {"identities:read", scope_of(job.kind)}
    if job.options.get("existing") == mapping.UPDATE:
        scopes.add("identities:update")
    if mapping.GROUPS in job.options.get("mapping", {}):
        scopes.add("groups:update")
    return frozenset(scopes)


def kind_of(name: str) -> BulkKind:
    return BulkKind(name)
