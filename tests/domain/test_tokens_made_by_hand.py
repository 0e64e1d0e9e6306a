"""Tokens that an administrator makes for a program: named, bounded, told of, and never more than their maker may do."""

from datetime import timedelta
from typing import Any

import pytest

from apps.applications.authority import BeyondOwnScopes
from apps.applications.models import AccessToken, Application
from apps.applications.services import access, applications
from apps.core.errors import Invalid
from apps.events import selectors as events
from apps.events.models import Event
from apps.events.selectors import EventFilter
from apps.tokens.services import named_tokens
from apps.tokens.services.access import InvalidToken, read_bearer
from apps.tokens.services.named_tokens import BoundToAKey, MadeBefore, NotAMachine
from apps.tokens.services.revocation import end_token
from tests.racing import race
from tests.world import World

pytestmark = pytest.mark.django_db


def robot(world: World, **further: Any) -> Application:
    return applications.create_application(
        world.ctx,
        world.acme.admin_realm,
        display_name="Robot",
        protocol_config={
            "type": "oauth2",
            "grant_type": ["client_credentials"],
            "allowed_scopes": ["identities:read", "identities:create"],
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
            **further,
        },
        resource_server=world.acme.management_api.resource_server,
    ).application


def make(world: World, application: Application, **changes: Any) -> named_tokens.NamedToken:
    asked: dict[str, Any] = {
        "display_name": "Nightly import",
        "scopes": ["identities:read"],
        "expires_after": 600,
        **changes,
    }
    return named_tokens.create_token(world.request, application, **asked)


def told(world: World) -> Event:
    return events.events_in(world.acme.admin_realm, EventFilter(types=["TOKEN_CHANGE"]))[0]


def violations(refused: Any) -> list[str]:
    return [each.field for each in refused.value.violations]


def test_it_opens_what_was_chosen_for_as_long_as_was_chosen(world: World) -> None:
    application = robot(world)
    made = make(world, application)
    bearer = read_bearer(world.ctx, made.token)
    assert (bearer.application.pk, bearer.identity, bearer.scopes) == (application.pk, None, {"identities:read"})
    assert made.expires_at == made.issued_at + timedelta(seconds=600)
    row = AccessToken.objects.get(jti=made.jti)
    assert (row.display_name, row.token_suffix, row.user) == ("Nightly import", made.token[-6:], None)


def test_it_is_over_when_its_own_time_is(world: World) -> None:
    made = make(world, robot(world))
    with pytest.raises(InvalidToken):
        read_bearer(world.at(timedelta(seconds=601)), made.token)


def test_the_event_says_who_made_what_and_never_the_token(world: World) -> None:
    made = make(world, robot(world))
    event = told(world)
    assert (event.actor_id, event.outcome, event.data["action"]) == (world.ada.pk, "SUCCESS", "CREATE")
    assert {target["type"]: target["display_name"] for target in event.targets} == {
        "application": "Robot",
        "token": "Nightly import",
    }
    assert (event.data["scope"], event.data["expires_after"]) == ("identities:read", 600)
    assert made.token not in f"{event.data}{event.targets}"
    assert made.token not in repr(made)


def test_a_revoked_one_opens_nothing(world: World) -> None:
    made = make(world, robot(world))
    row = AccessToken.objects.select_related("application__realm").get(jti=made.jti)
    end_token(world.request, row)
    with pytest.raises(InvalidToken):
        read_bearer(world.ctx, made.token)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"display_name": ""}, "token.display_name"),
        ({"display_name": None}, "token.display_name"),
        ({"display_name": "x" * 65}, "token.display_name"),
        ({"display_name": "a\x00b"}, "token.display_name"),
        ({"display_name": ["x"]}, "token.display_name"),
        ({"scopes": []}, "token.scopes"),
        ({"scopes": None}, "token.scopes"),
        ({"scopes": "identities:read"}, "token.scopes"),
        ({"scopes": ["identities:delete"]}, "token.scopes.0"),
        ({"scopes": ["identities:read", {"a": 1}]}, "token.scopes.1"),
        ({"expires_after": 0}, "token.expires_after"),
        ({"expires_after": 3601}, "token.expires_after"),
        ({"expires_after": "600"}, "token.expires_after"),
        ({"expires_after": True}, "token.expires_after"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(world, robot(world), **changes)
    assert violations(refused) == [field]
    assert not AccessToken.objects.exists()


def test_all_that_is_wrong_is_said_at_once(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        make(world, robot(world), display_name="", scopes=[], expires_after=-1)
    assert violations(refused) == ["token.display_name", "token.scopes", "token.expires_after"]


def test_nobody_makes_a_token_that_may_do_more_than_themselves(world: World) -> None:
    application = robot(world)
    holder = world.request.holding(frozenset({"identities:read", "tokens:create"}))
    asked: dict[str, Any] = {"display_name": "Nightly import", "expires_after": 600}
    with pytest.raises(BeyondOwnScopes) as refused:
        named_tokens.create_token(holder, application, scopes=["identities:read", "identities:create"], **asked)
    assert refused.value.facts["missing_scopes"] == ("identities:create",)
    assert not AccessToken.objects.exists()
    assert told(world).outcome == "BEYOND_OWN_SCOPES"
    named_tokens.create_token(holder, application, scopes=["identities:read"], **asked)


def test_scopes_of_somebodys_own_api_are_not_measured_by_ours(world: World) -> None:
    server = access.insert_resource_server(
        world.ctx, world.realm, display_name="Warehouse", identifier="https://warehouse.test", scopes=["stock:read"]
    )
    machine = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Forklift",
        protocol_config={
            "type": "oauth2",
            "grant_type": ["client_credentials"],
            "allowed_scopes": ["stock:read"],
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
        },
        resource_server=server,
    ).application
    nobody = world.request.holding(frozenset())
    made = named_tokens.create_token(nobody, machine, display_name="Gate", scopes=["stock:read"])
    assert (made.scopes, made.expires_at - made.issued_at) == (("stock:read",), timedelta(hours=1))


def test_an_application_that_signs_people_in_has_no_tokens_of_its_own(world: World) -> None:
    with pytest.raises(NotAMachine):
        make(world, world.application, scopes=[])


def test_a_token_that_is_bound_to_a_key_cannot_be_made_by_hand(world: World) -> None:
    with pytest.raises(BoundToAKey):
        make(world, robot(world, dpop_bound_access_tokens=True))


def test_a_form_makes_one_token_however_often_it_is_sent(world: World) -> None:
    application = robot(world)
    make(world, application, once="form-1")
    with pytest.raises(MadeBefore):
        make(world, application, once="form-1")
    make(world, application, once="form-2")
    assert AccessToken.objects.filter(application=application).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_eight_times_at_once_makes_one_token(world: World) -> None:
    application = robot(world)
    finish = race(lambda: make(world, application, once="form-1"), times=8)
    assert len(finish.won) == 1
    assert {type(refusal) for refusal in finish.refused} == {MadeBefore}
    assert AccessToken.objects.filter(application=application).count() == 1


def test_a_refused_form_may_be_mended_and_sent_again(world: World) -> None:
    application = robot(world)
    with pytest.raises(Invalid):
        make(world, application, once="form-1", scopes=[])
    make(world, application, once="form-1")


def test_the_forms_of_two_applications_are_strangers(world: World) -> None:
    for application in (robot(world), robot(world)):
        make(world, application, once="form-1")
