"""A session that an identity provider's word opened, and a provider that is changed while it is being asked."""

import pytest
from django.test import Client as Browser

from apps.authentication import provider_sign_ins
from apps.authentication.models import Session
from apps.authentication.services import federated
from apps.authentication.services.federated import ProviderClosed
from apps.core.errors import Denied
from apps.events.types import EventType
from apps.federation import services as federation
from apps.federation.asking import Answer
from apps.federation.models import IdentityLink, IdentityProvider
from apps.federation.people import AccountUnknown
from apps.federation.selectors import get_identity_provider
from tests import record as auditor
from tests.domain.test_signing_in import publish, rule
from tests.faces import doors
from tests.faces.hosted.test_signing_in_through_a_provider import Visit, contoso, there  # noqa: F401 - fixtures
from tests.vouching import Provider
from tests.world import World

pytestmark = pytest.mark.django_db
CODES = {"attribute": "credential.method", "operator": "in", "value": ["otp"]}


@pytest.fixture
def visit(world: World, client: Browser, contoso: IdentityProvider) -> Visit:  # noqa: F811
    return Visit(world, client, contoso)


def test_the_policy_is_told_at_the_next_application_too_that_nobody_showed_a_code(
    world: World,
    visit: Visit,
    there: Provider,  # noqa: F811
) -> None:
    visit.onward(visit.through(there))
    assert "?code=" in doors.sent_to(visit.client, visit.party)
    facts = auditor.last(world.realm, EventType.POLICY_EVALUATION).data["input"]["attributes"]
    assert (facts["credential.binding"], "credential.method" in facts) == ("none", False)
    publish(world, rule("codes", "allow", CODES))
    assert "/bi-authenticate" in doors.sent_to(visit.client, visit.party)


@pytest.mark.parametrize(
    ("change", "refusal"), [({"enabled": False}, ProviderClosed), ({"link_by_verified_email": False}, AccountUnknown)]
)
def test_what_is_switched_off_while_the_provider_is_asked_is_off(
    world: World,
    visit: Visit,
    there: Provider,  # noqa: F811
    change: dict[str, bool],
    refusal: type[Denied],
) -> None:
    """It may take its time to answer, and gains nothing by that."""
    back = there.sign_in(visit.out())
    begun = provider_sign_ins.find(visit.provider, back["state"])
    now = get_identity_provider(world.realm, visit.provider.pk)
    federation.update_identity_provider(world.ctx, now, **change)
    with pytest.raises(refusal):
        federated.finish(
            world.request, begun.flow, begun, visit.provider, Answer(back["code"], "", back["iss"]), cookie=""
        )
    assert "/token" in there.asked
    assert not Session.objects.exists()
    assert not IdentityLink.objects.exists()
