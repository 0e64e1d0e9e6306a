"""The short way of the plain case ends where the protocol engine's ends (apps/scim/plain.py)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scim2_models import Context, SCIMException

from apps.core.errors import Refusal
from apps.directory.models import Group, Identity
from apps.directory.traits import FURTHER
from apps.scim import plain, users
from apps.scim.bodies import Body
from apps.scim.groups import group_of
from apps.scim.plain import NotPlain
from apps.scim.resources import PROVIDER
from apps.scim.service import Service
from tests.faces.scim.provisioner import BULK, ENTERPRISE, USER, Provisioner, read

TEXTS = st.sampled_from(["", "x", "grace@acme.test", " ", "bulkId:1", "True", "ß", "0" * 600])
ODD = st.sampled_from([None, [], {}, 0, 1.5, "", True, ["x"], {"value": "x"}, {"resourceType": "User"}, [{}], [None]])
NAMES = st.sampled_from(["givenName", "familyName", "formatted", "GIVENNAME", "given_name", "nonsense"])
EMAILS = st.fixed_dictionaries({}, optional={
    "value": TEXTS | ODD, "type": TEXTS, "primary": st.booleans() | ODD, "Value": TEXTS, "$ref": TEXTS, "ref": TEXTS,
})  # fmt: skip
MANAGERS = st.fixed_dictionaries({}, optional={"value": TEXTS, "$ref": TEXTS, "displayName": TEXTS})
ENTERPRISES = st.fixed_dictionaries({}, optional={
    "department": TEXTS | ODD, "manager": MANAGERS | TEXTS, "employeeNumber": TEXTS, "schemas": ODD,
})  # fmt: skip
ADDRESSES = st.dictionaries(st.sampled_from(["locality", "type", "street_address"]), TEXTS | ODD)
SCHEMAS = st.sampled_from([[USER], [USER, ENTERPRISE], [ENTERPRISE], [], "x", [5], [USER.upper()]])
USERS = st.fixed_dictionaries(
    {"userName": TEXTS | ODD, "schemas": SCHEMAS},
    optional={
        "displayName": TEXTS | ODD, "externalId": TEXTS, "active": st.booleans() | ODD,
        "name": st.dictionaries(NAMES, TEXTS) | ODD, "emails": st.lists(EMAILS, max_size=3) | ODD,
        "phoneNumbers": st.lists(EMAILS, max_size=2), "photos": st.lists(EMAILS, max_size=2),
        "addresses": st.lists(ADDRESSES, max_size=2), "groups": ODD, "meta": ODD, "id": ODD, "password": TEXTS, "roles": ODD,
        "title": TEXTS | ODD, "TITLE": TEXTS, "user_name": TEXTS, "name.givenName": TEXTS,
        ENTERPRISE: ENTERPRISES | ODD, ENTERPRISE.lower(): ENTERPRISES,
    },
)  # fmt: skip


def _user(**given: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": "grace", **given}


TWO_PRIMARY = [{"value": f"{name}@acme.test", "primary": True} for name in "ab"]


@given(sent=USERS)
@settings(max_examples=300)
@example(sent=_user(emails=TWO_PRIMARY))
@example(sent=_user(externalId="bulkId:1"))
@example(sent=_user(TITLE="Guide", title="Other"))
@example(sent=_user(groups="x"))
@example(sent=_user(active="False"))
@example(sent=_user(title=5))
@example(sent=_user(emails=[None]))
@example(sent=_user(emails={"value": "a@acme.test"}))
@example(sent={"userName": "grace", "schemas": [ENTERPRISE]})
@example(sent=_user(**{ENTERPRISE.lower(): {"department": "Navy"}}))
def test_a_plain_user_is_read_as_the_engine_reads_it(sent: dict[str, Any]) -> None:
    with PROVIDER:
        try:
            found: Any = plain.read(users.MODEL, sent)
        except NotPlain:
            return
        assert _given(found) == _given(_by_the_engine(sent))


def _by_the_engine(sent: dict[str, Any]) -> Any:
    try:
        return users.MODEL.model_validate_json(json.dumps(sent), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    except (ValidationError, SCIMException):
        return None


def _given(user: Any) -> Any:
    """None for whom either refuses."""
    try:
        return None if user is None else users.read(user)
    except Refusal:
        return None


@pytest.mark.parametrize(
    "sent",
    [
        {"title": "Guide", "groups": [], "password": "x", "meta": {"resourceType": "User"}, "roles": [], "nickName": None},
        {"emails": [{"value": "g@acme.test", "type": "work", "primary": True}], "name": {"givenName": "G"}, "active": False},
        {ENTERPRISE: {"department": "Navy", "manager": {"value": "0" * 16}}},
    ],
)  # fmt: skip
def test_what_okta_and_entra_send_is_plain(sent: dict[str, Any]) -> None:
    assert plain.read(users.MODEL, {"schemas": [USER, ENTERPRISE], "userName": "grace", **sent}).user_name == "grace"


_EARLIEST = datetime(1970, 1, 2)  # noqa: DTZ001  (the strategy makes it aware)
_SHORT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@given(
    columns=st.fixed_dictionaries(dict.fromkeys(("display_name", "username", "given_name", "external_id"), _SHORT)),
    kept=st.dictionaries(st.sampled_from(sorted(FURTHER)), _SHORT.filter(bool)),
    moment=st.datetimes(timezones=st.just(UTC), min_value=_EARLIEST),
    crowd=st.integers(0, 2),
)
def test_what_is_shown_whole_is_what_the_engine_shows(
    columns: dict[str, str], kept: dict[str, str], moment: datetime, crowd: int
) -> None:
    times = {"created_at": moment, "updated_at": moment}
    identity = Identity(tenant_id="1", realm_id="2", traits=kept, primary_email_address="a@b.c", **columns, **times)
    groups = [Group(pk=str(n), display_name="x", **times) for n in range(crowd)]
    with PROVIDER:
        for resource in (
            users.user_of(identity, groups),
            group_of(Group(display_name="x", **times), [identity] * crowd),
        ):
            published = Service().publish("https://acme.test/scim/v2", resource)
            shown = json.loads(json.dumps(plain.shown(published)))
            assert shown == published.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)


def test_a_bulk_is_planned_in_the_order_it_was_sent_in_whoever_reads_its_steps() -> None:
    data = {"schemas": [USER], "userName": "x"}
    sent = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": data},
        {"method": "DELETE", "path": "/Users/0000000000000000"},
        {"method": "post", "path": "/Users", "bulkId": "b", "data": data},
        {"method": "POST", "path": "/Users", "bulkId": "c", "data": data},
        "nonsense",
    ]
    body = Body({"schemas": [BULK], "Operations": sent, "failOnErrors": 3}, 1)
    with PROVIDER:
        plan = Service().read_bulk(body, None)
    assert [each.bulk_id for each in plan.operations] == ["a", None, "b", "c", None]
    assert plan.fail_on_errors == 3


@pytest.mark.django_db
def test_a_bulk_just_below_the_limit_is_read_whatever_we_would_write_it_as(scim: Provisioner) -> None:
    """A letter that JSON may escape counts as what was sent."""
    operations = [{"method": "POST", "path": "/Users", "data": {"title": "ü" * 500}} for _ in range(900)]
    body = json.dumps({"schemas": [BULK], "Operations": operations}, ensure_ascii=False).encode()
    assert 900_000 < len(body) < 1_048_576
    assert {each["status"] for each in read(scim.post("/Bulk", body))["Operations"]} == {"400"}
