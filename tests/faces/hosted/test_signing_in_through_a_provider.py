"""Signing in through an identity provider, as a browser without scripts does it, and what a provider may lie about."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser
from jwcrypto.jwk import JWK

from apps.authentication.models import ProviderSignIn, Session
from apps.core import outgoing
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.types import EventType
from apps.federation import services as federation
from apps.federation.models import IdentityLink, IdentityProvider
from tests import ceremonies, post, vouching
from tests import record as auditor
from tests.domain.test_signing_in import publish, rule
from tests.faces import doors
from tests.vouching import CLIENT_ID, CLIENT_SECRET, Provider
from tests.world import World, join

pytestmark = pytest.mark.django_db
SIGN_IN = EventType.AUTHENTICATION_TRANSACTION


@pytest.fixture
def there(settings: Any) -> Iterator[Provider]:
    settings.OUTGOING_ALLOW_LOOPBACK = True
    with vouching.listening() as provider:
        yield provider


@pytest.fixture
def contoso(world: World, there: Provider) -> IdentityProvider:
    return named(world, there, link_by_verified_email=True)


def named(world: World, there: Provider, **given: Any) -> IdentityProvider:
    own = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "issuer": there.issuer, "type": "oidc"}
    return federation.create_identity_provider(world.ctx, world.realm, display_name="Contoso", **own, **given)


class Visit:
    """A browser that began to sign in to the shop."""

    def __init__(self, world: World, client: Browser, provider: IdentityProvider, **changes: str) -> None:
        self.client, self.provider = client, provider
        self.party = ceremonies.client_of(world)
        self.page = doors.path_of(doors.sent_to(client, self.party, **changes))
        self.flow = doors.data_of(client.get(self.page))["transactionId"]

    def out(self) -> str:
        """Presses the button; where the browser is sent."""
        path = self.page.partition("/bi-authenticate")[0] + "/provider"
        answer = self.client.post(path, {"flow": self.flow, "provider": self.provider.pk})
        self.answer = answer
        return str(answer.headers.get("Location", ""))

    def back(self, query: dict[str, str]) -> Any:
        path = f"{self.page.partition('/authenticator-configs')[0]}/identity-providers/{self.provider.pk}/callback"
        return self.client.get(path, query)

    def through(self, there: Provider, **changes: str) -> Any:
        return self.back(there.sign_in(self.out(), **changes))

    def onward(self, done: Any) -> str:
        """Past the offer of a passkey, to the client."""
        assert done.status_code == 303, done.content.decode()
        return str(self.client.post(doors.path_of(done["Location"]), {"flow": self.flow})["Location"])


@pytest.fixture
def visit(world: World, client: Browser, contoso: IdentityProvider) -> Visit:
    return Visit(world, client, contoso)


def refused(answer: Any, status: int = 403) -> str:
    """No session, no link, and the way back into the same sign-in."""
    text = str(answer.content.decode())
    assert answer.status_code == status, text
    assert "Back to signing in" in text
    assert "/bi-authenticate?request=" in text
    assert not Session.objects.exists()
    return text


def test_who_has_the_verified_address_is_let_in_linked_and_told(world: World, visit: Visit, there: Provider) -> None:
    assert "Continue with Contoso" in visit.client.get(visit.page).content.decode()
    onward = visit.onward(visit.through(there))
    assert onward.startswith("http://localhost:3000/callback?code=")
    tokens = visit.party.redeem(world.visitor, parse_qs(urlsplit(onward).query)["code"][0])
    claims = ceremonies.payload_of(tokens["id_token"])
    assert (claims["sub"], claims["acr"]) == (
        ceremonies.payload_of(tokens["access_token"])["sub"],
        "urn:identity-cloud:federated",
    )
    assert not claims.get("amr")
    assert IdentityLink.objects.get().identity == world.bob
    assert "You can now sign in through another provider: Contoso" in post.text_of(post.last("security_notice"))
    told = auditor.last(world.realm, EventType.IDENTITY_CHANGE)
    assert (told.data["action"], told.data["personal"]["subject"]) == ("LINK", "b-4711")
    facts = auditor.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]
    assert (facts["credential.binding"], "credential.method" in facts) == ("none", False)


def test_a_linked_person_is_found_by_the_subject_alone(
    world: World, client: Browser, visit: Visit, there: Provider
) -> None:
    visit.onward(visit.through(there))
    there.person = {"sub": "b-4711", "email": "carol@acme.test", "email_verified": True}
    again = Visit(world, Browser(), visit.provider)
    again.onward(again.through(there))
    assert {session.identity_id for session in Session.objects.all()} == {world.bob.pk}
    there.person = {"sub": "another", "email": "bob@acme.test", "email_verified": True}
    Session.objects.all().delete()
    other = Visit(world, Browser(), visit.provider)
    assert "already" in refused(other.through(there))
    assert IdentityLink.objects.count() == 1


@pytest.mark.parametrize(
    "person",
    [
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email_verified": False},
        {"email": "stranger@acme.test"},
        {"email": "BOB@acme.test ", "email_verified": "yes"},
        {"email": ["bob@acme.test"]},
        {"email": "bob@acme.test\x00"},
        {"email": "b\u1e52b@acme.test"},
    ],
)
def test_nobody_is_linked_by_less_than_their_own_verified_address(
    world: World, visit: Visit, there: Provider, person: dict[str, Any]
) -> None:
    there.person |= person
    refused(visit.through(there))
    assert not IdentityLink.objects.exists()
    assert auditor.last(world.realm, SIGN_IN).data["code"] == "ACCOUNT_UNKNOWN"


def test_of_two_with_one_address_nobody_is_meant(world: World, visit: Visit, there: Provider) -> None:
    twin = join(world.ctx, world.realm, "robert", "Robert Baker", "acme.test")
    Identity.objects.filter(pk=twin.pk).update(primary_email_address="bob@acme.test", email_key="bob@acme.test")
    refused(visit.through(there))
    assert not IdentityLink.objects.exists()


def test_linking_is_off_until_it_is_turned_on(world: World, client: Browser, there: Provider) -> None:
    refused(Visit(world, client, named(world, there)).through(there))
    assert not IdentityLink.objects.exists()


LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "x"}},
    "no nonce": {"claims": {"nonce": None}},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "another audience": {"claims": {"aud": "somebody-else"}},
    "several audiences": {"claims": {"aud": [CLIENT_ID, "somebody-else"]}},
    "another party": {"claims": {"azp": "somebody-else"}},
    "expired": {"claims": {"exp": 1_700_000_000}},
    "long ago": {"claims": {"iat": 1_700_000_000}},
    "not yet": {"claims": {"iat": 4_000_000_000, "exp": 4_000_000_100}},
    "no end": {"claims": {"exp": None}},
    "an end that is a word": {"claims": {"exp": "tomorrow"}},
    "no subject": {"claims": {"sub": None}},
    "a subject that is a number": {"claims": {"sub": 5}},
    "an endless subject": {"claims": {"sub": "x" * 256}},
    "no signature": {"header": {"alg": "none", "kid": None}},
    "a critical header": {"header": {"crit": ["exp"]}},
    "an access token": {"header": {"typ": "at+jwt"}},
    "an unknown key": {"header": {"kid": "two"}},
    "a stranger's signature": {"signing_key": JWK.generate(kty="EC", crv="P-256", kid="one")},
    "a redirecting key set": {"moods": {"/jwks": "redirect"}},
    "an endless key set": {"moods": {"/jwks": "flood"}},
    "a token endpoint that says no": {"raw": {"/token": (400, {"error": "invalid_grant"})}},
    "no ID token": {"raw": {"/token": (200, {"access_token": "x"})}},
    "a list": {"raw": {"/token": (200, [])}},
    "userinfo of somebody else": {"claims": {"given_name": None}, "userinfo": {"sub": "carol"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_exactly_right_signs_nobody_in(world: World, visit: Visit, there: Provider, lie: str) -> None:
    for name, value in LIES[lie].items():
        setattr(there, name, value)
    refused(visit.through(there))
    told = auditor.last(world.realm, SIGN_IN)
    assert (told.outcome, told.data["phase"]) == ("PROVIDER_ANSWER_REFUSED", "SUSPEND")
    assert not IdentityLink.objects.exists()


def test_the_public_key_is_no_shared_secret(world: World, visit: Visit, there: Provider) -> None:
    there.signing_key = JWK.from_password(there.key.export_to_pem().decode())
    there.header = {"alg": "HS256"}
    refused(visit.through(there))


@pytest.mark.parametrize(
    ("where", "mood"),
    [("/.well-known/openid-configuration", "redirect"), ("/.well-known/openid-configuration", "flood")],
)
def test_a_provider_that_cannot_be_asked_is_left_alone(
    world: World, visit: Visit, there: Provider, where: str, mood: str
) -> None:
    there.moods[where] = mood
    visit.out()
    assert "does not answer" in refused(visit.answer, 503)
    assert "/elsewhere" not in there.asked
    assert auditor.last(world.realm, SIGN_IN).outcome == "PROVIDER_UNAVAILABLE"


def test_a_slow_answer_is_cut_off(world: World, visit: Visit, there: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    back = there.sign_in(visit.out())
    monkeypatch.setattr(outgoing, "SECONDS", 0.4)
    there.moods["/token"] = "drip"
    assert "does not answer" in refused(visit.back(back), 503)


@pytest.mark.parametrize(
    "lie", [{"issuer": "https://evil.example"}, {"token_endpoint": "file:///x"}, {"jwks_uri": None}]
)
def test_a_configuration_of_another_issuer_is_no_configuration(
    visit: Visit, there: Provider, lie: dict[str, Any]
) -> None:
    there.metadata = lie
    visit.out()
    refused(visit.answer, 503)


def test_an_answer_of_another_provider_is_no_answer(world: World, visit: Visit, there: Provider) -> None:
    """Mix-up (RFC 9207 §2.4): the code is not even sent there."""
    refused(visit.through(there, iss="https://evil.example"))
    refused(visit.through(there, iss=""))
    assert "/token" not in there.asked
    with vouching.listening() as other:
        fabrikam = named(world, other)
        stranger = Visit(world, visit.client, fabrikam)
        assert stranger.back(there.sign_in(visit.out())).status_code == 404


def test_an_answer_counts_once(world: World, visit: Visit, there: Provider) -> None:
    query = there.sign_in(visit.out(), code="nonsense")
    refused(visit.back(query))
    query["code"] = there.sign_in(visit.out())["code"]
    assert visit.back(query).status_code == 404, "a new way out takes the place of the one before"
    query = there.sign_in(visit.out(), error="access_denied", code="")
    assert "did not confirm" in refused(visit.back(query))
    assert "could not be trusted" in refused(visit.back({**query, **{"code": "x"}}))
    assert auditor.last(world.realm, SIGN_IN).outcome == "PROVIDER_ANSWER_USED"
    asked = there.sign_in(visit.out())
    done = visit.back(asked)
    assert done.status_code == 303
    assert visit.back(asked)["Location"] == done["Location"], "a page that is loaded again"
    visit.onward(done)
    assert visit.back(asked).status_code == 410


def test_another_browser_brings_nothing_back(world: World, visit: Visit, there: Provider) -> None:
    """Login CSRF and a swapped code: an attacker's answer in the victim's browser, and the other way round."""
    attacker = Visit(world, Browser(), visit.provider)
    planted = there.sign_in(attacker.out())
    assert visit.back(planted).status_code == 404
    own = there.sign_in(visit.out())
    refused(visit.back({**own, "code": planted["code"]}))
    assert "/token" in there.asked
    assert not IdentityLink.objects.exists()


@pytest.mark.parametrize("query", [{}, {"state": "x"}, {"state": "\x00"}, {"state": "x" * 9000}, {"code": "x"}])
def test_nonsense_is_nothing(visit: Visit, query: dict[str, str]) -> None:
    visit.out()
    assert visit.back(query).status_code in (400, 404)


def test_a_suspended_person_is_refused_before_any_rule(world: World, visit: Visit, there: Provider) -> None:
    identities.suspend_identity(world.ctx, world.bob)
    refused(visit.through(there))
    told = auditor.last(world.realm, SIGN_IN)
    assert (told.outcome, told.data["reason"]) == ("DENY", "this identity is suspended")
    evaluated = auditor.events(world.realm, EventType.POLICY_EVALUATION, correlation_id=told.correlation_id)
    assert (evaluated, IdentityLink.objects.exists()) == ([], False)


def test_the_policy_is_asked_and_may_want_more(world: World, visit: Visit, there: Provider) -> None:
    nobody = {"attribute": "credential.binding", "operator": "in", "value": ["none"]}
    publish(
        world,
        rule("strict", "deny", nobody, "Passkeys only."),
        rule("all", "allow"),
    )
    assert "Passkeys only." in refused(visit.through(there))
    codes = {"attribute": "credential.method", "operator": "in", "value": ["otp"]}
    publish(world, rule("codes", "allow", codes))
    refused(visit.through(there))
    publish(world, rule("verified", "allow_with_os_verification"))
    assert "alone is not enough" in refused(visit.through(there))
    assert not IdentityLink.objects.exists()


STRONG = json.dumps({"id_token": {"acr": {"essential": True, "value": "urn:identity-cloud:otp"}}})


def test_where_it_is_too_little_a_passkey_is_asked_for(
    world: World, client: Browser, contoso: IdentityProvider, there: Provider
) -> None:
    ceremonies.give_passkey(world, world.bob)
    visit = Visit(world, client, contoso, claims=STRONG)
    done = visit.through(there)
    onward = done["Location"] if "/bi-authenticate" in done["Location"] else visit.onward(done)
    text = client.get(doors.path_of(onward)).content.decode()
    assert "asks for a passkey as well" in text
    assert "Continue with Contoso" not in text
    visit.out()
    assert visit.answer.status_code == 403


def test_a_new_proof_is_asked_for_there_too(
    world: World, client: Browser, contoso: IdentityProvider, there: Provider
) -> None:
    visit = Visit(world, client, contoso, prompt="login")
    asked = parse_qs(urlsplit(visit.out()).query)
    assert (asked["max_age"], asked["prompt"]) == (["0"], ["login"])
    refused(visit.through(there))
    there.claims = {"auth_time": 1_700_000_000}
    refused(visit.through(there))
    there.claims = {"auth_time": 4_000_000_000}
    assert visit.through(there).status_code == 303


def test_somebody_new_is_added_where_that_is_wanted(world: World, client: Browser, there: Provider) -> None:
    contoso = named(
        world, there, create_identities=True, attribute_map={"username": "upn", "display_name": "name", "title": "job"}
    )
    there.person = {"sub": "n-1", "upn": "nell", "name": "Nell <New>", "job": "Chief", "email": "nell@acme.test"}
    visit = Visit(world, client, contoso)
    visit.onward(visit.through(there))
    nell = Identity.objects.get(username="nell")
    assert (nell.display_name, nell.traits["title"], nell.primary_email_address) == ("Nell New", "Chief", "")
    made = auditor.events(world.realm, EventType.IDENTITY_CHANGE)[-2:]
    assert [event.data["action"] for event in made] == ["CREATE", "LINK"]
    Session.objects.all().delete()
    for person in (
        {"sub": "n-2", "upn": "NELL"},
        {"sub": "n-3", "upn": "bob@acme.test"},
        {"sub": "n-4", "upn": "robert", "email": "bob@acme.test", "email_verified": True},
        {"sub": "n-5", "upn": {"a": 1}},
        {"sub": "n-6"},
    ):
        there.person = person
        refused(Visit(world, Browser(), contoso).through(there))
    assert IdentityLink.objects.count() == 1


def test_what_is_said_at_userinfo_alone_is_read_there(world: World, visit: Visit, there: Provider) -> None:
    there.person = {"sub": "b-4711", "email_verified": True}
    there.userinfo = {"email": "bob@acme.test"}
    refused(visit.through(there))
    there.userinfo = {"email": "bob@acme.test", "email_verified": True}
    assert visit.through(there).status_code == 303


def test_a_provider_that_is_switched_off_is_shut_at_once(world: World, visit: Visit, there: Provider) -> None:
    back = there.sign_in(visit.out())
    federation.update_identity_provider(world.ctx, visit.provider, enabled=False)
    assert "Continue with Contoso" not in visit.client.get(visit.page).content.decode()
    refused(visit.back(back))
    assert "/token" not in there.asked
    visit.out()
    refused(visit.answer)


def test_at_my_page_it_is_disconnected(world: World, visit: Visit, there: Provider) -> None:
    visit.onward(visit.through(there))
    home = f"{visit.page.partition('/authenticator-configs')[0]}/me"
    assert "Contoso" in visit.client.get(home).content.decode()
    assert visit.client.post(f"{home}/disconnect", {"provider": "0" * 16}).status_code == 404
    assert visit.client.post(f"{home}/disconnect", {"provider": visit.provider.pk}).status_code == 302
    assert not IdentityLink.objects.exists()
    assert auditor.last(world.realm, EventType.IDENTITY_CHANGE).data["action"] == "UNLINK"
    assert "You can no longer sign in through this provider: Contoso" in post.text_of(post.last("security_notice"))


def test_what_is_kept_tells_no_secret(world: World, visit: Visit) -> None:
    asked = parse_qs(urlsplit(visit.out()).query)
    row = ProviderSignIn.objects.values().get()
    assert not {asked["state"][0], asked["nonce"][0]} & {str(value) for value in row.values()}
