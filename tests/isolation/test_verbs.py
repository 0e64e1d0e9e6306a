"""What is of one realm cannot be given to a thing of another, not even by whoever forgets to look (anchors L2)."""

import pytest
from django.db import IntegrityError, transaction

from apps.applications import selectors as application_selectors
from apps.applications.services import applications
from apps.authentication import flows, sessions
from apps.authenticators import selectors as authenticators
from apps.core.errors import NotFound
from apps.credentials import selectors as credentials
from apps.credentials.models import Credential
from apps.credentials.selectors import LinkUnknown
from apps.credentials.services import jobs
from apps.directory import selectors as directory
from apps.events import selectors as events
from apps.policy import selectors as policy
from apps.realms import selectors as realms
from apps.tokens.services.exchange import TokenRefused
from tests import ceremonies
from tests.world import Place, World, web

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["beside", "beyond"])
def other(request: pytest.FixtureRequest, world: World) -> Place:
    return {"beside": world.acme.staff, "beyond": world.evil.customers}[request.param]


def test_an_application_takes_no_authenticator_or_resource_server_of_another_realm(world: World, other: Place) -> None:
    foreign = {"authenticator_config": other.config, "resource_server": world.evil.console.resource_server}
    own = {"authenticator_config": world.acme.customers.config, "resource_server": None}
    for name, thing in foreign.items():
        with pytest.raises(NotFound):
            applications.create_application(
                world.ctx, world.realm, display_name="Trap", protocol_config=web(), **{**own, name: thing}
            )
        with pytest.raises(NotFound):
            applications.update_application(
                world.ctx, world.application, display_name="Shop", protocol_config=web(), **{**own, name: thing}
            )


def test_a_link_leads_to_no_authenticator_of_another_realm(world: World, other: Place) -> None:
    with pytest.raises(NotFound):
        jobs.create_job(world.ctx, world.bob, delivery_method="RETURN", authenticator_config=other.config)


def test_every_selector_looks_in_its_own_realm_alone(world: World, other: Place) -> None:
    ceremonies.give_passkey(world, other.bob)
    job = ceremonies.invite(world, other.bob).job
    here, theirs = world.realm, credentials.active_credentials_of(other.bob).get()
    for look in (
        lambda: directory.get_identity(here, other.bob.pk),
        lambda: directory.get_group(here, other.contractors.pk),
        lambda: credentials.get_credential(here, theirs.pk),
        lambda: credentials.get_job(here, job.pk),
        lambda: authenticators.get_authenticator_config(here, other.config.pk),
        lambda: application_selectors.get_application(here, other.application.pk),
        lambda: events.get_event(here, str(events.events_in(other.realm)[0].pk)),
    ):
        with pytest.raises(NotFound):
            look()
    assert other.bob not in directory.identities_in(here)
    assert other.bob.pk not in {found.pk for found in directory.search_identities(here, "bob")}
    assert theirs not in credentials.credentials_in(here)
    assert job not in credentials.jobs_in(here)
    assert {version.realm_id for version in policy.versions_in(here)} == {here.pk}


def test_a_realm_is_found_in_its_own_tenant_alone(world: World) -> None:
    with pytest.raises(NotFound):
        realms.get_realm(world.acme.tenant.pk, world.evil.customers.realm.pk)
    assert world.evil.customers.realm not in realms.realms_in(world.acme.tenant.pk)


def test_a_link_a_flow_a_session_and_a_code_of_one_realm_are_nothing_in_another(world: World, other: Place) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    mine, theirs = ceremonies.client_of(world), ceremonies.client_of(world, other.application)
    invitation = ceremonies.invite(world, world.bob)
    asked = {"identity_id": world.bob.pk, "job_id": invitation.job.pk, "token": ceremonies.token_of(invitation.link)}
    with pytest.raises(LinkUnknown):
        jobs.read_link(world.visitor, other.realm, **asked)
    flow = ceremonies.begin(world.visitor, mine)
    with pytest.raises(flows.FlowUnknown):
        flows.get_flow(world.visitor, other.application, str(flow.pk), ceremonies.BROWSER)
    done = ceremonies.prove(world.visitor, flow, passkey)
    assert sessions.find_session(world.visitor, other.realm.pk, done.session_token) is None
    with pytest.raises(TokenRefused) as refused:
        theirs.redeem(world.visitor, done.code, code_verifier=mine.verifier)
    assert refused.value.code == "invalid_grant"
    mine.redeem(world.visitor, done.code)


def test_a_cursor_of_one_realm_shows_nothing_of_it_in_another(world: World, other: Place) -> None:
    theirs = events.page_of_events(other.realm, events.EventFilter(), size=2)
    for cursor in (theirs.older, str(theirs.events[0].pk)):
        for direction in ("before", "after"):
            page = events.page_of_events(world.realm, events.EventFilter(), **{direction: cursor})
            assert {event.realm_id for event in page.events} <= {world.realm.pk}


def test_a_passkey_is_one_persons_over_all_realms(world: World, other: Place) -> None:
    ceremonies.give_passkey(world, world.bob)
    row = Credential.objects.get(identity=world.bob)
    row.pk, row.realm, row.tenant_id, row.identity = None, other.realm, other.realm.tenant_id, other.bob
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
