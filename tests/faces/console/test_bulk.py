"""Many people at once: selected in the list, asked about, done one by one, and reported with the reason of each refusal."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.credentials.models import CredentialBindingJob
from apps.credentials.services import batches
from apps.directory import selectors as directory
from apps.directory.models import Identity
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
    for action, status in (("suspend", "suspended"), ("suspend", "suspended"), ("unsuspend", "active")):
        report = do(ada, here, action, people)
        assert [each.name for each in report.context["done"]] == ["Bob Baker", "Carol Contractor"]
        assert report.context["refused"] == []
        assert statuses(people) == [status, status]
    told = Event.objects.filter(realm_id=world.realm.pk, type="IDENTITY_CHANGE", data__action="SUSPEND")
    assert told.filter(actor_id=world.ada.pk).count() == 4


def test_whoever_cannot_be_is_told_of_and_spares_the_rest(ada: Client, world: World) -> None:
    realm = world.acme.admin_realm
    grace = join(world.ctx, realm, "grace", "Grace Hopper", "acme.test")
    here = f"/console/realms/{realm.pk}/identities"
    for action, given in (("suspend", {}), ("delete", {"confirmation": "delete 3"})):
        report = ada.post(
            f"{here}/bulk", {"action": action, "ids": f"{world.ada.pk},{grace.pk},{world.bob.pk}", **given}
        )
        assert [each.name for each in report.context["done"]] == ["Grace Hopper"]
        refused = {each.id: each.problem for each in report.context["refused"]}
        assert "your own identity" in refused[world.ada.pk]
        assert "Nobody here" in refused[world.bob.pk]
        assert "Bob Baker" not in report.content.decode()
    assert Identity.objects.filter(pk__in=[world.ada.pk, world.bob.pk], status="active").count() == 2
    assert not Identity.objects.filter(pk=grace.pk).exists()


def test_a_deletion_wants_the_number_typed(ada: Client, here: str, people: list[Identity]) -> None:
    for wrong in ("", "delete", "delete 3", "DELETE 2", "a\x00b"):
        refused = do(ada, here, "delete", people, confirmation=wrong)
        assert refused.status_code == 422
        assert joined(people) in refused.content.decode()
    assert statuses(people) == ["active", "active"]
    assert do(ada, here, "delete", people, confirmation="delete 2").status_code == 200
    assert not Identity.objects.filter(pk__in=[person.pk for person in people]).exists()


def test_people_are_added_to_a_group_of_this_realm_alone(
    ada: Client, here: str, people: list[Identity], world: World
) -> None:
    group = world.acme.customers.contractors
    report = do(ada, here, "group", people, group=group.pk)
    assert len(report.context["done"]) == 2
    assert directory.member_ids_among(group, [person.pk for person in people]) == {person.pk for person in people}
    for other in (world.acme.staff.contractors, world.evil.customers.contractors):
        assert do(ada, here, "group", people, group=other.pk).status_code == 422


def test_links_are_mailed_by_the_worker_and_reported_person_by_person(
    ada: Client, here: str, people: list[Identity], world: World
) -> None:
    bare = join(world.ctx, world.realm, "bare", "Bare Foot", "acme.test")
    Identity.objects.filter(pk=bare.pk).update(primary_email_address="", email_key="")
    config = world.acme.customers.config
    sent = do(ada, here, "links", [*people, bare], authenticator=str(config.pk), life="86400")
    report = sent["Location"]
    running = ada.get(report)
    assert "data-poll" in running.content.decode()
    again = ada.get(report, {"seen": running.context["seen"]}, headers={"HX-Request": "true"})
    assert again.status_code == 204
    while batches.run(running.context["batch"].pk):
        pass
    done = ada.get(report)
    assert "2 of 3 people have a link" in done.content.decode()
    assert [each.name for each in done.context["refused"]] == ["Bare Foot"]
    assert "data-poll" not in done.content.decode()
    assert CredentialBindingJob.objects.filter(realm=world.realm).count() == 2
    assert OutgoingMail.objects.filter(realm=world.realm).count() == 2


def test_all_that_the_search_finds_are_those_of_this_realm(ada: Client, here: str) -> None:
    asked = ada.get(f"{here}/bulk", {"action": "suspend", "all": "1", "q": "carol", "status": "active"})
    assert [person.display_name for person in asked.context["people"]] == ["Carol Contractor"]
    everybody = ada.get(f"{here}/bulk", {"action": "suspend", "all": "1"})
    assert "Suspend 3 people?" in everybody.content.decode()


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
    report = do(eve, foreign, "suspend", people)
    assert report.context["done"] == []
    assert "Bob Baker" not in report.content.decode()
    assert statuses(people) == ["active", "active"]
