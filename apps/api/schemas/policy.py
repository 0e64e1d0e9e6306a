"""Policy (contract/extensions.md §6, §10). What a rule may say is checked by the policy engine, not by the schema."""

from apps.api.schemas.kinds import (
    BOOLEAN,
    COUNT,
    IN_REALM,
    TIME,
    UUID,
    Component,
    Schema,
    given,
    listing,
    number,
    one_of,
    page_of,
    said,
    text,
    thing,
    wrapped,
)
from apps.policy.engine import DEPTH_LIMIT, LEAF_LIMIT, RULE_LIMIT, Action, TransactionType
from apps.policy.expectations import TEST_LIMIT
from apps.policy.replay import SAMPLES
from apps.policy.rules import NOTIFIED_LIMIT

_CONDITION: Schema = {
    "type": "object",
    "description": '`{"all":[…]}`, `{"any":[…]}`, `{"not":{…}}` or `{"attribute","operator","value"}`; `{}` matches. '
    f"At most {DEPTH_LIMIT} deep, at most {LEAF_LIMIT} leaves. docs/policy.md lists attributes, operators and values.",
    "examples": [{"attribute": "credential.binding", "operator": "in", "value": ["hardware"]}],
}
_ACTION = given(
    {
        "type": one_of(*Action),
        "message": said(text(300), "For the person who is refused."),
    },
    required=["type"],
)
_NOTIFY = given(
    {
        "emails": said(listing(text(254), NOTIFIED_LIMIT, shortest=1), "Who gets a mail."),
        "alert": said(
            BOOLEAN, "Marks the event of the match (`data.alert`), for event streams that take `alerts_only`.", True
        ),
    },
)
_RULE_ID = said(text(64, shortest=1), "Unique in the policy; `default` is taken.", "office-hours")
RULE = Component(
    "PolicyRule",
    given(
        {
            "id": _RULE_ID,
            "name": text(100),
            "description": text(300),
            "enabled": said({**BOOLEAN, "default": True}),
            "transaction": one_of("any", *TransactionType),
            "condition": _CONDITION,
            "action": _ACTION,
            "notify": said(
                _NOTIFY,
                "Who is told when a monitor or deny rule matched, at most every 15 minutes: `emails`, an `alert` or both.",
            ),
        },
        required=["id", "transaction", "action"],
    ),
)
_RULES = said(listing(RULE, RULE_LIMIT), "Asked top down: the first that matches and does not monitor decides.")
_VERSION = said(number(1, 2**31 - 1), example=3)
_COMMENT = said(text(300), example="Closed for the holidays")
_BY = said(text(), "Id of the identity or application.", "3f1c0a9b52d7e846")
_PUBLISHED = {"comment": _COMMENT, "publish_time": TIME, "published_by": _BY}

POLICY = Component("Policy", thing({"id": UUID, **IN_REALM, "version": _VERSION, "rules": _RULES, **_PUBLISHED}))
POLICY_DRAFT = Component(
    "PolicyDraft",
    thing(
        {
            "base_version": said(_VERSION, "The published version that the draft was begun on."),
            "rules": _RULES,
            "update_time": TIME,
            "updated_by": _BY,
        }
    ),
)
DRAFT_CHANGES = wrapped("policy", Component("PolicyDraftChanges", given({"rules": _RULES}, required=["rules"])))
PUBLICATION = given(
    {
        "comment": _COMMENT,
        "confirm_lockout": said(
            {**BOOLEAN, "default": False}, "Publish although some administrators would be locked out."
        ),
    }
)
VERSIONS = page_of(
    "versions", Component("PolicyVersion", thing({"version": _VERSION, **_PUBLISHED, "rule_count": COUNT}))
)

CHOICE: Schema = {
    "description": "`published`, `draft` or the number of a version.",
    "anyOf": [_VERSION, text(10)],
    "examples": ["draft"],
}
_TRANSACTION = Component(
    "PolicyTransaction",
    given(
        {
            "type": one_of(*TransactionType),
            "identity_id": said(text(64, shortest=1), example="3f1c0a9b52d7e846"),
            "application_id": said(text(64, shortest=1), example="019a2f6e-4b1c-7d3a-9e52-8c0f6b7a1d24"),
            "credential_id": said(text(64, shortest=1), example="3f1c0a9b52d7e846"),
            "attributes": {
                "type": "object",
                "description": "Facts by their attributes' names. They win over what is looked up of the things named; null "
                "makes one unknown.",
                "examples": [{"request.ip": "203.0.113.7", "credential.user_verified": True}],
            },
        },
        required=["type"],
    ),
)
TRIAL = given({"transaction": _TRANSACTION, "version": CHOICE}, required=["transaction"])
_LEAF = thing(
    {
        "path": said(text(), "Where the leaf stands in the policy.", "policy.rules.0.condition.all.1"),
        "attribute": text(),
        "operator": text(),
        "value": {"description": "As the rule has it."},
        "actual": {"description": "The fact; null when it is not known."},
        "result": BOOLEAN,
        "unknown": said(BOOLEAN, "The fact is not known, and the leaf is false, under `not` too."),
    }
)
_DECISION = thing(
    {
        "action": one_of(*(action for action in Action if action is not Action.MONITOR)),
        "matched_rule_id": said(text(), "`default` when no rule matched.", "office-hours"),
        "message": text(),
        "monitors": said(listing(text()), "Ids of the monitor rules that matched on the way."),
    }
)
EVALUATION = thing(
    {
        "decision": _DECISION,
        "trace": listing(
            thing(
                {
                    "rule_id": text(),
                    "result": one_of("matched", "not_matched", "skipped"),
                    "leaves": listing(_LEAF),
                }
            )
        ),
    }
)
SPAN = given(
    {
        "start_time": TIME,
        "end_time": TIME,
        "version": CHOICE,
        "page_token": said(text(), "The `next_page_token` of the answer before, of the same span and rules."),
    },
    required=["start_time", "end_time"],
)
_TALLY = thing(
    {
        "rule_id": said(text(), "The rule that decides now, or `default`."),
        **dict.fromkeys(("matched", "newly_denied", "newly_allowed", "changed_action"), COUNT),
    }
)
REPLAY = thing(
    {
        **dict.fromkeys(("evaluated", "unchanged", "newly_denied", "newly_allowed", "changed_action"), COUNT),
        "samples": said(listing(UUID, SAMPLES), "Ids of events that would have ended otherwise."),
        "rules": listing(_TALLY),
        "next_page_token": said(text(), "There is more of the span; the counts are of this part alone."),
    },
    sometimes=["next_page_token"],
)
_EXPECTED = given(
    {"action": one_of(*(action for action in Action if action is not Action.MONITOR)), "matched_rule_id": text(64)},
    required=["action"],
)
_TEST = given(
    {"name": text(100, shortest=1), "transaction": _TRANSACTION, "expect": _EXPECTED},
    required=["name", "transaction", "expect"],
)
POLICY_TESTS = Component("PolicyTests", thing({"tests": listing(_TEST, TEST_LIMIT)}))
TESTS_CHANGES = given({"tests": listing(_TEST, TEST_LIMIT)}, required=["tests"])
TESTS_RUN = given({"version": CHOICE})
OUTCOME = thing(
    {
        "passed": COUNT,
        "failed": listing(thing({"name": text(), "expected": {"type": "object"}, "actual": {"type": "object"}})),
    }
)
