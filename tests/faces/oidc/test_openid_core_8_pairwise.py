"""Pairwise subject identifiers (OpenID Connect Core §8): one person, and nobody can tell across sectors."""

from typing import Any

import pytest

from apps.applications.models import Application
from apps.tokens import claims
from tests import ceremonies
from tests.faces.oidc.shop import Shop, answer_to
from tests.world import REDIRECT_URI

ELSEWHERE = "https://elsewhere.test/callback"


def subject(shop: Shop, **changes: str | None) -> str:
    """Everything that names the person names the same."""
    tokens = shop.tokens(**changes)
    of_access = ceremonies.payload_of(tokens["access_token"])
    of_id = ceremonies.payload_of(tokens["id_token"])
    of_userinfo = shop.userinfo(tokens["access_token"]).json()
    assert of_access["sub"] == of_id["sub"] == of_userinfo["sub"]
    assert shop.world.bob.pk not in (str(of_access), str(of_id), str(of_userinfo))
    assert of_access["bi_p"].endswith(f"/{of_access['sub']}")
    return of_id["sub"]


@pytest.fixture
def pairwise(shop: Shop) -> Shop:
    shop.register("Pairwise", subject_type="pairwise")
    return shop


def test_it_is_opaque_stable_and_another_than_the_public_one(pairwise: Shop) -> None:
    first, second = subject(pairwise), subject(pairwise)
    assert first == second
    assert first != pairwise.world.bob.pk
    assert len(first) == 43


def test_applications_of_one_sector_see_the_same_and_others_another(pairwise: Shop) -> None:
    here = subject(pairwise)
    pairwise.register("Neighbour", subject_type="pairwise", redirect_uri="http://localhost:4000/other")
    assert subject(pairwise) == here
    pairwise.register("Stranger", subject_type="pairwise", redirect_uri=ELSEWHERE)
    assert subject(pairwise) != here


def test_people_and_realms_differ(pairwise: Shop) -> None:
    world = pairwise.world
    people: list[Any] = [world.bob, world.acme.customers.carol]
    named = {claims.subject_identifier(pairwise.application, person) for person in people}
    staff = world.acme.staff.application
    Application.objects.filter(pk=staff.pk).update(subject_type="pairwise")
    staff.refresh_from_db()
    named |= {claims.subject_identifier(staff, world.acme.staff.bob)}
    assert len(named) == 3


def test_a_pseudonym_tells_no_name_unless_it_is_asked(pairwise: Shop) -> None:
    tokens = pairwise.tokens()
    assert set(pairwise.userinfo(tokens["access_token"]).json()) == {"sub"}
    assert not {"name", "preferred_username", "email"} & set(ceremonies.payload_of(tokens["id_token"]))
    asked = pairwise.userinfo(pairwise.tokens(scope="openid profile email")["access_token"]).json()
    assert {"name", "preferred_username", "email"} <= set(asked)


def test_a_hint_is_understood_by_it(pairwise: Shop) -> None:
    done = pairwise.sign_in()
    hint = pairwise.token(pairwise.party.form(done.code)).json()["id_token"]
    assert "code" in answer_to(pairwise.authorize(prompt="none", id_token_hint=hint), REDIRECT_URI)


def test_discovery_says_so(pairwise: Shop) -> None:
    found = pairwise.browser.get(pairwise.path(".well-known/openid-configuration")).json()
    assert found["subject_types_supported"] == ["pairwise"]
