"""The sector of pairwise subjects (OpenID Connect Core §8.1): one host, or a document that lists every redirect URI."""

from typing import Any

import pytest

from apps.applications.models import Application
from apps.applications.services import applications
from apps.core import outgoing
from apps.core.errors import Invalid
from apps.core.outgoing import Unreachable
from apps.tokens import claims
from tests.world import World, web

pytestmark = pytest.mark.django_db
SECTOR = "https://sector.test/redirects.json"
HERE, THERE = "https://a.test/callback", "https://b.test/callback"
FIELD = "application.protocol_config.sector_identifier_uri"


class Server:
    """What stands at the address, and how often somebody asked."""

    def __init__(self) -> None:
        self.document: Any = [HERE, THERE]
        self.asked: list[str] = []

    def get_json(self, url: str) -> Any:
        self.asked.append(url)
        if isinstance(self.document, Exception):
            raise self.document
        return self.document


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    told = Server()
    monkeypatch.setattr(outgoing, "get_json", told.get_json)
    return told


def pairwise(world: World, *redirect_uris: str, **further: Any) -> Application:
    return applications.create_application(
        world.ctx,
        world.realm,
        display_name="Pairwise",
        protocol_config=web(**{"redirect_uris": list(redirect_uris), "subject_type": "pairwise", **further}),
        authenticator_config=world.acme.customers.config,
    ).application


def refused(refusal: pytest.ExceptionInfo[Invalid]) -> str:
    assert [violation.field for violation in refusal.value.violations] == [FIELD]
    return refusal.value.violations[0].description


def test_one_host_needs_no_document(world: World, server: Server) -> None:
    assert claims.sector_of(pairwise(world, HERE, "https://a.test/other")) == "a.test"
    assert server.asked == []


def test_several_do(world: World, server: Server) -> None:
    with pytest.raises(Invalid) as refusal:
        pairwise(world, HERE, THERE)
    assert refused(refusal).startswith("missing")
    made = pairwise(world, HERE, THERE, sector_identifier_uri=SECTOR)
    assert claims.sector_of(made) == "sector.test"
    assert server.asked == [SECTOR]


def test_applications_of_one_document_know_people_by_the_same_name(world: World, server: Server) -> None:
    first = pairwise(world, HERE, sector_identifier_uri=SECTOR)
    second = pairwise(world, THERE, sector_identifier_uri=SECTOR)
    named = {claims.subject_identifier(each, world.bob) for each in (first, second)}
    assert len(named) == 1
    assert named != {claims.subject_identifier(pairwise(world, HERE), world.bob)}


@pytest.mark.parametrize(
    "document",
    [Unreachable("gone"), {}, "x", None, 7, [], [HERE], [HERE, 7], [f"{HERE}/", THERE], [HERE.upper(), THERE]],
)
def test_a_document_that_does_not_list_them_all_is_none(world: World, server: Server, document: Any) -> None:
    server.document = document
    with pytest.raises(Invalid) as refusal:
        pairwise(world, HERE, THERE, sector_identifier_uri=SECTOR)
    refused(refusal)
    assert not Application.objects.filter(display_name="Pairwise").exists()


def test_it_is_asked_again_for_what_it_decides_and_for_nothing_else(world: World, server: Server) -> None:
    made = pairwise(world, HERE, sector_identifier_uri=SECTOR)
    server.document = Unreachable("gone")
    applications.update_application(world.ctx, made, display_name="Renamed", protocol_config={"pkce": "s256"})
    assert server.asked == [SECTOR]
    with pytest.raises(Invalid):
        applications.update_application(world.ctx, made, protocol_config={"redirect_uris": [HERE, THERE]})
    made.refresh_from_db()
    assert made.redirect_uri_list == [HERE]


def test_who_knows_people_by_their_own_id_names_no_sector(world: World, server: Server) -> None:
    pairwise(world, HERE, THERE, subject_type="public", sector_identifier_uri=SECTOR)
    assert server.asked == []
