"""What a scope may look like, and the arithmetic of granting them (contract/wire.md §1.10, §2)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.applications.scopes import (
    MANAGEMENT_SCOPES,
    OPENID_SCOPES,
    checked_scopes,
    granted,
    still_granted,
)
from apps.core.errors import Invalid

SOME = st.sets(st.sampled_from(["pets:read", "pets:write", "pets:feed", *OPENID_SCOPES]))


def test_the_management_api_has_what_the_contract_names() -> None:
    named = """tenants:read tenants:update realms:create realms:delete identities:read groups:update roles:delete
    applications:create authenticator-configs:update resource-servers:read tokens:introspect tokens:create
    credentials:read credentials:revoke credential-binding-jobs:create credential-binding-jobs:read themes:create
    themes:read themes:update events:read event-streams:create event-streams:delete policy:read policy:update
    policy:publish scim:all scim:users:create scim:users:delete scim:groups:read scim:groups:update""".split()
    assert set(named) <= set(MANAGEMENT_SCOPES)
    assert len(MANAGEMENT_SCOPES) == len(set(MANAGEMENT_SCOPES))


def test_every_scope_of_our_own_is_one() -> None:
    assert checked_scopes(list(MANAGEMENT_SCOPES), field="scopes") == list(MANAGEMENT_SCOPES)


@given(SOME, SOME, st.none() | SOME)
def test_what_is_left_of_a_token_is_never_more_than_it_had(issued: Any, allowed: Any, of_roles: Any) -> None:
    left = still_granted(issued, allowed=allowed, of_roles=of_roles)
    assert left <= issued
    for scope in left - set(OPENID_SCOPES):
        assert scope in allowed
        assert of_roles is None or scope in of_roles


@given(SOME, SOME, st.none() | SOME)
def test_a_token_just_issued_has_lost_nothing(asked: Any, allowed: Any, of_roles: Any) -> None:
    allowed -= set(OPENID_SCOPES)
    issued = granted(sorted(asked), allowed=allowed, of_roles=of_roles, openid=True)
    assert still_granted(issued, allowed=allowed, of_roles=of_roles) == set(issued)


def test_a_token_without_scopes_gains_none() -> None:
    assert still_granted([], allowed=["pets:read"], of_roles=None) == frozenset()


@pytest.mark.parametrize(
    "scope", ["a", "pets:read", "https://pets.test/read", "x" * 128, "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"]
)
def test_these_are_scopes(scope: str) -> None:
    assert checked_scopes([scope], field="scopes") == [scope]


@pytest.mark.parametrize(
    "scope", ["", " ", "a b", 'a"', "a\\b", "a\n", "é", "\x7f", "x" * 129, "openid", 5, None, ["a"]]
)
def test_these_are_none(scope: Any) -> None:
    with pytest.raises(Invalid) as refused:
        checked_scopes(["fine", scope], field="scopes")
    assert [violation.field for violation in refused.value.violations] == ["scopes.1"]
