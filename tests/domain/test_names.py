"""What people type: which names, usernames and addresses are taken, and which two are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import names
from apps.core.errors import Invalid

INVISIBLE = {
    "NUL": "\x00", "newline": "\n", "escape": "\x1b", "delete": "\x7f", "zero width space": "\u200b",
    "zero width joiner": "\u200d", "right-to-left override": "\u202e", "byte order mark": "\ufeff",
    "line separator": "\u2028", "soft hyphen": "\u00ad", "half a surrogate pair": "\ud800",
}  # fmt: skip


def refusal(check, value, **options):
    with pytest.raises(Invalid) as caught:
        check(value, field="thing.name", **options)
    (violation,) = caught.value.violations
    assert violation.field == "thing.name"
    return violation.description


@pytest.mark.parametrize("name", ["Acme", "Ünïcode & Söhne", "東京支店", "O'Brien (Sales), Ltd.", "a", "x" * 64])
def test_ordinary_names_are_taken_as_they_are(name):
    assert names.display_name(name, field="name") == name


@pytest.mark.parametrize("character", "{}[]<>;:?\\/|*^%$#=~`!")
def test_a_name_holds_none_of_the_characters_the_contract_refuses(character):
    assert "not allowed" in refusal(names.display_name, f"a{character}b")


@pytest.mark.parametrize("character", INVISIBLE.values(), ids=INVISIBLE.keys())
@pytest.mark.parametrize("check", [names.display_name, names.username, names.email_address])
def test_nothing_invisible_gets_into_a_name(check, character):
    assert "invisible" in refusal(check, f"a{character}b@acme.test")


@pytest.mark.parametrize(
    ("value", "description"),
    [(None, "missing"), ("", "empty string"), ("   ", "empty string"), (5, "not a string"), (["a"], "not a string")],
)
@pytest.mark.parametrize("check", [names.display_name, names.username])
def test_a_name_that_is_none_says_what_is_wrong(check, value, description):
    assert refusal(check, value) == description


def test_a_name_is_at_most_sixty_four_characters():
    assert refusal(names.display_name, "x" * 65) == "longer than 64 characters"
    assert refusal(names.username, "x" * 65) == "longer than 64 characters"


def test_a_description_may_be_left_out_and_is_longer():
    assert names.display_name("", field="d", required=False) == ""
    assert names.display_name("x" * 300, field="d", required=False, length=300)


def test_white_space_around_a_name_is_dropped_and_accents_are_composed():
    assert names.display_name("  Jose\u0301 ", field="name") == "Jos\u00e9"


@pytest.mark.parametrize(
    "address", ["bob@acme.test", "bob+tag@mail.acme.test", "o'brien@acme.test", "b@xn--bcher-kva.test"]
)
def test_ordinary_addresses_are_taken(address):
    assert names.email_address(address, field="email") == address


@pytest.mark.parametrize(
    "address",
    ["bob", "bob@", "@acme.test", "bob@acme..test", "bob acme@acme.test", "bob@acme.test,eve@evil.test",
     "bob@acme.test>", "Bob <bob@acme.test>", "bob@[127.0.0.1", "bob@-acme.test",
     "a@" + "b" * 250 + ".test"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    refusal(names.email_address, address)


def test_an_address_may_be_left_out_unless_it_is_needed():
    assert names.email_address("", field="email") == ""
    assert refusal(names.email_address, "", required=True) == "missing"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bob", "bOB"), ("STRASSE", "straße"), ("ﬁnn", "FINN"), ("Ｂｏｂ", "bob"), ("Jose\u0301", "JOSÉ")],
)
def test_usernames_that_read_alike_are_one(one, other):
    assert names.comparison_key(one) == names.comparison_key(other)


@pytest.mark.parametrize(("one", "other"), [("bob", "b0b"), ("ı", "i"), ("resume", "résumé")])
def test_usernames_that_differ_stay_two(one, other):
    assert names.comparison_key(one) != names.comparison_key(other)


@pytest.mark.parametrize("other", ["Ada@ACME.test", "ada@acme.test"])
def test_case_makes_no_other_mailbox(other):
    assert names.is_same_mailbox("ada@acme.test", other)


@pytest.mark.parametrize(("one", "other"), [("kim@x.test", "\u212aim@x.test"), ("a@boss.test", "a@bo\u00df.test")])
def test_what_reads_alike_is_another_mailbox(one, other):
    assert names.comparison_key(one) == names.comparison_key(other)
    assert not names.is_same_mailbox(one, other)


@given(st.text())
def test_comparing_twice_changes_nothing(text):
    key = names.comparison_key(text)
    assert names.comparison_key(key) == key


@given(st.text())
def test_case_never_tells_two_usernames_apart(text):
    assert names.comparison_key(text.upper().lower()) == names.comparison_key(text.lower().upper().lower())


@given(st.text(max_size=64))
def test_whatever_is_taken_as_a_username_fits_its_column(text):
    try:
        name = names.username(text, field="username")
    except Invalid:
        return
    assert len(names.comparison_key(name)) <= 128


def test_a_username_that_would_unfold_beyond_its_column_is_refused():
    assert "stand for too many others" in refusal(names.username, "\ufdfa" * 64)


def test_an_address_that_would_unfold_beyond_its_column_is_refused():
    label = "ß" * 63
    refusal(names.email_address, f"bob@{label}.{label}.{label}.test")


@pytest.mark.parametrize(
    "name", ["\u0430dmin", "admin@\u0430cme.test", "\u03bfliver", "J\u043ehn Smith", "\uff41\u0430"]
)
def test_a_word_of_letters_from_scripts_that_look_alike_is_refused(name):
    """A Cyrillic a, a Greek o: no second "admin" stands beside the first (UTS 39 §5)."""
    assert refusal(names.username, name) == "mixes letters of different scripts that look alike"


@pytest.mark.parametrize(
    "name",
    [
        "\u0438\u0432\u0430\u043d",
        "jos\u00e9",
        "\u03b3\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2",
        "\u5c71\u7530\u30bf\u30ed\u30a6",
        "\u0438\u0432\u0430\u043d@acme.test",
        "\u0131rmak",
    ],
)
def test_a_name_in_a_script_of_its_own_is_taken(name):
    assert names.username(name, field="username") == name
