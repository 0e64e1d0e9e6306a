"""Every row says whose it is, and what is unique is unique within a realm: two tenants never meet in a constraint."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

OWN = [model for model in apps.get_models() if model.__module__.startswith("apps.")]

# What is not of one realm, and why.
OF_NO_REALM = {
    "Tenant": "the root of what a realm is in",
    "Realm": "is one",
    "Event": "holds ids, not keys: it outlives what it tells of",
    "EventTarget": "goes with its event",
    "Seal": "goes with its event",
    "Log": "proves events, and outlives what they tell of",
    "Tile": "is of a log",
    "Checkpoint": "is of a log",
    "CheckpointKey": "of a tenant: who checks its realms' logs keeps one set of keys",
    "Position": "of the sealer, which goes through all realms",
    "SignUp": "remembers forms that opened a tenant",
    "PeopleCount": "holds a realm's id, not a key: a realm goes without it",
    "KeptAnswer": "holds ids, not keys: it dies by itself within a day",
    "ArrivingDevice": "a browser that waits to be let in: whose it is nobody knows yet, and it dies within a day",
    "Used": "a digest over whose it is, among other things, and when it may be forgotten",
}
# What is unique over all realms, and why.
UNIQUE_EVERYWHERE = {
    "one_admin_realm_per_tenant": "of a tenant, as it says",
    "realm_name_in_tenant": "of a tenant, as it says",
    "webauthn_id_once": "all realms share one RP ID, and with it the browser's passkey store",
    "member_once": "group and person are of one realm already",
    "role_identity_once": "role and person are of one realm already",
    "role_group_once": "role and group are of one realm already",
    "consent_once": "person and application are of one realm already",
    "identity_once_in_batch": "a batch is of one realm already",
    "slice_once_in_bulk_job": "a bulk job is of one realm already",
    "changes_once_of_bulk_slice": "a bulk job is of one realm already",
    "username_once_in_bulk_job": "a bulk job is of one realm already",
    "one_tile_at_a_place": "of a realm, by its id",
    "one_checkpoint_of_a_size": "of a realm, by its id",
    "one_answer_for_a_key": "of a tenant and one of its callers",
    "grant_code": "random: 256 bits, made by us",
    "access_token_digest": "of 256 random bits",
    "access_token_jti": "random: 192 bits, made by us",
    "refresh_token_digest": "of 256 random bits",
    "refresh_token_jti": "random: 192 bits, made by us",
    "applications_devicegrant_unique_device_code": "random, and the toolkit's",
}
RANDOM = {  # 128 bits or more, made by us: two alike never happen, in a realm or out of it
    "Application.client_id", "Application.once_digest", "CredentialBindingJob.token_digest",
    "Recovery.token_digest", "Session.token_digest",
    "SigningKey.kid", "IDToken.jti", "DeviceGrant.device_code", "DeviceGrant.user_code", "SignUp.token_digest",
    "PushedRequest.digest", "ArrivingDevice.browser_digest", "Rehearsal.state_digest",
    "ProviderSignIn.state_digest",
}  # fmt: skip


def names(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_a_row_carries_its_tenant_and_realm(model: type[models.Model]) -> None:
    if model.__name__ in OF_NO_REALM:
        assert "realm" not in names(model)
        return
    for name, target in (("tenant", "Tenant"), ("realm", "Realm")):
        field = model._meta.get_field(name)
        assert isinstance(field, models.ForeignKey)
        assert field.related_model.__name__ == target
        assert not field.null


def unique_together(model: type[models.Model]) -> Iterator[tuple[str, set[str]]]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            expressions = {str(expression) for expression in constraint.expressions}
            yield (
                constraint.name,
                {*constraint.fields, *(name for name in names(model) if f"F({name})" in str(expressions))},
            )
    assert not model._meta.unique_together, "constraints have names here"


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_what_is_unique_is_unique_within_a_realm(model: type[models.Model]) -> None:
    for name, fields in unique_together(model):
        assert "realm" in fields or name in UNIQUE_EVERYWHERE, name
    for field in model._meta.concrete_fields:
        alone = field.unique and not field.primary_key and not isinstance(field, models.OneToOneField)
        assert not alone or f"{model.__name__}.{field.name}" in RANDOM, field.name


def test_no_exception_is_left_over() -> None:
    assert set(OF_NO_REALM) <= {model.__name__ for model in OWN}
    assert set(UNIQUE_EVERYWHERE) <= {constraint.name for model in OWN for constraint in model._meta.constraints}


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_a_model_holds_data_and_constraints_and_no_habits(model: type[models.Model]) -> None:
    """No save() of its own, no implicit order: what happens is in a verb, what is shown in a selector."""
    assert "save" not in vars(model)
    assert "delete" not in vars(model)
    assert not model._meta.ordering
