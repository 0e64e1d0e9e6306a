"""Events in words: each type has some, whoever acted and whatever is missing, and names are never markup."""

from dataclasses import replace
from typing import Any

import pytest

from apps.console.event_lines import outcome_of, tell
from apps.console.phrases import CHANGES
from apps.console.sentences import sentence_of
from apps.core.context import ANONYMOUS, SYSTEM, ActorType
from apps.directory.models import Identity
from apps.events.attempt import record
from apps.events.types import EventType
from apps.web.device_words import device_words
from tests import record as records
from tests.world import DESK, World

pytestmark = pytest.mark.django_db

TOLD_IN_THEIR_OWN_WAY = {
    EventType.AUTHORIZE_REQUEST,
    EventType.AUTHENTICATION_TRANSACTION,
    EventType.POLICY_EVALUATION,
    EventType.TOKEN_REQUEST,
    EventType.USERINFO_READ,
}


def written(world: World, kind: EventType, outcome: str = "SUCCESS", **data: Any) -> Any:
    record(world.ctx, kind, world.realm, outcome=outcome, **data)
    return records.last(world.realm, kind)


@pytest.mark.parametrize("kind", list(EventType))
def test_every_type_of_event_has_words(kind: EventType) -> None:
    assert kind in TOLD_IN_THEIR_OWN_WAY or any(known == kind for known, _ in CHANGES)


@pytest.mark.parametrize(("kind", "action"), list(CHANGES))
@pytest.mark.parametrize("outcome", ["SUCCESS", "CONFLICT"])
def test_every_sentence_can_be_said_without_a_single_name(
    world: World, kind: EventType, action: str, outcome: str
) -> None:
    nobody = replace(world, ctx=world.ctx.acting_as(ANONYMOUS))
    told = sentence_of(written(nobody, kind, outcome, action=action))
    assert told[0].isupper() or told.startswith("somebody")
    assert "{" not in told


def test_all_that_the_world_is_made_with_is_told_in_words(world: World) -> None:
    realms = (world.acme.admin_realm, world.acme.opened.first_realm, world.realm)
    written = {(event.type, event.data.get("action", "")) for realm in realms for event in records.events(realm)}
    in_its_own_way = {(EventType.CREDENTIAL_BINDING_JOB_CHANGE, "CREATE")}
    assert {pair for pair in written if pair[0] not in TOLD_IN_THEIR_OWN_WAY} - set(CHANGES) - in_its_own_way == set()


def test_a_refusal_says_why(world: World) -> None:
    event = written(world, EventType.GROUP_CHANGE, "CONFLICT", action="CREATE", reason="it exists")
    assert sentence_of(event) == "<strong>Ada Admin</strong> could not create a group: it exists"


def test_an_unknown_action_is_told_by_its_name(world: World) -> None:
    event = written(world, EventType.GROUP_CHANGE, action="POLISH")
    assert sentence_of(event) == "<strong>Ada Admin</strong>: group change polish"


def test_the_product_itself_may_be_the_actor(world: World) -> None:
    system = replace(world, ctx=world.ctx.acting_as(SYSTEM))
    told = sentence_of(written(system, EventType.SESSION_CHANGE, action="CREATE"))
    assert told == "A session of somebody began"


def test_whoever_signed_in_to_the_console_is_named_in_older_records_too(world: World) -> None:
    nobody = replace(world, ctx=world.ctx.acting_as(ANONYMOUS))
    event = written(nobody, EventType.CONSOLE_SIGN_IN)
    assert sentence_of(event) == "Somebody signed in to the console"
    event.targets = [{"type": "identity", "id": world.ada.pk, "display_name": "Ada Admin"}]
    assert sentence_of(event) == "<strong>Ada Admin</strong> signed in to the console"


def test_nobody_unnamed_opened_a_tenant(world: World) -> None:
    """Who signs up has proven nothing yet: the tenant is opened for them, and furnished by the product."""
    for realm in (world.acme.admin_realm, world.acme.opened.first_realm):
        told = [sentence_of(event) for event in records.events(realm) if event.actor_type != ActorType.IDENTITY]
        assert [words for words in told if words.startswith("Somebody") or "somebody" in words] == []
    first = records.events(world.acme.admin_realm)
    assert "The tenant <strong>Acme</strong> was opened for <strong>Ada Admin</strong>" in map(sentence_of, first)


@pytest.mark.parametrize(
    ("kind", "of_oneself", "of_another"),
    [
        (EventType.CREDENTIAL_CHANGE, "revoked a passkey, a passkey of their own", "a passkey of <strong>Bob"),
        (EventType.CONSENT_CHANGE, "may do for them", "may do for <strong>Bob"),
    ],
)
def test_what_is_ones_own_is_not_told_by_the_name_again(
    world: World, kind: EventType, of_oneself: str, of_another: str
) -> None:
    event = written(world, kind, action="REVOKE")
    event.targets = [{"type": "identity", "id": world.bob.pk, "display_name": "Bob Baker"}]
    assert of_another in sentence_of(event)
    event.actor_id, event.actor_display_name = world.bob.pk, "Bob Baker"
    assert of_oneself in sentence_of(event)


def test_a_code_that_went_to_nobody_was_not_sent(world: World) -> None:
    event = written(world, EventType.OTP_CHALLENGE, action="ISSUE", sent=False, reason="address_unknown")
    assert sentence_of(event).endswith("was asked for and sent to nobody: nobody here has this address")


def test_many_members_are_counted(world: World) -> None:
    drafted = records.last(world.realm, EventType.GROUP_MEMBERSHIP_CHANGE)
    drafted.targets = [
        *drafted.targets,
        *({"type": "identity", "id": str(number), "display_name": "X"} for number in range(4)),
    ]
    assert sentence_of(drafted) == "<strong>Ada Admin</strong> added 5 people to <strong>Contractors</strong>"


def test_a_mail_that_was_given_up_is_no_success(world: World) -> None:
    event = written(world, EventType.EMAIL_STATUS_CHANGE, action="FAILED_TO_SEND", personal={"recipient": "a@b.test"})
    assert outcome_of(event) == "FAILED_TO_SEND"
    assert sentence_of(event) == "A mail to <strong>a@b.test</strong> was given up"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"binding": "synced"}, "with a synced passkey"),
        ({"binding": "paper"}, "with a passkey"),
        ({}, "with a passkey"),
        ({"by": "session"}, "still signed in from before"),
    ],
)
def test_a_sign_in_says_with_what(world: World, data: dict[str, str], said: str) -> None:
    assert said in sentence_of(written(world, EventType.AUTHENTICATION_TRANSACTION, "ALLOW", **data))


def test_a_rule_that_nobody_remembers_is_told_by_its_id(world: World) -> None:
    decision = {"matched_rule_id": "gone"}
    event = written(world, EventType.POLICY_EVALUATION, "ALLOW", policy_version=99, decision=decision)
    assert tell(world.realm, [event])[0].meta == "Rule “gone”, version 99"
    event = written(
        world, EventType.POLICY_EVALUATION, "DENY", policy_version=1, decision={"matched_rule_id": "default"}
    )
    assert tell(world.realm, [event])[0].meta == "No rule matched, version 1"


def test_a_target_without_a_name_is_told_by_its_id(world: World) -> None:
    event = written(world, EventType.IDENTITY_CHANGE, action="UPDATE")
    event.targets = [{"type": "identity", "id": "abc", "display_name": ""}]
    assert sentence_of(event) == "<strong>Ada Admin</strong> changed <strong>abc</strong>"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [(DESK.user_agent, "Chrome on macOS"), ("", ""), ("curl/8.0", ""), ("x" * 5000, "")],
)
def test_a_browser_is_named_as_far_as_it_is_known(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


def test_names_are_escaped_where_they_enter(world: World) -> None:
    event = written(world, EventType.IDENTITY_CHANGE, action="UPDATE")
    event.actor_display_name = "<b>"
    event.targets = [
        {"type": "identity", "id": "1", "display_name": Identity(display_name="</strong>{actor}").display_name}
    ]
    assert sentence_of(event) == ("<strong>&lt;b&gt;</strong> changed <strong>&lt;/strong&gt;{actor}</strong>")
