"""Eight at once with one assertion, one proof, one pushed request: one of them is believed, and nobody else is a bug."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from apps.applications.models import AccessToken, Application, Grant
from apps.applications.services import applications
from apps.authentication import services as authentication
from apps.authentication.models import Session
from apps.authentication.services import Finished, LoginRefused
from apps.tokens import parameters, used_once
from apps.tokens.authorization import UntrustedClient
from apps.tokens.issuer import endpoints_of
from apps.tokens.models import PushedRequest, Used
from apps.tokens.services import pushed_requests
from apps.tokens.services.codes import RequestUsedUp
from apps.tokens.services.exchange import exchange
from apps.tokens.used_once import Once
from tests import ceremonies
from tests.ceremonies import Client
from tests.keyholder import KeyHolder
from tests.racing import race
from tests.world import World, web

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def holder() -> KeyHolder:
    return KeyHolder()


@pytest.fixture
def party(world: World, holder: KeyHolder) -> Client:
    config = web(token_endpoint_auth_method="private_key_jwt", jwks=holder.jwks)
    made = applications.create_application(
        world.ctx,
        world.realm,
        display_name="Keyed",
        protocol_config=config,
        authenticator_config=world.acme.customers.config,
    )
    return Client(made.application, "")


def redeem(world: World, party: Client, code: str, proof: dict[str, str], dpop: str = "") -> dict[str, Any]:
    form = urlencode({**dict(parse_qsl(party.form(code))), **proof})
    headers = {"HTTP_DPOP": dpop} if dpop else {}
    return json.loads(exchange(world.visitor, party.application, form=form, headers=headers).body)


def test_a_name_is_spent_by_one(world: World) -> None:
    once = Once("test", "anybody", "jti", world.ctx.now.timestamp() + 60)
    assert sorted(race(once.spend, times=8).won) == [False] * 7 + [True]
    assert Used.objects.count() == 1
    assert used_once.forget(world.ctx) == 0


def test_one_assertion_redeems_one_of_eight_codes(world: World, party: Client, holder: KeyHolder) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    codes = [ceremonies.sign_in(world.visitor, party, passkey).code for _ in range(8)]
    proof = holder.client(party.application)
    finish = race(*(lambda code=code: redeem(world, party, code, proof) for code in codes))
    assert len(finish.won) == 1
    assert {refusal.code for refusal in finish.refused} == {"invalid_client"}
    assert AccessToken.objects.count() == 1
    assert Grant.objects.filter(consumed_at=None).count() == 7


def test_one_proof_binds_one_of_eight_tokens(world: World, party: Client, holder: KeyHolder) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    codes = [ceremonies.sign_in(world.visitor, party, passkey).code for _ in range(8)]
    dpop = holder.proof("POST", endpoints_of(party.application).token)
    finish = race(
        *(lambda code=code: redeem(world, party, code, holder.client(party.application), dpop) for code in codes)
    )
    assert len(finish.won) == 1
    assert {refusal.code for refusal in finish.refused} == {"invalid_dpop_proof"}
    assert AccessToken.objects.get().dpop_jkt == holder.jkt


def push(world: World, party: Client, holder: KeyHolder) -> dict[str, str | None]:
    body = urlencode({**dict(parse_qsl(party.query())), **holder.client(party.application)})
    form = parameters.read_form(body)
    pushed = pushed_requests.push(world.visitor, party.application, form=form, headers={})
    asked = dict.fromkeys(dict(parse_qsl(party.query())))
    return {**asked, "client_id": party.application.client_id, "request_uri": pushed.request_uri}


def test_a_pushed_request_makes_one_code_of_eight_sign_ins(world: World, party: Client, holder: KeyHolder) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    pushed = push(world, party, holder)
    flows = [ceremonies.begin(world.visitor, party, browser=f"browser {i}", **pushed) for i in range(8)]
    finish = race(*(lambda flow=flow: ceremonies.prove(world.visitor, flow, passkey) for flow in flows))
    assert len(finish.won) == 1
    assert RequestUsedUp in {type(refusal) for refusal in finish.refused}
    assert Grant.objects.count() == 1
    assert PushedRequest.objects.get().consumed_at is not None


def test_and_one_of_eight_silent_ones(world: World, party: Client, holder: KeyHolder) -> None:
    done = ceremonies.sign_in(world.visitor, party, ceremonies.give_passkey(world, world.bob))
    assert done.session_token
    Grant.objects.all().delete()
    session = Session.objects.select_related("identity", "credential").get()
    query = party.query(**push(world, party, holder))
    application = Application.objects.select_related("realm", "resource_server", "authenticator_config").get(
        pk=party.application.pk
    )

    def start() -> Any:
        try:
            return authentication.start(world.visitor, application, query, session=session, browser_key="")
        except (UntrustedClient, LoginRefused) as refusal:  # too late to be known, or to be finished
            return refusal

    finish = race(start, times=8)
    assert sum(isinstance(each, Finished) for each in finish.won) == 1
    assert Grant.objects.count() == 1


def test_eight_clients_at_once_are_not_in_each_others_way(world: World, party: Client, holder: KeyHolder) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    codes = [ceremonies.sign_in(world.visitor, party, passkey).code for _ in range(8)]
    url = endpoints_of(party.application).token

    def honest(code: str) -> dict[str, Any]:
        return redeem(world, party, code, holder.client(party.application), holder.proof("POST", url))

    finish = race(*(lambda code=code: honest(code) for code in codes))
    assert len(finish.won) == 8
    assert Used.objects.count() == 16
