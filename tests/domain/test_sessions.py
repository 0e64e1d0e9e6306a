"""Sessions: how long they live, and everything that ends them at once, with their tokens and codes (extensions.md §4)."""

from datetime import timedelta

import pytest

from apps.applications.models import AccessToken, Grant, RefreshToken
from apps.applications.services import applications
from apps.authentication import services as authentication
from apps.authentication import sessions
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import NeedsProof
from apps.authentication.services import sessions as sessions_verbs
from apps.authenticators import services as authenticators
from apps.core import secrets
from apps.core.errors import NotFound
from apps.credentials import selectors as credentials
from apps.credentials.services import passkeys
from apps.directory import selectors as directory
from apps.directory.services import groups, identities
from apps.events.types import EventType
from apps.tokens.services import access, revocation
from apps.tokens.services.access import InvalidToken
from apps.tokens.services.exchange import TokenRefused
from tests import ceremonies
from tests import record as auditor
from tests.world import acting_as, join, web

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(world):
    """Another administrator, so that Ada is not the last one."""
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace Second", "acme.test")
    groups.add_members(world.ctx, admins(world), [grace.pk])
    return grace


def admins(world):
    return directory.groups_in(world.acme.admin_realm).get(is_managed=True)


def passkey_of(identity):
    return credentials.active_credentials_of(identity).get()


class SignedIn:
    """A person with a session, an access token, and a code nobody has redeemed yet."""

    def __init__(self, world, identity, application=None):
        self.world, self.identity = world, identity
        self.client = ceremonies.client_of(world, application)
        passkey = ceremonies.give_passkey(world, identity)
        done = ceremonies.sign_in(world.visitor, self.client, passkey)
        self.cookie = done.session_token
        self.access_token = self.client.redeem(world.visitor, done.code)["access_token"]
        self.code = ceremonies.sign_in(world.visitor, self.client, passkey).code

    def left(self):
        """What of it still works."""
        works = set()
        if sessions.find_session(self.world.visitor, self.client.application.realm_id, self.cookie):
            works.add("session")
        try:
            access.read_bearer(self.world.visitor, self.access_token)
            works.add("token")
        except InvalidToken:
            pass
        try:
            self.client.redeem(self.world.visitor, self.code)
            works.add("code")
        except TokenRefused:
            pass
        return works


def test_a_session_a_token_and_a_code_work_until_something_ends_them(world):
    assert SignedIn(world, world.bob).left() == {"session", "token", "code"}


ENDINGS = {
    "suspending the person": lambda world, bob: identities.suspend_identity(world.ctx, bob),
    "deleting the person": lambda world, bob: identities.delete_identity(world.ctx, bob),
    "revoking the passkey": lambda world, bob: passkeys.revoke_credential(world.ctx, passkey_of(bob)),
    "signing out everywhere": lambda world, bob: sessions_verbs.sign_out_everywhere(world.ctx, bob),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_everything_ends_at_once_with(world, end):
    bob, carol = SignedIn(world, world.bob), SignedIn(world, world.acme.customers.carol)
    end(world, world.bob)
    assert bob.left() == set()
    assert carol.left() == {"session", "token", "code"}


def test_signing_out_ends_that_session_its_tokens_and_its_codes(world):
    bob = SignedIn(world, world.bob)
    for session in sessions.sessions_of(world.visitor, world.bob):
        sessions_verbs.sign_out(world.visitor, session)
        sessions_verbs.sign_out(world.visitor, session)
    assert bob.left() == set()


def test_one_of_two_sessions_can_be_ended_alone(world):
    bob = SignedIn(world, world.bob)
    first = sessions.find_session(world.visitor, world.realm.pk, bob.cookie)
    sessions_verbs.sign_out(world.visitor, first)
    assert bob.left() == {"code"}  # of the second sign-in


def test_a_passkey_used_in_an_app_without_a_browser_session_takes_its_tokens_along(world):
    config = authenticators.create_authenticator_config(
        world.ctx, world.realm, display_name="In the app",
        config={"type": "embedded", "invoke_url": "https://app.acme.test/", "trusted_origins": [ceremonies.origin()]},
    )  # fmt: skip
    made = applications.create_application(
        world.ctx, world.realm, display_name="App", protocol_config=web(), authenticator_config=config
    )
    client = ceremonies.Client(made.application, made.client_secret)
    passkey = ceremonies.give_passkey(world, world.bob)
    token = ceremonies.tokens_for(world.visitor, client, passkey)["access_token"]
    waiting = ceremonies.sign_in(world.visitor, client, passkey)
    assert waiting.session_token == ""
    passkeys.revoke_credential(world.ctx, passkey_of(world.bob))
    with pytest.raises(InvalidToken):
        access.read_bearer(world.visitor, token)
    with pytest.raises(TokenRefused):
        client.redeem(world.visitor, waiting.code)


def test_what_ended_stays_ended_when_the_person_comes_back(world):
    bob = SignedIn(world, world.bob)
    identities.suspend_identity(world.ctx, world.bob)
    identities.unsuspend_identity(world.ctx, world.bob)
    assert bob.left() == set()


def test_the_event_says_how_many_sessions_ended(world):
    SignedIn(world, world.bob)
    identities.suspend_identity(world.ctx, world.bob)
    event = auditor.last(world.realm, EventType.SESSION_CHANGE)
    assert (event.data["action"], event.data["count"], event.actor_id) == ("END", 2, world.ada.pk)


def test_a_session_lives_twelve_hours_and_not_longer(world):
    bob = SignedIn(world, world.bob)
    for hours, found in ((11.9, True), (12.1, False)):
        later = world.at(timedelta(hours=hours))
        assert bool(sessions.find_session(later, world.realm.pk, bob.cookie)) is found


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "\x00", "\ud800", "ü" * 100])
def test_any_other_cookie_finds_nothing(world, cookie):
    SignedIn(world, world.bob)
    assert sessions.find_session(world.visitor, world.realm.pk, cookie) is None
    assert sessions.find_console_session(world.visitor, cookie) is None


def test_a_cookie_finds_its_session_in_its_own_realm_alone(world):
    bob = SignedIn(world, world.bob)
    for elsewhere in (world.acme.staff.realm, world.acme.admin_realm, world.evil.customers.realm):
        assert sessions.find_session(world.visitor, elsewhere.pk, bob.cookie) is None
    assert sessions.find_console_session(world.visitor, bob.cookie) is None


def test_the_session_of_a_passkey_that_was_revoked_in_the_same_moment_is_not_found(world):
    """The sign-in had read the passkey before the revocation, and wrote its session after it."""
    bob = SignedIn(world, world.bob)
    credential = passkey_of(world.bob)
    passkeys.revoke_credential(world.ctx, credential)
    Session.objects.filter(token_digest=secrets.digest(bob.cookie)).update(ended_at=None)
    assert sessions.find_session(world.visitor, world.realm.pk, bob.cookie) is None


# --- the console --------------------------------------------------------------------------------------------------------


@pytest.fixture
def console(world):
    """Ada at the console: her browser's session and the console's on top of it."""
    ada = SignedIn(world, world.ada, world.acme.console)
    parent = sessions.find_session(world.visitor, world.acme.admin_realm.pk, ada.cookie)
    ada.console = sessions_verbs.start_console_session(
        world.visitor, world.acme.console, session_id=str(parent.pk), identity_id=world.ada.pk
    )
    ada.parent = parent
    return ada


def at_the_console(world, console, **later):
    ctx = world.at(timedelta(**later)) if later else world.visitor
    return sessions.find_console_session(ctx, console.console.token)


def test_ada_is_at_the_console(world, console):
    assert at_the_console(world, console).identity == world.ada
    assert auditor.last(world.acme.admin_realm, EventType.CONSOLE_SIGN_IN).outcome == "SUCCESS"


def test_the_consoles_session_ends_with_the_browsers(world, console):
    sessions_verbs.sign_out(world.visitor, console.parent)
    assert at_the_console(world, console) is None


def test_signing_out_of_the_console_ends_the_browsers_session_too(world, console):
    sessions_verbs.sign_out(world.visitor, at_the_console(world, console))
    assert at_the_console(world, console) is None
    assert "session" not in console.left()


def test_idle_it_ends_and_each_visit_puts_that_off(world, console):
    assert at_the_console(world, console, minutes=31) is None
    assert at_the_console(world, console, minutes=29)
    assert at_the_console(world, console, minutes=58)
    assert at_the_console(world, console, minutes=89) is None


def test_what_a_page_asks_by_itself_does_not_put_that_off(world, console):
    at_29 = world.at(timedelta(minutes=29))
    assert sessions.find_console_session(at_29, console.console.token, is_activity=False)
    assert at_the_console(world, console, minutes=31) is None


def test_it_never_outlives_the_browsers_session_it_stands_on(world, console):
    late = world.at(timedelta(hours=11, minutes=45))
    fresh = sessions_verbs.start_console_session(
        late, world.acme.console, session_id=str(console.parent.pk), identity_id=world.ada.pk
    )
    assert sessions.find_console_session(world.at(timedelta(hours=11, minutes=59)), fresh.token)
    assert sessions.find_console_session(world.at(timedelta(hours=12, minutes=1)), fresh.token) is None


def test_who_leaves_the_administrators_is_out_at_once(world, console, second):
    groups.remove_members(acting_as(world.ctx, second), admins(world), [world.ada.pk])
    told = auditor.last(world.acme.admin_realm, EventType.SESSION_CHANGE)
    assert (told.data["action"], told.targets[0]["id"], told.actor_id) == ("END", world.ada.pk, second.pk)
    assert at_the_console(world, console) is None
    assert console.left() == set()


def test_a_suspended_administrator_is_out_at_once(world, console, second):
    identities.suspend_identity(acting_as(world.ctx, second), world.ada)
    assert at_the_console(world, console) is None


@pytest.mark.parametrize("wrong", ["session", "identity", "realm", "nonsense"])
def test_a_console_session_stands_only_on_the_persons_own_session_in_the_admin_realm(world, console, wrong, second):
    asked = {"session_id": str(console.parent.pk), "identity_id": world.ada.pk}
    application = world.acme.console
    if wrong == "session":
        bob = SignedIn(world, world.bob)
        asked["session_id"] = str(sessions.find_session(world.visitor, world.realm.pk, bob.cookie).pk)
    elif wrong == "identity":
        asked["identity_id"] = second.pk
    elif wrong == "realm":
        application = world.evil.console
    else:
        asked["session_id"] = "\x00"
    with pytest.raises(NotFound):
        sessions_verbs.start_console_session(world.visitor, application, **asked)


def test_long_dead_flows_and_sessions_are_forgotten_and_live_ones_are_not(world, console):
    ceremonies.begin(world.at(timedelta(days=-2)), ceremonies.client_of(world))
    ceremonies.begin(world.visitor, ceremonies.client_of(world))
    flows, alive = LoginFlow.objects.count(), Session.objects.count()
    assert sessions_verbs.forget(world.ctx) == 1
    assert (LoginFlow.objects.count(), Session.objects.count()) == (flows - 1, alive)
    sessions_verbs.forget(world.at(timedelta(days=3)))
    assert (LoginFlow.objects.count(), Session.objects.count()) == (0, 0)


def test_what_a_live_refresh_token_needs_is_not_forgotten(world):
    application = world.application
    on = {"token_configuration": {"refresh_token": {"enabled": True}}}
    applications.update_application(world.ctx, application, protocol_config=on)
    client = ceremonies.Client(application, ceremonies.client_of(world).secret)
    ceremonies.tokens_for(world.visitor, client, ceremonies.give_passkey(world, world.bob))
    assert revocation.forget(world.at(timedelta(days=3))) == 1  # the access token
    assert (Grant.objects.count(), RefreshToken.objects.count()) == (1, 1)
    assert revocation.forget(world.at(timedelta(days=32))) == 2
    assert (Grant.objects.count(), RefreshToken.objects.count()) == (0, 0)


def test_long_dead_tokens_and_codes_are_forgotten_and_live_ones_are_not(world):
    client = ceremonies.client_of(world)
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.sign_in(world.visitor, client, passkey)  # a code nobody ever redeemed
    done = ceremonies.sign_in(world.visitor, client, passkey)
    token = client.redeem(world.visitor, done.code)["access_token"]
    Grant.objects.update(expires=world.at(timedelta(days=-2)).now)
    assert revocation.forget(world.ctx) == 1
    assert access.read_bearer(world.visitor, token).identity == world.bob
    with pytest.raises(TokenRefused):
        client.redeem(world.visitor, done.code)  # a second use still kills what the first one gave
    with pytest.raises(InvalidToken):
        access.read_bearer(world.visitor, token)
    assert revocation.forget(world.at(timedelta(days=3))) == 2
    assert (Grant.objects.count(), AccessToken.objects.count()) == (0, 0)


def test_a_sign_out_between_the_cookie_and_the_code_leaves_no_code(world):
    bob = SignedIn(world, world.bob)
    session = sessions.find_session(world.visitor, world.realm.pk, bob.cookie)
    sessions_verbs.sign_out(world.visitor, Session.objects.get(pk=session.pk))
    outcome = authentication.start(
        world.visitor, world.application, bob.client.query(), session=session, browser_key="x"
    )
    assert isinstance(outcome, NeedsProof)
