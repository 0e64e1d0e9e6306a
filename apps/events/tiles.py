"""The hashes of a realm's tree, in tiles of 256 (see models.Tile): eight levels of the tree to one level of tiles.

An event costs 32 bytes and a bit. A proof reads a handful of tiles, and so does adding to the tree: the ones that grow.
"""

from collections.abc import Iterable

from apps.events import merkle
from apps.events.models import Tile

_LEVELS = 8
_WIDTH = 1 << _LEVELS

Place = tuple[int, int]  # (level of tiles, number)


class Tiles:
    """Those of one realm, each read once. What was added is written by `save`."""

    def __init__(self, realm_id: str) -> None:
        self.realm_id = realm_id
        self._known: dict[Place, bytearray] = {}
        self._grown: set[Place] = set()

    def node(self, level: int, number: int) -> bytes:
        """A complete subtree's hash: the `merkle.Nodes` of this tree. Raises LookupError for one that is not there."""
        steps = level % _LEVELS
        first = number << steps
        hashes = self._tile((level // _LEVELS, first // _WIDTH))
        row = [_hash_at(hashes, (first % _WIDTH) + each) for each in range(1 << steps)]
        while len(row) > 1:
            row = [merkle.node_hash(row[each], row[each + 1]) for each in range(0, len(row), 2)]
        return row[0]

    def leaf(self, number: int) -> bytes:
        return self.node(0, number)

    def add(self, nodes: Iterable[tuple[int, int, bytes]]) -> None:
        """What `merkle.Frontier.append` returned. What lies between the levels of tiles is worked out when it is needed."""
        for level, number, made in nodes:
            if level % _LEVELS:
                continue
            place = (level // _LEVELS, number // _WIDTH)
            hashes = self._tile(place) if number % _WIDTH else self._known.setdefault(place, bytearray())
            hashes[number % _WIDTH * merkle.HASH_BYTES :] = made
            self._grown.add(place)

    def save(self) -> None:
        rows = [
            Tile(realm_id=self.realm_id, level=level, number=number, hashes=bytes(self._known[level, number]))
            for level, number in sorted(self._grown)
        ]
        Tile.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["realm_id", "level", "number"], update_fields=["hashes"]
        )
        self._grown.clear()

    def _tile(self, place: Place) -> bytearray:
        if place not in self._known:
            rows = Tile.objects.filter(realm_id=self.realm_id, level=place[0], number=place[1])
            self._known[place] = bytearray(rows.values_list("hashes", flat=True).first() or b"")
        return self._known[place]


def _hash_at(hashes: bytearray, number: int) -> bytes:
    found = bytes(hashes[number * merkle.HASH_BYTES : (number + 1) * merkle.HASH_BYTES])
    if len(found) != merkle.HASH_BYTES:
        raise LookupError("no such node in the log")
    return found
