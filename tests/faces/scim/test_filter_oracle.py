"""Five hundred filters made at random find exactly whom an evaluator in memory finds, and nobody of another realm.

One Hypothesis run inside one database transaction: the people are made once and never changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.directory import selectors
from apps.directory.filter_grammar import parse
from apps.directory.filtering import to_query
from apps.directory.models import Identity
from apps.realms.models import Realm
from apps.scim.attributes import USERS
from tests.world import World

pytestmark = pytest.mark.django_db

Test = Callable[[dict[str, Any]], bool]
WORDS = ("ann", "ANN", "bo", "bob", "b", "n", "N", "o", "%", "_", "o'", "", "x")
PEOPLE: list[dict[str, Any]] = [
    {"username": "ann", "title": "ANN", "nick_name": "", "given_name": "Bob", "email": "ann@x.test", "active": True},
    {"username": "bob", "title": "", "nick_name": "%", "given_name": "Ann", "email": "", "active": False},
    {"username": "bo_", "title": "o'", "nick_name": "bo", "given_name": "", "email": "bo@x.test", "active": True},
    {"username": "x", "title": "x%x", "nick_name": "ann", "given_name": "b", "email": "x@ann.test", "active": False},
]
NAMES = {
    "userName": "username", "title": "title", "nickName": "nick_name", "name.givenName": "given_name",
    "emails.value": "email",
}  # fmt: skip
COMPARED: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda own, said: bool(own) and own == said,  # what is not there equals nothing, not even ""
    "ne": lambda own, said: not own or own != said,
    "co": lambda own, said: bool(own) and said in own,
    "sw": lambda own, said: bool(own) and own.startswith(said),
    "ew": lambda own, said: bool(own) and own.endswith(said),
}


@dataclass(frozen=True)
class Case:
    """A filter as it is written, and what it is true of."""

    text: str
    fits: Test


def _of_text(name: str, operator: str, word: str) -> Case:
    compare = COMPARED[operator]
    written = word.replace("\\", "\\\\").replace('"', '\\"')
    of_email = name == "emails.value"

    def fits(person: dict[str, Any]) -> bool:
        own = person[NAMES[name]].lower()
        # An address that is not there is no element of the list, and nothing is true of it (RFC 7644 §3.4.2.2).
        return (bool(own) or not of_email) and compare(own, word.lower())

    return Case(f'{name} {operator} "{written}"', fits)


_present = st.sampled_from(sorted(NAMES)).map(lambda name: Case(f"{name} pr", lambda person: bool(person[NAMES[name]])))
_text = st.builds(_of_text, st.sampled_from(sorted(NAMES)), st.sampled_from(sorted(COMPARED)), st.sampled_from(WORDS))
_active = st.sampled_from([True, False]).map(
    lambda wanted: Case(f"active eq {str(wanted).lower()}", lambda person: person["active"] is wanted)
)
_leaf = _text | _present | _active


def _grown(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        inner.map(lambda c: Case(f"not ({c.text})", lambda p: not c.fits(p))),
        pair.map(lambda cs: Case(f"({cs[0].text}) and ({cs[1].text})", lambda p: cs[0].fits(p) and cs[1].fits(p))),
        pair.map(lambda cs: Case(f"({cs[0].text}) or ({cs[1].text})", lambda p: cs[0].fits(p) or cs[1].fits(p))),
    )


def _people(world: World, realm: Realm) -> None:
    for person in PEOPLE:
        Identity.objects.create(
            tenant_id=realm.tenant_id, realm=realm, username=person["username"], username_key=person["username"],
            display_name=person["username"], given_name=person["given_name"], primary_email_address=person["email"],
            email_key=person["email"], status="active" if person["active"] else "suspended",
            traits={name: person[name] for name in ("title", "nick_name") if person[name]},
            created_at=world.ctx.now, updated_at=world.ctx.now,
        )  # fmt: skip


def test_five_hundred_filters_find_whom_they_should_and_nobody_of_elsewhere(world: World) -> None:
    realm = world.realm
    elsewhere = world.evil.customers.realm
    Identity.objects.filter(realm__in=[realm, elsewhere]).delete()
    _people(world, realm)
    _people(world, elsewhere)
    ours = set(Identity.objects.filter(realm=realm).values_list("pk", flat=True))

    @settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    @given(case=st.recursive(_leaf, _grown, max_leaves=12))
    def check(case: Case) -> None:
        with transaction.atomic():
            found = list(selectors.identities_in(realm).filter(to_query(parse(case.text), USERS)))
        assert {row.pk for row in found} <= ours, case.text
        assert {row.username for row in found} == {p["username"] for p in PEOPLE if case.fits(p)}, case.text

    check()
