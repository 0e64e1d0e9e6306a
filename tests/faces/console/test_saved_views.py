"""Views of the events under a name: of one administrator or shared, in one realm, few enough to be found again."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.core.errors import Refusal
from apps.events.types import EventType
from apps.inquiries import saved_views
from apps.inquiries.models import SavedView
from tests import record
from tests.world import World, acting_as, join

pytestmark = pytest.mark.django_db
DENIALS = "type=POLICY_EVALUATION&outcome=DENY"


@pytest.fixture
def listed(world: World) -> str:
    return f"/console/realms/{world.realm.pk}/events"


@pytest.fixture
def keep(ada: Client, listed: str) -> Callable[..., SavedView]:
    def kept(name: str, query: str = DENIALS, **more: str) -> SavedView:
        assert ada.post(f"{listed}/views", {"name": name, "query": query, **more}).status_code == 303
        return SavedView.objects.get(name=name)

    return kept


def named(client: Client, listed: str) -> list[str]:
    return [each["name"] for each in client.get(listed).context["saved"]]


def test_a_view_is_kept_on_the_server_and_leads_back(
    world: World, ada: Client, listed: str, keep: Callable[..., SavedView]
) -> None:
    answer = ada.post(f"{listed}/views", {"name": " Denials ", "query": f"{DENIALS}&junk=1&type=NONSENSE"})
    assert answer["Location"] == f"{listed}?{DENIALS}"
    (each,) = ada.get(answer["Location"]).context["saved"]
    assert (each["name"], each["url"], each["current"]) == ("Denials", f"{listed}?{DENIALS}", True)
    assert "data-saved-views" not in ada.get(listed).content.decode(), "it needs no script"
    told = record.last(world.realm, EventType.REALM_CHANGE)
    assert (told.data["action"], told.targets[0]["display_name"]) == ("SAVE_VIEW", "Denials")
    assert "saved the view <strong>Denials</strong>" in ada.get(listed).content.decode()


def test_the_same_name_again_takes_its_place(listed: str, keep: Callable[..., SavedView], ada: Client) -> None:
    first = keep("Denials")
    again = keep("Denials", "outcome=DENY", is_shared="yes")
    assert (first.pk, again.query, again.is_shared) == (again.pk, "outcome=DENY", True)


def test_what_is_shared_is_seen_by_the_others_and_the_rest_is_not(
    world: World, listed: str, keep: Callable[..., SavedView], clerk: Callable[..., Client], eve: Client
) -> None:
    keep("Mine")
    shared = keep("Ours", is_shared="yes")
    auditor = clerk("events:read", "realms:read")
    assert named(auditor, listed) == ["Ours"]
    assert "shared by Ada Admin" in auditor.get(f"{listed}/views").content.decode()
    assert "/change" not in auditor.get(f"{listed}/views").content.decode()
    for path, given in ((f"{shared.pk}/change", {"name": "Theirs"}), (f"{shared.pk}/delete", {})):
        auditor.post(f"{listed}/views/{path}", given)
        assert eve.post(f"{listed}/views/{path}", given).status_code == 404
    assert SavedView.objects.get(pk=shared.pk).name == "Ours"


def test_a_private_view_of_somebody_else_is_not_there(
    listed: str, keep: Callable[..., SavedView], clerk: Callable[..., Client]
) -> None:
    mine = keep("Mine")
    colleague = clerk("events:read", "realms:read", "realms:update")
    assert colleague.post(f"{listed}/views/{mine.pk}/delete").status_code == 404
    assert colleague.get(f"{listed}/views/{mine.pk}/delete").status_code == 404
    assert SavedView.objects.filter(pk=mine.pk).exists()


def test_who_may_change_the_realm_tidies_up_what_others_share(
    listed: str, keep: Callable[..., SavedView], clerk: Callable[..., Client]
) -> None:
    shared = keep("Ours", is_shared="yes")
    clerk("events:read", "realms:read", "realms:update").post(f"{listed}/views/{shared.pk}/delete")
    assert not SavedView.objects.exists()


def test_it_is_renamed_shared_and_deleted_after_a_question(
    ada: Client, listed: str, keep: Callable[..., SavedView]
) -> None:
    view, other = keep("Denials"), keep("Other")
    ada.post(f"{listed}/views/{view.pk}/change", {"name": "Refusals", "is_shared": "yes"})
    assert SavedView.objects.filter(name="Refusals", is_shared=True).exists()
    ada.post(f"{listed}/views/{view.pk}/change", {"name": "Other"})
    assert SavedView.objects.get(pk=view.pk).name == "Refusals", "one name, one view"
    assert "Delete the view “Refusals”?" in ada.get(f"{listed}/views/{view.pk}/delete").content.decode()
    ada.post(f"{listed}/views/{view.pk}/delete")
    assert list(SavedView.objects.all()) == [other]


def test_another_realm_has_its_own(world: World, ada: Client, keep: Callable[..., SavedView]) -> None:
    view = keep("Denials", is_shared="yes")
    staff = f"/console/realms/{world.acme.staff.realm.pk}/events"
    assert named(ada, staff) == []
    assert ada.get(f"{staff}/views/{view.pk}/delete").status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "n" * 65, "a\x00b", "a\u202eb"])
def test_a_bad_name_keeps_nothing_and_says_so(ada: Client, listed: str, name: str) -> None:
    answer = ada.post(f"{listed}/views", {"name": name, "query": DENIALS}, follow=True)
    assert answer.status_code in (200, 400)
    assert not SavedView.objects.exists()


def test_there_are_fifty_at_most(world: World, ada: Client, listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "VIEWS_LIMIT", 2)
    for name in ("One", "Two", "Three", "Two"):
        ada.post(f"{listed}/views", {"name": name, "query": ""})
    assert named(ada, listed) == ["One", "Two"]


def test_it_takes_the_right_to_read_events(listed: str, clerk: Callable[..., Client]) -> None:
    office = clerk("realms:read")
    assert office.get(f"{listed}/views").status_code == 403
    assert office.post(f"{listed}/views", {"name": "X", "query": ""}).status_code == 403
    assert not SavedView.objects.exists()


def test_a_view_goes_with_its_owner_and_never_crosses_tenants(world: World, keep: Callable[..., SavedView]) -> None:
    keep("Denials")
    with pytest.raises(Refusal):
        saved_views.save_view(acting_as(world.ctx, world.eve), world.realm, world.eve, name="Evil", query="")
    world.ada.delete()
    assert not SavedView.objects.exists()


def test_of_very_many_shared_ones_a_page_is_shown_and_ones_own_are_offered_first(world: World, ada: Client) -> None:
    """Fifty each, of however many administrators."""
    sharing = join(world.ctx, world.acme.admin_realm, "sharer", "Sam Sharer", "acme.test")
    ctx = acting_as(world.ctx, sharing)
    for number in range(50):
        saved_views.save_view(ctx, world.realm, sharing, name=f"Many {number:02}", query="", is_shared=True)
    for name in ("Zebra", "Zoo"):
        saved_views.save_view(acting_as(world.ctx, world.ada), world.realm, world.ada, name=name, query="outcome=DENY")
    base = f"/console/realms/{world.realm.pk}/events"
    offered = [each["name"] for each in ada.get(base).context["saved"]]
    assert (offered[:3], len(offered)) == (["Zebra", "Zoo", "Many 00"], 50)
    first = ada.get(f"{base}/views")
    assert [each["name"] for each in first.context["listed"]] == [f"Many {number:02}" for number in range(50)]
    second = ada.get(first.context["older_url"])
    assert [each["name"] for each in second.context["listed"]] == ["Zebra", "Zoo"]
    assert ada.get(second.context["newer_url"]).context["listed"][0]["name"] == "Many 00"
    found = ada.get(f"{base}/views", {"q": "zeb"})
    assert [each["name"] for each in found.context["listed"]] == ["Zebra"]
    assert "Nothing matches" in ada.get(f"{base}/views", {"q": "none of these"}).content.decode()
