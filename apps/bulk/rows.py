"""What is to be done with some rows of a file, worked out before anything is: whom each is of, what it says, what is wrong
with it. Trying a file out and importing it look at it in the same way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.bulk import mapping
from apps.bulk.models import BulkJob, BulkKey
from apps.core import names
from apps.core.errors import Invalid, Violation
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.models import Group, Identity, IdentityStatus
from apps.directory.traits import Traits

_PEOPLE = "identity."


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is one of a person, or ""; `code` a stable word and `message` English for those without a sentence."""

    field: str
    code: str
    message: str


@dataclass(slots=True)
class Row:
    """One row of a file. `existing`: who has this username already; `groups` are those it names and they are not in."""

    line: int
    cells: Sequence[str]
    said: Mapping[str, str]
    traits: Traits = field(default_factory=Traits)
    existing: Identity | None = None
    groups: list[Group] = field(default_factory=list)
    problem: Problem | None = None

    @property
    def username(self) -> str:
        return self.said.get("username", "")

    @property
    def name(self) -> str:
        """What a new person is called."""
        parts = (self.said.get("given_name"), self.said.get("family_name"))
        return self.said.get("display_name") or " ".join(filter(None, parts)) or self.username

    @property
    def key(self) -> str:
        return names.comparison_key(self.username)


@dataclass(slots=True)
class Surroundings:
    """What the realm and the rest of the file have of what some rows name: asked for once for all of them."""

    people: dict[str, Identity]
    external_ids: dict[str, str]
    groups: dict[str, Group]
    joined: set[tuple[str, str]]
    lines: dict[str, int]


def read(job: BulkJob, given: Iterable[tuple[int, list[str]]]) -> list[Row]:
    """The rows of a slice, with what is wrong with each. Notes their usernames, so that a later row cannot have them too."""
    rows = [Row(line, cells, mapping.values_in(cells, job.options["mapping"])) for line, cells in given]
    width = len(job.options["heading"])
    for row in rows:
        _parse(row, width)
    around = _surroundings(job, rows)
    for row in (row for row in rows if row.problem is None):
        _place(row, around, job.options["existing"])
    news = [row for row in rows if row.problem is None and around.lines.get(row.key) == row.line]
    whose = {"tenant_id": job.tenant_id, "realm_id": job.realm_id, "job": job}
    BulkKey.objects.bulk_create(BulkKey(key=row.key, line=row.line, **whose) for row in news)
    return rows


def _parse(row: Row, width: int) -> None:
    """What can be told without looking at anything else."""
    given = {name: value for name, value in row.said.items() if name not in ("display_name", "status", mapping.GROUPS)}
    try:
        if len(row.cells) > width:
            raise Invalid(Violation("", "too many cells"))
        row.traits = traits.parse({"type": traits.TYPE, **given}, creating=True)
        names.display_name(row.name, field="identity.display_name")
        if row.said.get("status", IdentityStatus.ACTIVE).lower() not in IdentityStatus.values:
            raise Invalid(Violation("identity.status", "must be active or suspended"))
    except Invalid as refusal:
        first = refusal.violations[0]
        code = "missing" if first.description in ("missing", "empty string") else "invalid"
        code = "too_many_cells" if not first.field else code
        row.problem = Problem(first.field.rpartition(".")[2], code, first.description)


def _surroundings(job: BulkJob, rows: Sequence[Row]) -> Surroundings:
    sound = [row for row in rows if row.problem is None]
    people = directory.people_called(job.realm, [row.key for row in sound])
    wanted = {name for row in sound for name in mapping.group_names(row.said)}
    groups = {group.display_name: group for group in directory.groups_in(job.realm).filter(display_name__in=wanted)}
    given = [row.said["external_id"] for row in sound if "external_id" in row.said]
    held = directory.identities_in(job.realm).filter(external_id__in=given)
    joined = directory.memberships_among(people.values(), groups.values())
    seen = BulkKey.objects.filter(job=job, key__in=[row.key for row in sound])
    return Surroundings(
        people,
        dict(held.values_list("external_id", "pk")) if given else {},
        groups,
        joined,
        dict(seen.values_list("key", "line")),
    )


def _place(row: Row, around: Surroundings, existing: str) -> None:
    """Beside the others of the file and of the realm."""
    line = around.lines.setdefault(row.key, row.line)
    row.existing = around.people.get(row.key)
    if line != row.line:
        row.problem = Problem("username", "twice_in_file", f"line {line} has this username already")
    elif row.existing is None or existing == mapping.UPDATE:
        own = row.existing.pk if row.existing else f"line {row.line}"
        if "external_id" in row.said and around.external_ids.setdefault(row.said["external_id"], own) != own:
            row.problem = Problem("external_id", "external_id_taken", "somebody else has this external id")
        _place_in_groups(row, around)


def _place_in_groups(row: Row, around: Surroundings) -> None:
    for name in mapping.group_names(row.said):
        group = around.groups.get(name)
        if group is None:
            row.problem = Problem("groups", "no_such_group", f"this realm has no group called “{name[:64]}”")
        elif row.existing is None or (row.existing.pk, group.pk) not in around.joined:
            row.groups.append(group)


def changes(row: Row) -> dict[str, Any]:
    """What `update_identity` is to be given so that the person is as the row says; nothing when they are."""
    person = row.existing
    asked: dict[str, Any] = {}
    if person is None:
        return {}
    if "display_name" in row.said and names.display_name(row.said["display_name"], field="") != person.display_name:
        asked["display_name"] = row.said["display_name"]
    if (status := row.said.get("status", "").lower()) and status != person.status:
        asked["status"] = status
    columns = {name: value for name, value in row.traits.columns.items() if value != getattr(person, name)}
    further = {name: value for name, value in row.traits.further.items() if value != person.traits.get(name)}
    if columns or further:
        asked["traits"] = Traits(columns, further)
    return asked
