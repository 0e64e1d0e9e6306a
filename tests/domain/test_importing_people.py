"""A file of people becomes people: tried out first, done by the worker, each row once, with a reason where it was not."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection

from apps.bulk import running
from apps.bulk.models import BulkFailure, BulkJob, BulkKey, BulkSlice
from apps.bulk.services import imports, jobs
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.models import Event
from apps.onboarding import services as onboarding
from apps.realms import services as realms
from tests.racing import race
from tests.world import World

pytestmark = pytest.mark.django_db

SCOPES = frozenset({"identities:read", "identities:create", "identities:update", "groups:update", "identities:delete"})


@pytest.fixture
def desk(world: World) -> Context:
    return world.request.holding(SCOPES)


def uploaded(ctx: Context, world: World, text: str) -> BulkJob:
    return imports.upload_people(ctx, world.realm, io.BytesIO(text.encode()), file_name="people.csv")


def worked(job: BulkJob) -> BulkJob:
    """As the worker does it, until there is no more to do."""
    while running.run(job.pk):
        pass
    job.refresh_from_db()
    return job


def checked(ctx: Context, world: World, text: str, existing: str = "skip") -> BulkJob:
    job = uploaded(ctx, world, text)
    imports.check_import(ctx, job, columns=job.options["mapping"], existing=existing)
    return worked(job)


def imported(ctx: Context, world: World, text: str, existing: str = "skip") -> BulkJob:
    job = checked(ctx, world, text, existing)
    imports.start_import(ctx, job)
    return worked(job)


def counts(job: BulkJob) -> tuple[int, int, int, int]:
    return job.created, job.changed, job.skipped, job.failed


def problems(job: BulkJob) -> list[tuple[int, str, str]]:
    return list(BulkFailure.objects.filter(job=job).order_by("id").values_list("line", "field", "code"))


MIXED = (
    "username,name,email,groups,status\n"
    "grace,Grace Hopper,grace@acme.test,Contractors,\n"
    "bob,Robert Baker,bob@new.test,,\n"
    "grace,Grace Again,g2@acme.test,,\n"
    "linus,Linus,not an address,,\n"
    ",Nobody,n@acme.test,,\n"
    "margaret,Margaret Hamilton,m@acme.test,Astronauts,\n"
    "joan,Joan,j@acme.test,,asleep\n"
    "'=cmd,Katherine Johnson,k@acme.test,Contractors; Contractors,suspended\n"
)


def test_trying_out_says_what_would_happen_and_changes_nobody(world: World, desk: Context) -> None:
    before = list(Identity.objects.order_by("pk").values_list())
    job = checked(desk, world, MIXED)
    assert (job.state, counts(job)) == ("CHECKED", (2, 0, 1, 5))
    assert problems(job) == [
        (4, "username", "twice_in_file"), (5, "primary_email_address", "invalid"), (6, "username", "missing"),
        (7, "groups", "no_such_group"), (8, "status", "invalid"),
    ]  # fmt: skip
    assert list(Identity.objects.order_by("pk").values_list()) == before


def test_what_was_tried_out_is_what_happens_with_the_verbs_own_events(world: World, desk: Context) -> None:
    job = imported(desk, world, MIXED, "update")
    assert (job.state, counts(job)) == ("DONE", (2, 1, 0, 5))
    people = directory.people_called(world.realm, ["grace", "bob", "=cmd"])
    assert people["bob"].display_name == "Robert Baker"
    assert people["=cmd"].status == "suspended"
    assert directory.member_ids_among(world.acme.customers.contractors, [p.pk for p in people.values()]) == {
        people["grace"].pk, people["=cmd"].pk,
    }  # fmt: skip
    told = Event.objects.filter(correlation_id=job.correlation_id, actor_id=world.ada.pk)
    assert told.filter(type="IDENTITY_CHANGE", data__action="CREATE", outcome="SUCCESS").count() == 2
    assert told.filter(type="IDENTITY_CHANGE", data__action="UPDATE").count() == 1
    assert told.filter(type="GROUP_MEMBERSHIP_CHANGE").count() == 2
    assert told.filter(data__action="BULK_COMPLETE").get().data["created"] == 2
    assert not BulkSlice.objects.filter(job=job).exists()
    assert not BulkKey.objects.filter(job=job).exists()


def test_a_second_import_of_the_same_file_changes_nobody_and_empty_cells_leave_what_was(
    world: World, desk: Context
) -> None:
    text = "username,name,email,title\ngrace,Grace,grace@acme.test,Admiral\n"
    assert counts(imported(desk, world, text)) == (1, 0, 0, 0)
    assert counts(imported(desk, world, text, "update")) == (0, 0, 1, 0)
    assert counts(imported(desk, world, text.replace("Admiral", "").replace("Grace,", "Grace H,"), "update")) == (
        0,
        1,
        0,
        0,
    )
    grace = directory.people_called(world.realm, ["grace"])["grace"]
    assert (grace.display_name, grace.traits["title"]) == ("Grace H", "Admiral")


def test_an_external_id_is_one_persons(world: World, desk: Context) -> None:
    job = imported(desk, world, "username,external id\nann,1\nben,1\n")
    assert (counts(job), problems(job)) == ((1, 0, 0, 1), [(3, "external_id", "external_id_taken")])
    assert problems(checked(desk, world, "username,external id\ncid,1\n")) == [(2, "external_id", "external_id_taken")]


def test_one_slice_at_a_time_and_a_killed_worker_costs_no_row_and_doubles_none(
    world: World, desk: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "username\n" + "".join(f"person{number}\n" for number in range(120))
    job = checked(desk, world, text)
    imports.start_import(desk, job)
    create, made = identities.create_identity, []

    def die_at_seventy(*given: object, **named: object) -> Identity:
        if len(made) == 70:
            raise SystemExit("killed")
        made.append(1)
        return create(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(identities, "create_identity", die_at_seventy)
    with pytest.raises(SystemExit):
        running.run(job.pk)
    job.refresh_from_db()
    assert (job.position, job.created) == (1, 50)
    assert Identity.objects.filter(realm=world.realm, username__startswith="person").count() == 50
    assert not running.run(job.pk), "the claim of the dead worker still stands"
    BulkJob.objects.filter(pk=job.pk).update(next_attempt_at=desk.now)
    monkeypatch.setattr(identities, "create_identity", create)
    assert counts(worked(job)) == (120, 0, 0, 0)
    assert Event.objects.filter(correlation_id=job.correlation_id, data__action="CREATE").count() == 120


def test_a_role_taken_away_stops_the_job(world: World, desk: Context) -> None:
    job = checked(desk, world, "username\nann\n")
    imports.start_import(desk, job)
    group = directory.groups_of(world.ada).filter(is_managed=True).get()
    group.memberships.all().delete()
    assert (worked(job).state, job.stopped_because, job.created) == ("STOPPED", "rights_lost", 0)


def test_nobody_imports_by_rights_they_do_not_hold(world: World, desk: Context) -> None:
    for held, existing in (({"identities:create"}, "skip"), (SCOPES - {"identities:update"}, "update")):
        job = checked(replace(desk, held_scopes=frozenset(held)), world, "username\nann\n", existing)
        assert (job.state, job.stopped_because) == ("STOPPED", "rights_lost")


def test_a_realm_that_is_deleted_takes_its_jobs_along(world: World, desk: Context) -> None:
    realm = onboarding.create_realm(world.ctx, world.acme.tenant, world.acme.admin_realm, display_name="Short")
    job = imports.upload_people(desk, realm, io.BytesIO(b"username\nann\n"))
    imports.check_import(desk, job, columns={"username": 0}, existing="skip")
    realms.delete_realm(world.ctx, realm, world.acme.admin_realm)
    assert not running.run(job.pk)
    assert not BulkJob.objects.filter(pk=job.pk).exists()


def test_a_job_moves_on_once_and_what_is_over_is_over(world: World, desk: Context) -> None:
    job = uploaded(desk, world, "username\nann\n")
    with pytest.raises(jobs.JobMovedOn):
        imports.start_import(desk, job)  # not tried out yet
    job = imported(desk, world, "username\nann\n")
    for again in (
        lambda: imports.start_import(desk, job),
        lambda: jobs.stop_job(desk, job),
        lambda: imports.check_import(desk, job, columns={"username": 0}, existing="skip"),
    ):
        with pytest.raises(jobs.JobMovedOn):
            again()
    assert Identity.objects.filter(realm=world.realm, username="ann").count() == 1


def test_a_file_that_is_no_table_leaves_an_event_and_no_draft(world: World, desk: Context) -> None:
    with pytest.raises(Refusal):
        uploaded(desk, world, "username\n" + "x\n" * 3000 + '"open')
    assert not BulkJob.objects.exists()
    assert Event.objects.get(data__action="IMPORT_UPLOAD").outcome == "UNCLOSED_QUOTE"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_job_do_each_row_once(world: World, desk: Context) -> None:
    job = checked(desk, world, "username\n" + "".join(f"p{number}\n" for number in range(200)))
    imports.start_import(desk, job)
    job = BulkJob.objects.select_related("realm__tenant").get(pk=job.pk)

    def work(step: Callable[[Context, BulkJob], bool] = running._slice) -> None:
        here: BulkJob | None = running._read(job.pk)
        while here is not None:  # both past their claims, as after a lease that ran out
            step(running.context_of(here).holding(SCOPES), here)
            here = running._read(job.pk)

    race(work, times=2)
    connection.close()
    job.refresh_from_db()
    assert (job.state, counts(job)) == ("DONE", (200, 0, 0, 0))
    assert Event.objects.filter(correlation_id=job.correlation_id, data__action="CREATE").count() == 200
    assert Event.objects.filter(correlation_id=job.correlation_id, data__action="BULK_COMPLETE").count() == 1
