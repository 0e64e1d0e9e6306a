"""Many people at once: selected in the list, asked about, done by the worker, reported with the reason of each refusal."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.bulk import running
from apps.credentials.models import CredentialBindingJob
from apps.directory import selectors as directory
from apps.directory.models import Identity
from apps.directory.services import groups, identities
from apps.events.models import Event
from apps.realms.models import OutgoingMail
from tests.world import World, join

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/identities"


@pytest.fixture
def people(world: World) -> list[Identity]:
    return [world.bob, world.acme.customers.carol]


def joined(people: list[Identity]) -> str:
    return ",".join(person.pk for person in people)


def do(ada: Client, here: str, action: str, people: list[Identity], **given: Any) -> Any:
    return ada.post(f"{here}/bulk", {"action": action, "ids": joined(people), **given})


def done(ada: Client, here: str, action: str, people: list[Identity], **given: Any) -> Any:
    """Asked for, and done by the worker: the page of the job."""
    report = do(ada, here, action, people, **given)["Location"]
    return worked(ada, report)


def worked(ada: Client, report: str) -> Any:
    while running.run(report.rpartition("/")[2]):
        pass
    return ada.get(report)


def told(report: Any) -> tuple[int, int, dict[str, str]]:
    """(done, left as they were, id → why not)"""
    job = report.context["job"]
    return job.changed, job.skipped, {each["row"].subject: each["words"] for each in report.context["failures"]}


def statuses(people: list[Identity]) -> list[str]:
    return [Identity.objects.get(pk=person.pk).status for person in people]


def test_the_list_offers_what_the_administrator_may_do(
    ada: Client, here: str, clerk: Callable[..., Client], world: World
) -> None:
    page = ada.get(here).content.decode()
    assert page.count('name="identity_id"') == 3
    for action in ("suspend", "unsuspend", "group", "links", "delete"):
        assert f'value="{action}"' in page
    clara = clerk("identities:read", "realms:read", "groups:update")
    page = clara.get(here).content.decode()
    assert 'value="group"' in page
    assert 'value="delete"' not in page
    for action in ("delete", "suspend", "links"):
        assert do(clara, here, action, [world.bob], confirmation="delete 1").status_code == 403


def test_one_is_asked_first_and_looking_changes_nothing(ada: Client, here: str, people: list[Identity]) -> None:
    asked = ada.get(f"{here}/bulk", {"action": "suspend", "identity_id": [person.pk for person in people]})
    page = asked.content.decode()
    assert "Suspend 2 people?" in page
    assert "Bob Baker" in page
    assert f'value="{asked.context["form"]["ids"].value()}"' in page
    assert statuses(people) == ["active", "active"]
    assert (
        "Suspend 1 person?"
        in ada.get(f"{here}/bulk", {"action": "suspend", "identity_id": people[0].pk}).content.decode()
    )


def test_people_are_suspended_and_let_in_again_one_event_each(
    ada: Client, here: str, people: list[Identity], world: World
) -> None:
    for action, status, counts in (
        ("suspend", "suspended", (2, 0)),
        ("suspend", "suspended", (0, 2)),
        ("unsuspend", "active", (2, 0)),
    ):
        assert told(done(ada, here, action, people)) == (*counts, {})
        assert statuses(people) == [status, status]
    written = Event.objects.filter(realm_id=world.realm.pk, type="IDENTITY_CHANGE", data__action="SUSPEND")
    assert written.filter(actor_id=world.ada.pk).count() == 2


def test_whoever_cannot_be_is_told_of_and_spares_the_rest(ada: Client, world: World) -> None:
    realm = world.acme.admin_realm
    grace = join(world.ctx, realm, "grace", "Grace Hopper", "acme.test")
    here = f"/console/realms/{realm.pk}/identities"
    for action, given in (("suspend", {}), ("delete", {"confirmation": "delete 3"})):
        report = done(ada, here, action, [world.ada, grace, world.bob], **given)
        count, _, refused = told(report)
        assert count == 1
        assert "your own identity" in refused[world.ada.pk]
        assert "Nobody here" in refused[world.bob.pk]
        assert "Bob Baker" not in report.content.decode()
    failed = b"".join(ada.get(f"/console/realms/{realm.pk}/identities/bulk-jobs/{report.context['job'].pk}/failed.csv"))
    assert failed.splitlines()[0] == b"id,username,line,field,problem"
    assert Identity.objects.filter(pk__in=[world.ada.pk, world.bob.pk], status="active").count() == 2
    assert not Identity.objects.filter(pk=grace.pk).exists()


def test_a_deletion_wants_the_number_typed(ada: Client, here: str, people: list[Identity]) -> None:
    for wrong in ("", "delete", "delete 3", "DELETE 2", "a\x00b"):
        refused = do(ada, here, "delete", people, confirmation=wrong)
        assert refused.status_code == 422
        assert joined(people) in refused.content.decode()
    assert statuses(people) == ["active", "active"]
    assert told(done(ada, here, "delete", people, confirmation="delete 2")) == (2, 0, {})
    assert not Identity.objects.filter(pk__in=[person.pk for person in people]).exists()


def test_people_are_added_to_a_group_of_this_realm_alone(
    ada: Client, here: str, people: list[Identity], world: World
) -> None:
    group = world.acme.customers.contractors  # Carol is in it
    assert told(done(ada, here, "group", people, group=group.pk)) == (1, 1, {})
    assert directory.member_ids_among(group, [person.pk for person in people]) == {person.pk for person in people}
    for other in (world.acme.staff.contractors, world.evil.customers.contractors):
        assert do(ada, here, "group", people, group=other.pk).status_code == 422


def test_links_are_mailed_by_the_worker_and_reported_person_by_person(
    ada: Client, here: str, people: list[Identity], world: World
) -> None:
    bare = join(world.ctx, world.realm, "bare", "Bare Foot", "acme.test")
    Identity.objects.filter(pk=bare.pk).update(primary_email_address="", email_key="")
    config = world.acme.customers.config
    asked = {"authenticator": str(config.pk), "life": "86400", "asked_as": str(uuid.uuid4())}
    report = do(ada, here, "links", [*people, bare], **asked)["Location"]
    assert do(ada, here, "links", [*people, bare], **asked)["Location"] == report, "a form sent twice is one job"
    page = ada.get(report)
    assert "data-poll" in page.content.decode()
    again = ada.get(report, {"seen": page.context["seen"]}, headers={"HX-Request": "true"})
    assert again.status_code == 204
    count, _, refused = told(worked(ada, report))
    assert (count, refused) == (2, {bare.pk: "Identity missing email address."})
    assert "data-poll" not in ada.get(report).content.decode()
    assert CredentialBindingJob.objects.filter(realm=world.realm).count() == 2
    assert OutgoingMail.objects.filter(realm=world.realm).count() == 2


def test_all_that_the_search_finds_are_those_of_this_realm(ada: Client, here: str) -> None:
    asked = ada.get(f"{here}/bulk", {"action": "suspend", "all": "1", "q": "carol", "status": "active"})
    assert [person.display_name for person in asked.context["people"]] == ["Carol Contractor"]
    everybody = ada.get(f"{here}/bulk", {"action": "suspend", "all": "1"})
    assert "Suspend 3 people?" in everybody.content.decode()


def test_all_that_the_search_found_are_done_but_nobody_who_came_since(ada: Client, here: str, world: World) -> None:
    searched = {"action": "suspend", "all": "1", "q": "acme.test", "status": "active"}
    asked = ada.get(f"{here}/bulk", searched)
    late = join(world.ctx, world.realm, "late", "Late Comer", "acme.test")
    report = ada.post(f"{here}/bulk", {**searched, "until": asked.context["form"].search["until"]})["Location"]
    assert told(worked(ada, report)) == (3, 0, {})
    assert set(Identity.objects.filter(realm=world.realm, status="active")) == {late}
    assert Identity.objects.filter(realm=world.acme.staff.realm, status="suspended").count() == 0


def test_a_search_longer_than_a_slice_is_walked_to_its_end_once(
    ada: Client, here: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SLICE", 2)
    for number in range(5):
        join(world.ctx, world.realm, f"temp{number}", f"Temp {number}", "acme.test")
    searched = {"action": "delete", "all": "1", "q": "temp"}
    until = ada.get(f"{here}/bulk", searched).context["form"].search["until"]
    report = ada.post(f"{here}/bulk", {**searched, "until": until, "confirmation": "delete 5"})["Location"]
    assert told(worked(ada, report)) == (5, 0, {})
    assert Identity.objects.filter(realm=world.realm).count() == 3


def test_a_group_that_is_gone_stops_the_job_and_stopping_it_is_for_who_may_begin_it(
    ada: Client, here: str, people: list[Identity], world: World, clerk: Callable[..., Client]
) -> None:
    group = groups.create_group(world.ctx, world.realm, display_name="Short")
    report = do(ada, here, "group", people, group=group.pk)["Location"]
    groups.delete_group(world.ctx, group)
    assert clerk("identities:read", "realms:read").post(f"{report}/stop").status_code == 403
    assert "the group or the authenticator is gone" in worked(ada, report).content.decode()
    report = do(ada, here, "suspend", people)["Location"]
    ada.post(f"{report}/stop")
    assert told(worked(ada, report)) == (0, 0, {})
    assert statuses(people) == ["active", "active"]


def test_nobody_selected_or_an_unknown_action_does_nothing(ada: Client, here: str, world: World) -> None:
    for ids in ("", "nonsense", "\x00", "0" * 17):
        assert ada.post(f"{here}/bulk", {"action": "suspend", "ids": ids})["Location"] == here
    assert ada.post(f"{here}/bulk", {"action": "rename", "ids": world.bob.pk}).status_code == 404
    many = ",".join(f"{number:016x}" for number in range(1_200))
    assert ada.post(f"{here}/bulk", {"action": "suspend", "ids": many}).status_code == 422


def test_another_tenants_people_are_out_of_reach(
    ada: Client, eve: Client, here: str, people: list[Identity], world: World
) -> None:
    assert do(eve, here, "suspend", people).status_code == 404
    foreign = f"/console/realms/{world.evil.customers.realm.pk}/identities"
    report = done(eve, foreign, "suspend", people)
    assert told(report)[:2] == (0, 0)
    assert "Bob Baker" not in report.content.decode()
    assert statuses(people) == ["active", "active"]


def undone(ada: Client, report: Any) -> Any:
    """By the button of the report."""
    button = re.search(r'action="([^"]+/undo)"', report.content.decode())
    assert button
    return worked(ada, ada.post(button[1])["Location"])


def test_a_suspension_of_many_is_undone_for_those_it_changed_and_no_others(
    world: World, ada: Client, here: str, people: list[Identity]
) -> None:
    dave = world.acme.customers.people["dave"]
    identities.suspend_identity(world.ctx, dave)
    report = done(ada, here, "suspend", [*people, dave])
    assert told(report) == (2, 1, {})
    identities.unsuspend_identity(world.ctx, Identity.objects.get(pk=people[1].pk))
    back = undone(ada, report)
    assert told(back) == (1, 1, {})
    assert statuses([*people, dave]) == ["active", "active", "suspended"]
    begun = Event.objects.filter(realm_id=world.realm.pk, data__action="BULK_START").latest("id")
    assert (begun.data["undoes"], begun.data["count"]) == (report.context["job"].pk, 2)
    again = ada.get(report.request["PATH_INFO"])
    assert "/undo" not in again.content.decode()
    assert ada.post(f"{report.request['PATH_INFO']}/undo")["Location"] == back.request["PATH_INFO"]
    assert statuses(people) == ["active", "active"]
    assert told(undone(ada, back)) == (1, 0, {}), "and that is undone in its turn"
    assert statuses(people) == ["suspended", "active"]


def test_who_was_suspended_again_for_another_reason_stays_so(
    world: World, ada: Client, here: str, people: list[Identity]
) -> None:
    report = done(ada, here, "suspend", people)
    later = replace(world.ctx, now=timezone.now() + timedelta(seconds=5))
    stolen = Identity.objects.get(pk=people[0].pk)
    identities.unsuspend_identity(later, stolen)
    identities.suspend_identity(later, stolen)
    identities.update_identity(later, Identity.objects.get(pk=people[1].pk), display_name="Carol C.")
    assert told(undone(ada, report)) == (1, 1, {})
    assert statuses(people) == ["suspended", "active"]


def test_who_was_in_the_group_before_or_came_again_later_stays_in_it(
    world: World, ada: Client, here: str, people: list[Identity]
) -> None:
    group, dave = world.acme.customers.contractors, world.acme.customers.people["dave"]  # Carol is in it
    report = done(ada, here, "group", [*people, dave], group=group.pk)
    assert told(report) == (2, 1, {})
    groups.remove_members(world.ctx, group, [dave.pk])
    groups.add_members(replace(world.ctx, now=timezone.now() + timedelta(seconds=5)), group, [dave.pk])
    assert told(undone(ada, report)) == (1, 1, {})
    assert set(directory.members_of(group).values_list("username", flat=True)) == {"carol", "dave"}


def test_what_cannot_be_taken_back_is_not_offered_and_refused(
    world: World, ada: Client, here: str, people: list[Identity], clerk: Callable[..., Client]
) -> None:
    gone = done(ada, here, "delete", people[:1], confirmation="delete 1").request["PATH_INFO"]
    nobody = done(ada, here, "unsuspend", people[1:]).request["PATH_INFO"]
    for report in (gone, nobody):
        assert "/undo" not in ada.get(report).content.decode()
        assert ada.post(f"{report}/undo")["Location"] == "/console/"
    suspended = done(ada, here, "suspend", people[1:]).request["PATH_INFO"]
    reader = clerk("identities:read")
    assert "/undo" not in reader.get(suspended).content.decode()
    assert reader.post(f"{suspended}/undo").status_code == 403
    assert statuses(people[1:]) == ["suspended"]
