"""The SCIM filter grammar and what it becomes (RFC 7644 §3.4.2.2; contract/extensions.md §8)."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import names
from apps.directory import selectors, traits
from apps.directory.filter_grammar import And, BadFilter, Comparison, Node, Not, Or, ValuePath, parse
from apps.directory.filtering import EMAIL, USERNAME, identity_filter, to_query
from apps.directory.models import Identity
from apps.directory.services import identities
from tests.world import World


def eq(attribute: str, value: Any = "x") -> Comparison:
    return Comparison(attribute, "eq", value)


A, B, C = eq("a"), eq("b"), eq("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('a eq "x"', A),
        ('  a   EQ  "x"\t', A),
        ("a pr", Comparison("a", "pr")),
        ("a PR", Comparison("a", "pr")),
        ('a eq "x" or b eq "x" and c eq "x"', Or((A, And((B, C))))),
        ('a eq "x" and b eq "x" or c eq "x"', Or((And((A, B)), C))),
        ('(a eq "x" or b eq "x") and c eq "x"', And((Or((A, B)), C))),
        ('a eq "x" and b eq "x" And c eq "x"', And((A, B, C))),
        ('not (a eq "x")', Not(A)),
        ('NOT(a eq "x") or b eq "x"', Or((Not(A), B))),
        ('not (not (a eq "x"))', Not(Not(A))),
        ('not eq "x"', eq("not")),
        (
            'emails[type eq "x" and value co "@"]',
            ValuePath("emails", And((eq("type"), Comparison("value", "co", "@")))),
        ),
        ('emails.type eq "x"', eq("emails.type")),
        (
            'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq "x"',
            eq("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName"),
        ),
        ("a eq true", eq("a", True)),
        ("a eq false", eq("a", False)),
        ("a eq null", eq("a", None)),
        ("a eq 0", eq("a", 0)),
        ("a eq -12.5e1", eq("a", -125.0)),
        (r'a eq "q\"\\\u00e9\n"', eq("a", 'q"\\é\n')),
        ('a eq "and or not ( ] eq"', eq("a", "and or not ( ] eq")),
        ('a eq ""', eq("a", "")),
        ('and eq "x"', eq("and")),
        ('a-b_c$1 eq "x"', eq("a-b_c$1")),
    ],
)
def test_what_is_read(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "an attribute expected at the end"),
        ("a", "an operator"),
        ("a eq", "a value"),
        ('a is "x"', "an operator"),
        ("a eq x", "a value"),
        ("a eq TRUE", "a value"),
        ("a eq 'x'", "cannot be read from character 6"),
        ('a eq "x', "cannot be read from character 6"),
        ('a eq "x" b eq "x"', "'and' or 'or' expected at character 10"),
        ('a eq "x" and', "an attribute expected at the end"),
        ('a eq "x" or or b pr', "an operator"),
        ('(a eq "x"', "')' expected at the end"),
        ('a eq "x")', "'and' or 'or' expected at character 9"),
        ("()", "an attribute expected at character 2"),
        ("not a pr", "an operator"),
        ('a[b eq "x"', "']' expected at the end"),
        ("a eq 01", "cannot be read"),
        ("a eq 1.", "cannot be read"),
        ("a eq 1x", "cannot be read"),
        ("a eq 1e999", "too large"),
        ("a eq " + "9" * 5000, "longer than 2048"),
        (r'a eq "\x"', "not JSON"),
        (r'a eq "\ud800"', "half a surrogate"),
        (r'a eq "\u0000"', "NUL"),
        ('a eq "\n"', "cannot be read"),
        ("é pr", "cannot be read from character 1"),
        ("a..b pr", "cannot be read"),
        ("; drop table", "cannot be read from character 1"),
        (" or ".join(["a pr"] * 51), "more than 50 comparisons"),
        ("(" * 21 + "a pr" + ")" * 21, "nested deeper than 20"),
        ("not (" * 300 + "a pr" + ")" * 300, "nested deeper than 20"),
        ("a[" * 21 + "b pr" + "]" * 21, "nested deeper than 20"),
        ("a" * 2049, "longer than 2048 characters"),
    ],
)
def test_what_is_refused_says_where(text: str, why: str) -> None:
    with pytest.raises(BadFilter) as refusal:
        parse(text)
    assert why in str(refusal.value)


def test_the_bounds_themselves_are_fine() -> None:
    parse(" or ".join(["a pr"] * 50))
    parse("(" * 20 + "a pr" + ")" * 20)


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except BadFilter:
        pass


# --- what it becomes ----------------------------------------------------------------------------------------------------
def found(world: World, text: str) -> list[str]:
    rows = selectors.identities_in(world.realm).filter(identity_filter(text))
    return sorted(rows.values_list("username", flat=True))


@pytest.fixture
def people(world: World) -> World:
    """Beside Bob, Carol and Dave: one with everything, one with nothing but a name."""
    for username, further in (
        ("100%_sure", {"primary_email_address": "Sure@Acme.test", "external_id": "E-1"}),
        ("Zoë\\", {}),
    ):
        asked = {"type": traits.TYPE, "username": username, **further}
        identities.create_identity(
            world.ctx, world.realm, display_name="Somebody", traits=traits.parse(asked, creating=True)
        )
    identities.suspend_identity(world.ctx, world.bob)
    return world


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('traits.username eq "bob"', ["bob"]),
        ('username eq "BOB"', ["bob"]),
        ('Traits.UserName eq "bob"', ["bob"]),
        ('traits.username ne "bob"', ["100%_sure", "Zoë\\", "carol", "dave"]),
        ('traits.username sw "100%"', ["100%_sure"]),
        ('traits.username co "%"', ["100%_sure"]),
        ('traits.username co "_"', ["100%_sure"]),
        ('traits.username ew "\\\\"', ["Zoë\\"]),
        ('traits.username co "OË"', ["Zoë\\"]),
        ('traits.username gt "carol"', ["Zoë\\", "dave"]),
        ('traits.username le "bob"', ["100%_sure", "bob"]),
        ('traits.primary_email_address eq "sure@acme.TEST"', ["100%_sure"]),
        ('traits[username eq "bob" or primary_email_address sw "carol"]', ["bob", "carol"]),
        ("traits.primary_email_address pr", ["100%_sure", "bob", "carol", "dave"]),
        ("not (traits.primary_email_address pr)", ["Zoë\\"]),
        ("traits.primary_email_address eq null", ["Zoë\\"]),
        ('traits.primary_email_address eq ""', ["Zoë\\"]),
        ("traits.external_id ne null", ["100%_sure"]),
        ('traits.external_id eq "E-1"', ["100%_sure"]),
        ('traits.external_id eq "e-1"', []),
        ('status eq "suspended"', ["bob"]),
        ('status ne "suspended" and traits.username lt "carol"', ["100%_sure"]),
        ("status pr", ["100%_sure", "Zoë\\", "bob", "carol", "dave"]),
        ('id eq "0000000000000000"', []),
        ('id pr or username eq "eve"', ["100%_sure", "Zoë\\", "bob", "carol", "dave"]),
        ("", ["100%_sure", "Zoë\\", "bob", "carol", "dave"]),
        (" ", ["100%_sure", "Zoë\\", "bob", "carol", "dave"]),
        ('username eq "x\' or 1=1 --"', []),
        (" or ".join(['username eq "bob"'] * 50), ["bob"]),
    ],
)
def test_who_is_found(people: World, text: str, expected: list[str]) -> None:
    assert found(people, text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('shoe_size eq "7"', "shoe_size is not an attribute to filter by"),
        ('realm_id eq "x"', "realm_id is not an attribute to filter by"),
        ('tenant_id eq "x" or username pr', "tenant_id is not an attribute"),
        ('traits.family_name eq "x"', "traits.family_name is not an attribute to filter by"),
        ('realm__tenant__id eq "x"', "not an attribute"),
        ('traits.username.x eq "x"', "not an attribute"),
        ("username eq 7", "username: the value must be a string in double quotes"),
        ("username eq true", "username: the value must be a string"),
        ("username gt null", "username: the value must be a string"),
        ('status eq "gone"', "status: can only be compared by eq and ne with active, suspended"),
        ('status co "act"', "status: can only be compared by eq and ne"),
        ('status[username eq "x"]', "status is not an attribute with parts"),
        ('traits[id eq "x"]', "id is not an attribute"),
    ],
)
def test_what_cannot_be_asked(text: str, why: str) -> None:
    with pytest.raises(BadFilter) as refusal:
        identity_filter(text)
    assert why in str(refusal.value)


VALUES = st.sampled_from(["bob", "BOB", "carol", "c", "o", "", "%", "_", "evil", "@", "acme.test", "x'", "\\", "zz"])
LEAVES = st.builds(
    Comparison,
    st.sampled_from(["traits.username", "traits.primary_email_address"]),
    st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]),
    VALUES,
) | st.builds(Comparison, st.sampled_from(["traits.username", "traits.primary_email_address"]), st.just("pr"))
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=10,
)


def written(node: Node) -> str:
    match node:
        case Comparison(attribute, "pr", _):
            return f"{attribute} pr"
        case Comparison(attribute, operator, value):
            return f"{attribute} {operator} {json.dumps(value)}"
        case Not(operand):
            return f"not ({written(operand)})"
        case And(operands):
            return " and ".join(f"({written(operand)})" for operand in operands)
        case Or(operands):
            return " or ".join(f"({written(operand)})" for operand in operands)
    raise TypeError(node)


def holds(node: Node, person: Identity) -> bool:
    """The oracle: the same filter, over one person in memory."""
    match node:
        case Not(operand):
            return not holds(operand, person)
        case And(operands):
            return all(holds(operand, person) for operand in operands)
        case Or(operands):
            return any(holds(operand, person) for operand in operands)
        case Comparison(attribute, operator, value):
            text = person.username_key if attribute == "traits.username" else person.email_key
            return compared(operator, text, names.comparison_key(str(value or "")))
    raise TypeError(node)


def compared(operator: str, text: str, value: str) -> bool:
    match operator:
        case "pr":
            return text != ""
        case "eq":
            return text == value
        case "ne":
            return text != value
        case "co":
            return value in text and text != ""
        case "sw":
            return text.startswith(value) and text != ""
        case "ew":
            return text.endswith(value) and text != ""
    order = {"gt": text > value, "ge": text >= value, "lt": text < value, "le": text <= value}
    return order[operator] and text != ""


@pytest.mark.django_db
@given(tree=TREES)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_filter_finds_whom_it_should_and_nobody_of_elsewhere(people: World, tree: Node) -> None:
    text = written(tree)
    assert parse(text) is not None
    everybody = Identity.objects.filter(realm=people.realm)
    expected = {person.pk for person in everybody if holds(tree, person)}
    rows = selectors.identities_in(people.realm).filter(identity_filter(text))
    assert {person.pk for person in rows} == expected


def test_other_names_reach_the_same_columns(people: World) -> None:
    """SCIM says userName and emails.value for what the management API calls traits.*"""
    theirs = {"username": USERNAME, "emails.value": EMAIL}
    chosen = to_query(parse('userName eq "bob" and emails[value co "@"]'), theirs)
    assert [person.pk for person in selectors.identities_in(people.realm).filter(chosen)] == [people.bob.pk]
