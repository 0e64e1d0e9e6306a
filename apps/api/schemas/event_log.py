"""Checkpoints and proofs of a realm's record (contract/extensions.md §7)."""

from apps.api.schemas.kinds import (
    SHORT_ID,
    TIME,
    Component,
    Parameter,
    listing,
    number,
    or_null,
    page_of,
    said,
    text,
    thing,
)

_SIZE = number(0, 2**63 - 1)
_HASH = said(text(43, shortest=43), "SHA-256, base64url.", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")
_SEQUENCE = said(_SIZE, "The event's place in its realm's log, from 0 on.", 41)

CHECKPOINT = Component(
    "EventCheckpoint",
    thing(
        {
            "realm_id": SHORT_ID,
            "tree_size": said(_SIZE, "So many events are covered.", 42),
            "root_hash": _HASH,
            "previous_tree_size": said(_SIZE, "That of the checkpoint before; 0 for the first.", 40),
            "previous_root_hash": or_null(_HASH),
            "time": TIME,
            "kid": said(text(), "The key that signed it, at `events/jwks.json`.", "VIEXpSkj4jqX-PXVfyRp_NtweCKsVIAmcIf…"),
            "signature": said(text(), "Ed25519 over the rest as RFC 8785 JSON, base64url.", "FJvVTJDoDql9aTXgauzpLA…"),
        }
    ),
)  # fmt: skip
CHECKPOINTS = page_of("checkpoints", CHECKPOINT)
PROOF = thing(
    {
        "record": {
            "type": "object",
            "description": "The event with its `sequence`. In place of an object's personal members stands `_sd`, their "
            "digests: SHA-256 of each disclosure, base64url.",
        },
        "disclosures": said(
            listing(text()), "base64url of [salt, name, value], one for each personal value that was not erased."
        ),
        "sequence": _SEQUENCE,
        "leaf_hash": _HASH,
        "tree_size": said(_SIZE, "The checkpoint's.", 42),
        "inclusion_path": listing(_HASH),
        "checkpoint": CHECKPOINT,
    }
)
SIZES = (
    Parameter("from", "The smaller size, of a checkpoint that is kept, say.", said(number(1, 10**18 - 1), example=1)),
    Parameter("to", "The larger size, of a newer checkpoint.", said(number(1, 10**18 - 1), example=1)),
)
CONSISTENCY = thing({"consistency_path": listing(_HASH)})
