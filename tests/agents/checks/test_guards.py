"""Guards: what is wrong is always found, what is right never is."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.checks.guards import (
    GUARDS,
    SOUND,
    Passage,
    facts_consistent,
    fault,
    in_role,
    must_say,
    no_leak,
    no_repetition,
    numbered_steps,
    plain_language,
)
from agents.text.phrases import words

WORD = st.text(string.ascii_lowercase, min_size=2, max_size=9)
SENTENCE = st.lists(WORD, min_size=1, max_size=14).map(lambda found: " ".join(found).capitalize() + ".")
CODE = st.tuples(
    st.text("ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=2, max_size=2), st.text("123456789", min_size=4, max_size=4)
).map("-".join)


@given(st.lists(SENTENCE, min_size=1, max_size=6), st.data())
def test_saying_an_earlier_line_again_is_always_found(lines: list[str], data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(lines))
    again = data.draw(st.sampled_from([line, line.upper(), f"  {line}", line.rstrip(".") + "!"]))
    found = no_repetition(Passage(text=again, earlier=tuple(lines))).fault
    assert found or len(words(line)) <= 2


@given(st.lists(st.lists(WORD, min_size=3, max_size=8, unique=True), min_size=2, max_size=4))
def test_lines_without_a_common_word_never_repeat(groups: list[list[str]]) -> None:
    distinct = [[f"{word}{'abcd'[place]}" for word in group] for place, group in enumerate(groups)]
    lines = [" ".join(group) + "." for group in distinct]
    if len({word for group in distinct for word in group}) < sum(map(len, distinct)):
        return
    assert no_repetition(Passage(text=lines[-1], earlier=tuple(lines[:-1]))) == SOUND


@given(st.lists(WORD, min_size=4, max_size=6), SENTENCE)
def test_repeating_four_words_within_itself_is_always_found(gram: list[str], between: str) -> None:
    said = " ".join(gram)
    assert no_repetition(Passage(text=f"{said} {between} {said}.")).fault


@given(st.lists(WORD, min_size=7, max_size=12, unique=True))
def test_copying_a_demonstration_is_always_found(found: list[str]) -> None:
    line = " ".join(found) + "."
    assert "example" in no_repetition(Passage(text=line, demonstrated=("Some other line.", line))).fault


@given(st.lists(WORD, min_size=12, max_size=12, unique=True), SENTENCE, SENTENCE)
def test_a_long_run_of_a_demonstrations_words_is_always_found(run: list[str], before: str, after: str) -> None:
    mine = f"{before} {' '.join(run)} {after} and much more that makes the two texts differ as a whole."
    assert "example" in no_repetition(Passage(text=mine, demonstrated=(f"Well, {' '.join(run)}.",))).fault
    short = f"{' '.join(run[:6])} while something else goes on here."
    assert "example" not in no_repetition(Passage(text=short, demonstrated=(" ".join(run),))).fault


@given(SENTENCE, SENTENCE)
def test_what_is_ruled_out_is_found_as_whole_words(before: str, after: str) -> None:
    passage = Passage(text=f"{before} I never paid {after}", must_not=("never",))
    assert "does not do what was planned" in must_say(passage).fault
    assert must_say(passage.model_copy(update={"must_not": ("nev", "aid", "I never paid zyx")})) == SOUND


@given(CODE, CODE, SENTENCE, SENTENCE)
def test_a_code_that_nobody_gave_is_always_found_and_a_given_one_never(
    given_: str, other: str, before: str, after: str
) -> None:
    passage = Passage(text=f"{before} It is {given_}, {after}", given=f"Order {given_}. {before} {after}")
    assert facts_consistent(passage) == SOUND
    assert facts_consistent(passage.model_copy(update={"text": passage.text.lower()})) == SOUND
    if other != given_:
        wrong = passage.model_copy(update={"text": f"{before} It is {other}. {after}"})
        assert other in facts_consistent(wrong).fault


@given(st.integers(0, 99999), st.integers(0, 99999))
def test_a_number_is_found_unless_it_was_given(said: int, known: int) -> None:
    found = facts_consistent(Passage(text=f"It costs {said} crowns.", given=f"It costs {known} crowns.")).fault
    assert bool(found) == (said != known)


@given(CODE)
def test_one_wrong_character_of_a_code_is_found(code: str) -> None:
    changed = code[:-1] + ("1" if code[-1] != "1" else "2")
    assert facts_consistent(Passage(text=f"Order {changed}.", given=f"Order {code}.")).fault
    assert facts_consistent(Passage(text=f"Order {code}7.", given=f"Order {code}.")).fault


def test_another_briefs_name_is_found_unless_it_was_given() -> None:
    passage = Passage(text="Thank you, Hugo.", foreign=("Hugo", "Ines"))
    assert "Hugo" in facts_consistent(passage).fault
    assert facts_consistent(passage.model_copy(update={"given": "hugo"})) == SOUND
    assert facts_consistent(passage.model_copy(update={"text": "A hugone thing."})) == SOUND


@given(st.lists(st.one_of(WORD, CODE), min_size=1, max_size=4, unique=True), SENTENCE)
def test_what_must_be_said_is_missed_and_found(phrases: list[str], line: str) -> None:
    musts = tuple((phrase,) for phrase in phrases)
    assert must_say(Passage(text=f"{line} {' and '.join(phrases)}.", must=musts)) == SOUND
    assert must_say(Passage(text="0", must=musts)).fault


@pytest.mark.parametrize(
    ("text", "group", "right"),
    [
        ("It was refunded.", ("refund",), True),
        ("A prerefund.", ("refund",), False),
        ("The money\nback, please.", ("money back",), True),
        ("Order AB-12345.", ("AB-1234",), False),
        ("Order ab-1234!", ("AB-1234",), True),
        ("I don’t know.", ("don't know",), True),
        ("Is it?", ("?",), True),
        ("It is.", ("?",), False),
        ("Yes, we do.", ("no", "we do"), True),
    ],
)
def test_words_may_be_inflected_and_codes_have_to_be_whole(text: str, group: tuple[str, ...], right: bool) -> None:
    assert (must_say(Passage(text=text, must=(group,))) == SOUND) is right


@pytest.mark.parametrize(
    ("guard", "passage"),
    [
        (in_role, Passage(text="How can I help you?", never=("how can i help",))),
        (no_leak, Passage(text="As an AI, I cannot.")),
        (no_leak, Passage(text="Agent: hello there.", labels=("Agent",))),
        (no_leak, Passage(text="Asks for the code now.", act="asks for the code")),
        (plain_language, Passage(text="Too.")),
        (plain_language, Passage(text="word " * 60 + ".")),
        (plain_language, Passage(text="Hello [NAME], good day.")),
        (plain_language, Passage(text="This is cut off in the")),
        (plain_language, Passage(text=", and then it went.")),
        (plain_language, Passage(text="Dies ist größer als das, und ich bin nicht sicher.")),
        (plain_language, Passage(text="")),
        (numbered_steps, Passage(text="1. Do it.\n3. Done now.", steps=(2, 4))),
        (numbered_steps, Passage(text="1. Do it.", steps=(2, 4))),
        (numbered_steps, Passage(text="1. Wash the pan well.\n2. Wash the pan well.", steps=(2, 4))),
    ],
)
def test_each_guard_finds_its_fault(guard: object, passage: Passage) -> None:
    assert callable(guard)
    assert guard(passage).fault
    assert any(fault(name, passage) for name in GUARDS)


def test_a_good_line_passes_every_guard() -> None:
    passage = Passage(
        text="Thank you, Ines. I have found order AB-1234 in our list.",
        must=(("Ines",), ("AB-1234",)),
        given="Ines, AB-1234",
        earlier=("Hello, my kettle leaks.",),
        foreign=("Hugo",),
        never=("my order",),
        labels=("Agent", "Customer"),
        act="thanks by name",
    )
    assert not any(fault(name, passage) for name in GUARDS)


@given(st.text(max_size=200), st.sampled_from(sorted(GUARDS)))
def test_no_text_breaks_a_guard(text: str, name: str) -> None:
    passage = Passage(
        text=text, must=(("a", text[:5]),), given=text[:9], earlier=(text[1:],), labels=("A",), act=text, steps=(1, 3),
        never=("x", text[:3]), foreign=(text[2:4],), demonstrated=(text,),
    )  # fmt: skip
    assert isinstance(GUARDS[name](passage).detail, str)


@given(st.text(max_size=60))
def test_words_are_lower_case_and_have_no_spaces(text: str) -> None:
    assert all(word == word.lower() and word.split() == [word] for word in words(text))


def test_a_word_three_times_in_a_row_is_found() -> None:
    assert "three times" in no_repetition(Passage(text="I would like it back, please, please, please.")).fault
    assert no_repetition(Passage(text="No, no, that is all I need.")) == SOUND
