"""The sealer: gives committed events their place in their realm's log, off the hot path, and signs how far it came.

One round is one transaction: position, seals, tiles and log move together or not at all, so a sealer that is killed leaves
nothing half done, and one that finds another at work goes home.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.core.errors import Unavailable
from apps.core.statements import insert
from apps.events import checkpoints, merkle, sealed, unsealed
from apps.events.canonical import canonical
from apps.events.models import Checkpoint, Event, Log, Position, Seal
from apps.events.tiles import Tiles

_ROUND = 2000  # events
_ROUNDS = 50  # of one call of the task
_ROUNDS_OF_A_REQUEST = 5  # while somebody waits; the worker does the rest
_SIGNED_EVERY = timedelta(seconds=5)  # a log that grows; the contract promises ten

_WAITING = "so many events wait for their place in the log that this has to wait, too; try again in a minute"


class NotSealedYet(Unavailable):
    """A backlog: the sealer was away, or a load came in at once. It catches up by itself."""

    retry_after_seconds = 60


def run() -> int:
    """Seals what there is and signs what is due. Returns how many events were sealed."""
    total = 0
    for _ in range(_ROUNDS):
        done = seal_round()
        total += done
        sign_due()
        if done < _ROUND:
            break
    return total


def up_to_now(realm_id: str) -> Checkpoint | None:
    """Seals everything that is committed and signs the realm's log: what is read afterwards up to that checkpoint's size is
    covered by it. None where nothing ever happened."""
    seal_all()
    return checkpoints.sign(realm_id) or checkpoints.latest(realm_id)


def for_one(event: Event) -> None:
    """Before its proof: seals no further than to the event, and signs. Raises NotSealedYet when too many stand before it."""
    if checkpoints.is_signed_for(event):
        return
    for _ in range(_ROUNDS_OF_A_REQUEST):
        if sealed.sequence_of(event) is not None:
            break
        seal_round(wait=True)
    else:
        if sealed.sequence_of(event) is None:
            raise NotSealedYet(_WAITING)
    checkpoints.sign(event.realm_id)


def for_a_request() -> None:
    """Everything that is committed by now, while somebody waits for it. Raises NotSealedYet when that is too much."""
    if not seal_some():
        raise NotSealedYet(_WAITING)


def seal_some() -> bool:
    """As much as a request may take the time for. Whether that was all that is committed."""
    rounds = 0
    ended = False  # the first short round may have ended what another sealer began, before some of it was committed
    while rounds < _ROUNDS_OF_A_REQUEST:
        if seal_round(wait=True) == _ROUND:
            rounds += 1
        elif ended:
            return True
        else:
            ended = True
    return False


def seal_all() -> None:
    """Everything that is committed by now."""
    for _ in range(2):  # what another sealer has begun may end before what was committed meanwhile
        while seal_round(wait=True) == _ROUND:
            pass


def seal_round(*, wait: bool = False) -> int:
    """One batch, of all realms. Returns how many; 0 too when somebody else is at it, unless told to `wait` for them."""
    Position.objects.get_or_create(pk=1)
    with transaction.atomic():
        position = Position.objects.select_for_update(skip_locked=not wait).filter(pk=1).first()
        if position is None:
            return 0
        before = (position.done, position.doing, position.last_id)
        events = unsealed.take(position, _ROUND)
        by_realm = sorted(events, key=lambda event: event.realm_id)  # stable: the order within a realm stays
        insert(*(seal for _, group in groupby(by_realm, lambda event: event.realm_id) for seal in _append(list(group))))
        if before != (position.done, position.doing, position.last_id):
            position.save(force_update=True)
    return len(events)


def lag() -> timedelta:
    """For how long the event that is next has been waiting; none when all have their seals."""
    event = unsealed.first(Position.objects.filter(pk=1).first() or Position(pk=1))
    return max(timezone.now() - event.recorded_at, timedelta()) if event else timedelta()


def sign_due() -> int:
    """Signs the logs that have grown since their last checkpoint, unless that is quite new. Returns how many."""
    due = Q(signed_at=None) | Q(signed_at__lte=timezone.now() - _SIGNED_EVERY)
    waiting = Log.objects.filter(due, size__gt=F("tree_size")).order_by("realm_id").values_list("realm_id", flat=True)
    return sum(checkpoints.sign(realm_id) is not None for realm_id in list(waiting))


def _append(events: list[Event]) -> Iterable[Seal]:
    """Adds events of one realm to its log. The seals are for the caller to write."""
    realm_id = events[0].realm_id
    Log.objects.get_or_create(realm_id=realm_id, defaults={"tenant_id": events[0].tenant_id})
    log = Log.objects.select_for_update().get(realm_id=realm_id)
    frontier, tiles = checkpoints.frontier_of(log), Tiles(realm_id)
    seals = []
    for event in events:
        seals.append(Seal(event_id=event.pk, realm_id=realm_id, sequence=frontier.size))
        record = sealed.exported(event, frontier.size)["record"]
        tiles.add(frontier.append(merkle.leaf_hash(canonical(record))))
    tiles.save()
    Log.objects.filter(realm_id=realm_id).update(size=frontier.size, frontier=b"".join(frontier.hashes))
    return seals
