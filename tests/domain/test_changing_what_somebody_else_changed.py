"""Verbs that are told what the caller read refuse to write over what came after (contract/extensions.md §3)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.applications import selectors as applications
from apps.applications.hashers import SHA256SecretHasher
from apps.applications.services import applications as applications_verbs
from apps.applications.services.applications import CreatedBefore
from apps.authenticators import selectors as authenticators
from apps.authenticators import services as authenticators_verbs
from apps.core.errors import Invalid
from apps.core.rows import ChangedMeanwhile
from apps.events import selectors as events
from apps.events.selectors import EventFilter
from apps.onboarding import seeds
from apps.realms import selectors as realms
from apps.realms import services as realms_verbs
from tests.racing import race
from tests.world import World, web

pytestmark = pytest.mark.django_db
LATER = timedelta(seconds=1)


def update(world: World, name: str, **further: Any) -> Any:
    application = applications.get_application(world.realm, world.application.pk)
    return applications_verbs.update_application(
        world.at(LATER), application, display_name=name, protocol_config=web(),
        authenticator_config=world.acme.customers.config, resource_server=None, **further,
    )  # fmt: skip


def test_an_application_is_saved_over_what_was_read(world: World) -> None:
    update(world, "Shop front", seen_at=world.application.updated_at)
    assert applications.get_application(world.realm, world.application.pk).display_name == "Shop front"


def test_an_application_that_changed_since_is_left_as_it_is(world: World) -> None:
    read_at = world.application.updated_at
    update(world, "The first", seen_at=read_at)
    with pytest.raises(ChangedMeanwhile):
        update(world, "The second", seen_at=read_at)
    assert applications.get_application(world.realm, world.application.pk).display_name == "The first"
    newest = events.events_in(world.realm, EventFilter(types=["APPLICATION_CHANGE"]))[0]
    assert newest.outcome == "PRECONDITION_FAILED"


def test_a_secret_is_rotated_once_for_one_reading(world: World) -> None:
    application = applications.get_application(world.realm, world.application.pk)
    read_at = application.updated_at
    applications_verbs.rotate_secret(world.at(LATER), application, grace_seconds=60, seen_at=read_at)
    with pytest.raises(ChangedMeanwhile):
        applications_verbs.rotate_secret(world.at(LATER), application, grace_seconds=60, seen_at=read_at)


def test_a_new_secret_is_written_over_nothing_but_the_old_one(world: World) -> None:
    read_before = applications.get_application(world.realm, world.application.pk)
    update(world, "Shop front")
    applications_verbs.rotate_secret(world.at(LATER), read_before)
    assert applications.get_application(world.realm, world.application.pk).display_name == "Shop front"


def test_an_authenticator_that_changed_since_is_left_as_it_is(world: World) -> None:
    config = authenticators.get_authenticator_config(world.realm, world.acme.customers.config.pk)
    read_at = config.updated_at
    authenticators_verbs.update_authenticator_config(world.at(LATER), config, display_name="First", seen_at=read_at)
    with pytest.raises(ChangedMeanwhile):
        authenticators_verbs.update_authenticator_config(world.ctx, config, display_name="Second", seen_at=read_at)
    assert authenticators.get_authenticator_config(world.realm, config.pk).display_name == "First"


def test_a_realm_renamed_since_keeps_its_name(world: World) -> None:
    read_at = world.realm.updated_at
    realms_verbs.update_realm(world.at(LATER), world.realm, display_name="First", seen_at=read_at)
    with pytest.raises(ChangedMeanwhile):
        realms_verbs.update_realm(world.at(2 * LATER), world.realm, display_name="Second", seen_at=read_at)
    assert realms.get_realm(world.acme.tenant.pk, world.realm.pk).display_name == "First"


def test_one_form_makes_one_application(world: World) -> None:
    def create() -> Any:
        return applications_verbs.create_application(
            world.ctx, world.realm, display_name="Twice", protocol_config=web(),
            authenticator_config=world.acme.customers.config, once="a form's token",
        )  # fmt: skip

    made = create().application
    with pytest.raises(CreatedBefore) as refused:
        create()
    assert refused.value.facts["application_id"] == str(made.pk)
    assert applications.applications_in(world.realm).filter(display_name="Twice").count() == 1


def test_everything_wrong_with_an_application_is_said_at_once(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        applications_verbs.create_application(
            world.ctx, world.realm, display_name="", protocol_config=web("http://shop.test/callback")
        )
    assert [violation.field for violation in refused.value.violations] == [
        "application.display_name",
        "application.protocol_config.redirect_uris.0",
        "application.authenticator_config_id",
    ]


def test_everything_wrong_with_an_authenticator_is_said_at_once(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        authenticators_verbs.create_authenticator_config(
            world.ctx, world.realm, display_name="<>", config={**seeds.HOSTED_PASSKEYS, "trusted_origins": ["ftp://x"]}
        )
    assert [violation.field for violation in refused.value.violations] == [
        "authenticator_config.display_name",
        "authenticator_config.config.trusted_origins.0",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_many_submits_of_one_form_at_once_one_makes_an_application(world: World) -> None:
    def create() -> Any:
        return applications_verbs.create_application(
            world.ctx, world.realm, display_name="Twice", protocol_config=web(),
            authenticator_config=world.acme.customers.config, once="a form's token",
        )  # fmt: skip

    finish = race(create, times=6)
    assert [type(refusal) for refusal in finish.refused] == [CreatedBefore] * 5
    assert applications.applications_in(world.realm).filter(display_name="Twice").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_rotations_at_once_one_makes_a_secret_and_it_works(world: World) -> None:
    read_at = world.application.updated_at

    def rotate() -> Any:
        application = applications.get_application(world.realm, world.application.pk)
        return applications_verbs.rotate_secret(world.at(LATER), application, seen_at=read_at).client_secret

    finish = race(rotate, times=6)
    assert [type(refusal) for refusal in finish.refused] == [ChangedMeanwhile] * 5
    stored = applications.get_application(world.realm, world.application.pk).client_secret
    assert SHA256SecretHasher().verify(finish.won[0], stored)
