"""The straight way to tokens and codes says, writes and tells what the whole way by oauthlib does: see docs/decisions/0029.

A parameter that nobody knows is ignored by both (RFC 6749 §3.1, §3.2), and sends a request the whole way.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.db.models import Model

from apps.applications.models import AccessToken, Grant, RefreshToken
from apps.applications.services import applications, resource_servers
from apps.authentication import services as authentication
from apps.authentication import sessions
from apps.authentication.models import Session
from apps.authentication.services import NeedsProof
from apps.core.statements import Missed, insert_if
from apps.events.models import Event, EventTarget
from apps.realms.models import OutgoingMail
from apps.tokens import authorization, ordinary_authorization, parameters, straight_requests
from apps.tokens.authorization import AuthorizationRefused, UntrustedClient
from apps.tokens.straight_requests import Straight
from apps.web import cookies
from tests import additions
from tests.ceremonies import Client
from tests.faces.oidc.shop import Shop

pytestmark = pytest.mark.django_db

REFRESHED = {
    "expires_after": 3600,
    "token_signing_algorithm": "ES256",
    "refresh_token": {"enabled": True, "rotate": True},
}
ITS_OWN = frozenset(
    """id jti session_id token_checksum token_suffix expires issued_at grant_id consumed_at last_used_at
    sealed_successor""".split()
)


def machine(shop: Shop) -> Client:
    things = resource_servers.create_resource_server(
        shop.world.ctx,
        shop.world.realm,
        display_name="Things",
        identifier="https://things.test",
        scopes=["read", "write"],
    )
    made = applications.create_application(
        shop.world.ctx,
        shop.world.realm,
        display_name="Machine",
        protocol_config={
            "type": "oauth2",
            "grant_type": ["client_credentials"],
            "allowed_scopes": ["read", "write"],
            "token_configuration": {"expires_after": 600, "token_signing_algorithm": "EdDSA"},
        },
        resource_server=things,
    )
    return Client(made.application, made.client_secret)


def form_for(shop: Shop, grant_type: str) -> dict[str, str]:
    """A right request, with a code or a refresh token of its own."""
    if grant_type == "refresh_token":
        token = shop.tokens(scope="openid profile")["refresh_token"]
        of_client = {"client_id": shop.application.client_id, "client_secret": shop.party.secret}
        return {"grant_type": grant_type, "refresh_token": token, **of_client}
    return shop.form()


def goes_straight(shop: Shop, form: dict[str, str]) -> Straight | None:
    read = parameters.read_form(urlencode(form))
    return straight_requests.read(shop.world.request, shop.application, read, {})


def columns(row: Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in ITS_OWN
    }


def written(answer: dict[str, Any]) -> dict[str, Any]:
    """What stands in the database after it, less what is every request's own."""
    access = AccessToken.objects.latest("id")
    grant = Grant.objects.get(pk=access.grant_id)
    event = Event.objects.filter(type="TOKEN_REQUEST").latest("id")
    assert event.data["jti"] == access.jti
    assert event.correlation_id == grant.correlation_id
    return {
        "access": columns(access),
        "refresh": columns(RefreshToken.objects.latest("id")),
        "spent": (grant.consumed_at is not None, RefreshToken.objects.exclude(consumed_at=None).count() > 0),
        "event": (event.outcome, event.actor_id, event.targets, {**event.data, "jti": ""}),
        "found by": sorted(EventTarget.objects.filter(event_id=event.pk).values_list("target_id", flat=True)),
        "says": sorted(answer),
    }


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token"])
def test_both_ways_come_to_the_same(shop: Shop, grant_type: str) -> None:
    shop.register(token_configuration=REFRESHED)
    seen = []
    for further in ({}, {"nobody_knows": "this"}):
        form = form_for(shop, grant_type) | further
        assert (goes_straight(shop, form) is None) == bool(further)
        answer = shop.token(form)
        assert answer.status_code == 200, answer.content
        seen.append((written(answer.json()), sorted(answer.headers), list(answer.json())))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("scope", ["", "read", "write read", "read unknown", "unknown", "read  write", 'rea"d'])
def test_both_ways_grant_a_client_the_same_scopes(shop: Shop, scope: str) -> None:
    shop.party = machine(shop)
    form = {
        "grant_type": "client_credentials",
        "client_id": shop.application.client_id,
        "client_secret": shop.party.secret,
    }
    form |= {"scope": scope} if scope else {}
    straight, whole = shop.token(form), shop.token(form | {"nobody_knows": "this"})
    said = [{**answer.json(), "access_token": ""} for answer in (straight, whole)]
    assert straight.status_code == whole.status_code
    assert said[0] == said[1]
    assert goes_straight(shop, form | {"scope": "read"}) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "wrong"},
        {"code_verifier": "x" * 43},
        {"code_verifier": None},
        {"redirect_uri": "https://elsewhere.test/"},
        {"redirect_uri": None},
        {"code": "unknown"},
        {"client_id": "somebody"},
        {"grant_type": "password"},
        {"expiration_time": "60"},
        {"custom_claims": "{}"},
        {"resource": "https://api.example"},
    ],
    ids=str,
)
def test_what_is_wrong_or_unusual_goes_the_whole_way(shop: Shop, changes: dict[str, str | None]) -> None:
    assert goes_straight(shop, shop.form(**changes)) is None


def test_who_proves_a_key_goes_the_whole_way(shop: Shop) -> None:
    read = parameters.read_form(urlencode(shop.form()))
    assert straight_requests.read(shop.world.request, shop.application, read, {"HTTP_DPOP": "x"}) is None


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token"])
def test_what_is_taken_meanwhile_is_not_written_twice(shop: Shop, grant_type: str) -> None:
    """Read by two before either writes: the second finds its condition gone, and writes nothing."""
    shop.register(token_configuration=REFRESHED)
    form = form_for(shop, grant_type)
    late = goes_straight(shop, form)
    assert late is not None
    assert late.only_if is not None
    assert shop.token(form).status_code == 200
    tokens, events = AccessToken.objects.count(), Event.objects.count()
    with pytest.raises(Missed):
        insert_if(late.only_if, *late.rows)
    assert (AccessToken.objects.count(), Event.objects.count()) == (tokens, events)


def test_a_family_that_was_ended_meanwhile_gives_nothing_more(shop: Shop) -> None:
    shop.register(token_configuration=REFRESHED)
    late = goes_straight(shop, form_for(shop, "refresh_token"))
    assert late is not None
    assert late.only_if is not None
    assert late.grant is not None
    Grant.objects.filter(pk=late.grant.pk).update(revoked_at=shop.world.ctx.now)
    with pytest.raises(Missed):
        insert_if(late.only_if, *late.rows)


MUTATIONS = (
    {}, {"scope": "openid"}, {"scope": "openid  profile"}, {"scope": "unknown"}, {"scope": "openid unknown"},
    {"state": None}, {"nonce": None}, {"state": "ü"}, {"state": "a+b c"}, {"state": "x" * 5000}, {"nonce": "x" * 600},
    {"code_challenge": "short"}, {"code_challenge": None}, {"code_challenge_method": "plain"}, {"scope": None},
    {"redirect_uri": "https://elsewhere.test/"}, {"redirect_uri": None}, {"response_type": "token"}, {"prompt": "none"},
    {"client_id": "somebody"}, {"client_id": None}, {"max_age": "1"}, {"response_mode": "form_post"}, {"claims": "{}"},
    {"request": "x"}, {"request_uri": "x"}, {"login_hint": "bob"}, {"acr_values": "phr"}, {"dpop_jkt": "x"},
    {"code_challenge_method": None},
)  # fmt: skip


@pytest.mark.parametrize("changes", MUTATIONS, ids=str)
@pytest.mark.parametrize("tail", ["", "&state=again", "&scope=openid", "#x", "&%00=1", "&%zz", "&nobody=knows"])
def test_an_authorization_request_read_at_once_is_read_as_by_oauthlib(
    shop: Shop, changes: dict[str, str | None], tail: str
) -> None:
    query = shop.party.query(**changes) + tail
    read = ordinary_authorization.read(shop.application, query)
    if read is not None:
        whole = authorization.check_authorization_request(shop.world.request, shop.application, query)
        assert read == whole
    else:
        assert changes or tail


def test_nothing_but_a_readable_request_is_read_at_once(shop: Shop) -> None:
    assert ordinary_authorization.read(shop.application, shop.party.query()) is not None
    pairs = parse_qsl(shop.party.query())
    for number, (name, _) in enumerate(pairs):
        without = urlencode(pairs[:number] + pairs[number + 1 :])
        read = ordinary_authorization.read(shop.application, without)
        assert (read is not None) == (name in ("state", "nonce"))
        try:
            whole = authorization.check_authorization_request(shop.world.request, shop.application, without)
        except (AuthorizationRefused, UntrustedClient):
            whole = None
        assert read in (None, whole)


def test_a_session_is_answered_straight_whatever_its_rules_have_to_say(shop: Shop) -> None:
    """A rule that mails somebody wants a transaction, and one that denies another way on: told once, as ever."""
    shop.sign_in()
    realm, mailing = shop.world.realm, {"notify": {"emails": ["guard@acme.test"]}}
    for rules, answered, mails in (
        ([additions.rule("authentication", "allow")], True, 0),
        ([additions.rule("authentication", "monitor") | mailing, additions.rule("authentication", "allow")], True, 1),
        ([additions.rule("authentication", "deny")], False, 1),
    ):
        additions.publish(shop.world, realm, *rules)
        before = {kind: Event.objects.filter(type=kind).count() for kind in ("AUTHORIZE_REQUEST", "POLICY_EVALUATION")}
        where = shop.authorize()["Location"]
        assert where.startswith(shop.party.redirect_uri) == answered
        for kind, count in before.items():
            assert Event.objects.filter(type=kind).count() == count + 1, kind
        assert OutgoingMail.objects.filter(realm=realm, kind="policy_notice").count() == mails


def test_a_session_that_ends_in_this_moment_answers_nothing(shop: Shop) -> None:
    shop.sign_in()
    token = shop.browser.cookies[cookies.session_cookie(shop.application.realm_id)].value
    ctx = shop.world.request
    session = sessions.find_answering_session(ctx, shop.application.realm_id, token)
    assert session is not None
    Session.objects.filter(pk=session.pk).update(ended_at=ctx.now)
    codes, query = Grant.objects.count(), shop.party.query()
    outcome = authentication.start(ctx, shop.application, query, session=session, browser_key="")
    assert isinstance(outcome, NeedsProof)
    assert Grant.objects.count() == codes
