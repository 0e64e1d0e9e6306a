"""R/sessions (contract/extensions.md §4)."""

from datetime import timedelta

import pytest
import time_machine

from apps.authentication import sessions
from apps.authentication.models import Session
from apps.authentication.services import sessions as sessions_verbs
from apps.core.times import rfc3339
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import UNAUTHORIZED, Caller, missing, read, violations
from tests.world import World


def sign_in(world: World) -> tuple[Session, str]:
    """Bob at a browser: his session, and what its cookie says."""
    passkey = ceremonies.give_passkey(world, world.bob)
    done = ceremonies.sign_in(world.visitor, ceremonies.client_of(world), passkey)
    found = sessions.find_session(world.visitor, world.realm.pk, done.session_token)
    assert found is not None
    return found, done.session_token


@pytest.fixture
def session(world: World) -> Session:
    return sign_in(world)[0]


def test_a_session_says_who_where_and_how(world: World, api: Caller, session: Session) -> None:
    item = {
        "id": str(session.pk),
        "identity_id": world.bob.pk,
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "credential_id": session.credential_id,
        "acr": session.acr,
        "amr": session.amr,
        "ip": world.ctx.client.ip,
        "user_agent": world.ctx.client.user_agent,
        "authenticated_time": rfc3339(session.authenticated_at),
        "last_seen_time": rfc3339(session.last_seen_at),
        "expire_time": rfc3339(session.expires_at),
        "create_time": rfc3339(session.created_at),
        "update_time": rfc3339(session.updated_at),
    }
    assert session.amr
    for asked in ({}, {"identity_id": world.bob.pk}):
        assert read(api.get("/sessions", **asked)) == {"sessions": [item], "total_size": 1}
    carol = world.acme.customers.carol.pk
    assert read(api.get("/sessions", identity_id=carol)) == {"sessions": [], "total_size": 0}


def test_the_sessions_of_nobody_are_not_found(world: World, api: Caller) -> None:
    for nobody in ("nobody", world.acme.staff.bob.pk, world.evil.customers.bob.pk):
        assert read(api.get("/sessions", identity_id=nobody), 404) == missing("identity", "Identity", nobody)


def test_pages(world: World, api: Caller) -> None:
    for _ in range(3):
        sign_in(world)
    first = read(api.get("/sessions", page_size=2, identity_id=world.bob.pk))
    rest = read(api.get("/sessions", page_token=first["next_page_token"], identity_id=world.bob.pk))
    assert [len(page["sessions"]) for page in (first, rest)] == [2, 1]
    assert violations(api.get("/sessions", page_token=first["next_page_token"])) == [
        ("page_token", "invalid page token")
    ]


def test_delete_signs_out_at_once(world: World, api: Caller) -> None:
    session, cookie = sign_in(world)
    response = api.delete(f"/sessions/{session.pk}")
    assert (response.status_code, response.content) == (200, b"")
    assert sessions.find_session(world.visitor, world.realm.pk, cookie) is None
    assert read(api.get("/sessions"))["total_size"] == 0
    event = record.last(world.realm, EventType.SESSION_CHANGE)
    assert (event.data["action"], event.actor_id) == ("END", str(world.acme.management_api.pk))
    assert [each["id"] for each in event.targets] == [str(session.pk), world.bob.pk]
    assert read(api.delete(f"/sessions/{session.pk}"), 404) == missing("session", "Session", str(session.pk))


def test_tokens_end_with_their_session(world: World, api: Caller) -> None:
    client = ceremonies.client_of(world, world.acme.console)
    token = ceremonies.tokens_for(world.visitor, client, ceremonies.give_passkey(world, world.ada))["access_token"]
    admin = api.at(world.acme.admin_realm)
    (found,) = read(admin.get("/sessions", identity_id=world.ada.pk))["sessions"]
    assert admin.delete(f"/sessions/{found['id']}").status_code == 200
    assert read(Caller(api.browser, token, world.realm).get("/identities"), 401) == UNAUTHORIZED


def test_a_session_of_the_console_is_part_of_the_browsers(world: World, api: Caller) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    done = ceremonies.sign_in(world.visitor, ceremonies.client_of(world, world.acme.console), passkey)
    parent = sessions.find_session(world.visitor, world.acme.admin_realm.pk, done.session_token)
    assert parent is not None
    opened = sessions_verbs.start_console_session(
        world.visitor, world.acme.console, session_id=str(parent.pk), identity_id=world.ada.pk
    )
    admin = api.at(world.acme.admin_realm)
    assert [each["id"] for each in read(admin.get("/sessions"))["sessions"]] == [str(parent.pk)]
    assert admin.delete(f"/sessions/{opened.session.pk}").status_code == 404
    assert admin.delete(f"/sessions/{parent.pk}").status_code == 200
    assert sessions.find_console_session(world.visitor, opened.token) is None


def test_what_is_over_is_not_listed(world: World, api: Caller, session: Session) -> None:
    with time_machine.travel(timedelta(hours=13), tick=False):
        assert read(api.get("/sessions"))["total_size"] == 0
        assert api.delete(f"/sessions/{session.pk}").status_code == 404


@pytest.mark.parametrize("wanted", ["x", "é", "01234567-89ab-7def-8123-456789abcdef"])
def test_an_unknown_session_is_not_found(api: Caller, wanted: str) -> None:
    assert read(api.delete(f"/sessions/{wanted}"), 404) == missing("session", "Session", wanted)


def test_an_id_that_got_lost_does_not_show_everybodys(api: Caller) -> None:
    assert violations(api.get("/sessions", identity_id="")) == [("identity_id", "empty string")]
