"""What makes an export checkable by itself: which places of the log it shows, and the hashes of all it leaves out."""

from array import array
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from apps.core.secrets import base64url
from apps.events import merkle, sealed, sealing
from apps.events.checkpoints import checkpoint_json
from apps.events.models import Checkpoint
from apps.events.tiles import Tiles

_A_LINE = 1000  # hashes


def whole_log(realm_id: str) -> Iterator[dict[str, Any]]:
    """Every event of the realm that is kept, then what covers them: an export without a filter. Seals first."""
    checkpoint, coverage = sealing.up_to_now(realm_id), Coverage()
    if checkpoint is None:
        return
    for sequence, event in sealed.walk(realm_id, end=checkpoint.tree_size):
        coverage.note(sequence)
        yield sealed.exported(event, sequence)
    yield from coverage.lines(checkpoint)


class Coverage:
    """Notes sequences as they go out, in order. Memory grows with the gaps between them, 16 bytes each, not with rows."""

    def __init__(self) -> None:
        self._edges = array("q", [0])  # first, end, first, end, … of what is shown; begins with an empty run at 0
        self._end = 0

    def note(self, sequence: int) -> None:
        if sequence != self._end:
            self._edges.extend((self._end, sequence))
        self._end = sequence + 1

    def lines(self, checkpoint: Checkpoint) -> Iterator[dict[str, Any]]:
        """{"checkpoint", "outside"?}: the checkpoint, and the complete subtrees {"first", "level", "hash"} that the export
        has no events of; a thousand to a line, each with the checkpoint again."""
        told = checkpoint_json(checkpoint)
        parts = self._outside(checkpoint)
        some = list(islice(parts, _A_LINE))
        yield {"checkpoint": told, **({"outside": some} if some else {})}
        while some := list(islice(parts, _A_LINE)):
            yield {"checkpoint": told, "outside": some}

    def _outside(self, checkpoint: Checkpoint) -> Iterator[dict[str, Any]]:
        tiles = Tiles(checkpoint.realm_id)
        edges = self._edges + array("q", (self._end, checkpoint.tree_size))
        for number, (end, first) in enumerate(pairwise(edges)):  # every other pair is a run, the rest are gaps
            if number % 2 == 0:
                continue
            for level, place in merkle.subtrees(end, first):
                yield {"first": place << level, "level": level, "hash": base64url(tiles.node(level, place))}
