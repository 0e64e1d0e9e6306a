"""Somebody new comes through an identity provider in several tabs at once: one person, one link."""

import pytest

from apps.directory.models import Identity
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.federation import people
from apps.federation import services as federation
from apps.federation.claims import Stranger
from apps.federation.models import IdentityLink
from tests.racing import race
from tests.world import build


@pytest.mark.django_db(transaction=True)
def test_of_many_first_sign_ins_at_once_one_person_comes() -> None:
    world = build()
    given = {"type": "oidc", "issuer": "https://93.184.215.14", "client_id": "c", "client_secret": "s"}
    provider = federation.create_identity_provider(
        world.ctx, world.realm, display_name="C", create_identities=True, **given
    )

    def come() -> str:
        with attempt(world.request, EventType.AUTHENTICATION_TRANSACTION, world.realm) as event:
            return people.who_is(event, event.ctx, provider, Stranger("s-1", username="nell")).identity.pk

    finish = race(come, times=4)
    assert (len(finish.won), len(set(finish.won))) == (4, 1)
    assert IdentityLink.objects.count() == 1
    assert Identity.objects.filter(username="nell").count() == 1
