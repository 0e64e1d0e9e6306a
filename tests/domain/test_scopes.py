"""Which scopes a token gets: asked for, allowed to the application, and held by the person through today's roles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.applications import scopes, selectors
from apps.applications.models import Role
from apps.applications.services import access
from apps.authentication.services import LoginRefused
from apps.directory.services import groups
from apps.tokens.services.codes import NothingGranted
from tests import ceremonies
from tests.world import join

NAMES = st.lists(st.sampled_from(["openid", "profile", "email", "a:read", "a:write", "b:read"]), max_size=6)
OWN = st.lists(st.sampled_from(["a:read", "a:write", "b:read"]), unique=True)


@given(NAMES, OWN, st.none() | NAMES, st.booleans())
def test_nothing_is_granted_that_was_not_asked_allowed_and_held(asked, allowed, held, openid):
    granted = scopes.granted(asked, allowed=allowed, of_roles=held, openid=openid)
    own = set(granted) - set(scopes.OPENID_SCOPES)
    assert len(set(granted)) == len(granted)
    assert set(granted) <= set(asked or allowed)
    assert own <= set(allowed)
    assert held is None or own <= set(held)
    assert openid or not set(granted) & set(scopes.OPENID_SCOPES) - set(allowed)
    assert own >= (set(asked or allowed) & set(allowed) & set(allowed if held is None else held)) - set(
        scopes.OPENID_SCOPES
    )


def test_asking_for_nothing_asks_for_all_that_is_allowed_in_its_order():
    assert scopes.granted([], allowed=["b", "a"], of_roles=None, openid=False) == ("b", "a")
    assert scopes.granted(["a", "b", "a"], allowed=["b", "a"], of_roles=["a"], openid=False) == ("a",)


def test_profile_and_email_come_only_with_openid():
    assert scopes.granted(["profile"], allowed=[], of_roles=[], openid=True) == ()
    assert scopes.granted(["email", "openid"], allowed=[], of_roles=[], openid=True) == ("email", "openid")


@pytest.mark.django_db
def test_a_very_long_request_is_answered_quickly(world):
    client = ceremonies.client_of(world, world.acme.console)
    passkey = ceremonies.give_passkey(world, world.ada)
    answer = ceremonies.tokens_for(
        world.visitor, client, passkey, scope="openid " + " ".join(f"x{i}" for i in range(200))
    )
    assert answer["scope"] == "openid"


@pytest.fixture
def auditor_role(world):
    """Grace is an administrator of a second kind: her role reads and changes nothing."""
    realm, server = world.acme.admin_realm, world.acme.console.resource_server
    grace = join(world.ctx, realm, "grace", "Grace Auditor", "acme.test")
    office = groups.create_group(world.ctx, realm, display_name="Auditors")
    groups.add_members(world.ctx, office, [grace.pk])
    role = access.insert_role(world.ctx, server, display_name="Auditor", scopes=["events:read", "realms:read"])
    access.insert_role_group(world.ctx, role, office)
    return grace, office, role


@pytest.mark.django_db
class TestRoles:
    def test_a_role_reaches_a_person_through_a_group(self, world, auditor_role):
        grace, office, _ = auditor_role
        server = world.acme.console.resource_server
        assert selectors.role_scopes(grace, server) == {"events:read", "realms:read"}
        groups.remove_members(world.ctx, office, [grace.pk])
        assert selectors.role_scopes(grace, server) == frozenset()

    def test_a_role_never_gives_more_than_its_resource_server_has(self, world, auditor_role):
        grace, _, role = auditor_role
        Role.objects.filter(pk=role.pk).update(scopes=["events:read", "gold:mint"])
        assert selectors.role_scopes(grace, world.acme.console.resource_server) == {"events:read"}

    def test_no_resource_server_no_scopes(self, world):
        assert selectors.role_scopes(world.ada, None) == frozenset()

    def test_roles_of_another_tenant_give_nothing_here(self, world):
        assert selectors.role_scopes(world.ada, world.evil.console.resource_server) == frozenset()

    def test_a_token_gets_what_was_asked_and_is_held(self, world):
        passkey = ceremonies.give_passkey(world, world.ada)
        client = ceremonies.client_of(world, world.acme.console)
        answer = ceremonies.tokens_for(world.visitor, client, passkey, scope="openid realms:read events:read gold:mint")
        assert answer["scope"] == "openid realms:read events:read"

    def test_a_role_taken_away_before_the_code_is_redeemed_is_gone(self, world):
        passkey = ceremonies.give_passkey(world, world.ada)
        client = ceremonies.client_of(world, world.acme.console)
        done = ceremonies.sign_in(world.visitor, client, passkey, scope="openid realms:read events:read")
        Role.objects.filter(realm=world.acme.admin_realm).update(scopes=["realms:read"])
        assert client.redeem(world.visitor, done.code)["scope"] == "openid realms:read"

    def test_who_holds_nothing_of_what_was_asked_is_refused(self, world):
        passkey = ceremonies.give_passkey(world, world.ada)
        Role.objects.filter(realm=world.acme.admin_realm).update(scopes=[])
        client = ceremonies.client_of(world, world.acme.console)
        with pytest.raises((NothingGranted, LoginRefused)) as refused:
            ceremonies.sign_in(world.visitor, client, passkey, scope="realms:read")
        assert refused.value.code == "invalid_scope"

    def test_a_machine_gets_its_applications_scopes_and_no_more(self, world):
        token = ceremonies.management_token(world.visitor, world.acme, scope="realms:read gold:mint")
        assert ceremonies.payload_of(token)["scope"] == "realms:read"
