"""Dialogues over a passage: a right one passes every check, and each kind of fault fails the check that names it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.checks.grounded.citations import as_cited, claims, uncited
from agents.checks.grounded.entailment import unsupported
from agents.checks.registry import early_faults, run_checks
from scenarios.briefs import cell_of, plan_brief
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate, Status, Turn
from tests.helpers import planned_form

GROUNDED = planned_form("grounded")
SEEDS = range(60)
Change = Callable[[list[str], Brief, random.Random], bool]


def right_lines(brief: Brief) -> list[str]:
    """The dialogue that is right by construction."""
    return [
        brief.facts[f"{'right' if place % 2 else 'question'}_{place // 2 + 1}"] for place in range(len(brief.turns))
    ]


def a_talk(brief: Brief, lines: list[str]) -> Candidate:
    """A candidate of these lines."""
    roles = (Speech.USER, Speech.ASSISTANT)
    return Candidate(brief=brief, messages=tuple(Message(role=roles[n % 2], content=x) for n, x in enumerate(lines)))


def failed(brief: Brief, lines: list[str]) -> dict[str, int | None]:
    """The checks that fail, with the turn that each names."""
    found = run_checks(GROUNDED, a_talk(brief, lines))
    assert {one.status for one in found} <= {Status.PASS, Status.FAIL}
    return {one.check: one.turn for one in found if one.status is Status.FAIL}


@cache
def _of_seed(seed: int) -> Brief:
    return plan_brief(GROUNDED, seed, 0, seed, seed)


@pytest.mark.parametrize("seed", range(6))
def test_no_right_dialogue_fails(seed: int) -> None:
    """Every question of every passage is asked and answered."""
    assert GROUNDED.corpus is not None
    for number, passage in enumerate(GROUNDED.corpus.passages):
        cell = {**cell_of(GROUNDED, seed, number), "passage": passage.id}
        brief = plan_brief(GROUNDED, seed, 0, number, number, cell)
        assert failed(brief, right_lines(brief)) == {}, brief.cell


@pytest.mark.parametrize("index", range(len(GROUNDED.demonstrations)))
def test_demonstrations_pass_every_check(index: int) -> None:
    shown = GROUNDED.demonstrations[index]
    turns = tuple(Turn(speaker=line["speaker"], act=line["act"]) for line in shown.lines)
    brief = _of_seed(0).model_copy(
        update={"facts": shown.facts, "texts": shown.texts, "turns": turns, "demonstrations": ()}
    )
    assert failed(brief, [line["text"] for line in shown.lines]) == {}


# -- faults: each changes one line and says whether it could ----------------------------------------------------


def _answer(brief: Brief, rng: random.Random, *, answerable: bool, but: Callable[[str], bool] = lambda _: True) -> int:
    """The place of an answer to such a question, or -1."""
    numbers = [n for n in range(1, len(brief.turns) // 2 + 1) if bool(brief.facts[f"span_{n}"]) is answerable]
    numbers = [n for n in numbers if but(brief.facts[f"span_{n}"])]
    return 2 * rng.choice(numbers) - 1 if numbers else -1


def on_answer(change: Callable[[str, Brief, int], str], answerable: bool = True) -> Change:
    """Change an answer; a change that gives the same line did not apply."""

    def apply(lines: list[str], brief: Brief, rng: random.Random) -> bool:
        place = _answer(brief, rng, answerable=answerable)
        if place < 0:
            return False
        before, lines[place] = lines[place], change(lines[place], brief, place // 2 + 1)
        return before != lines[place]

    return apply


def claim_of(line: str) -> str:
    return claims(line)[0].text


def other_sentence(brief: Brief, number: int) -> str:
    """A sentence of the passage that has nothing of the span."""
    span = brief.facts[f"span_{number}"]
    sentences = re.split(r"(?<=[.])\s", brief.texts["source"])
    return (
        next(
            s
            for s in sentences
            if not set(s.lower().split()) & set(span.lower().split()) - {"the", "a"} and len(s.split()) < 20
        )
        if any(
            not set(s.lower().split()) & set(span.lower().split()) - {"the", "a"} and len(s.split()) < 20
            for s in sentences
        )
        else next(s for s in sentences if span not in s and len(s.split()) < 25)
    )


NUMBERS = {
    "two": "three",
    "five": "six",
    "seven": "eight",
    "twenty": "thirty",
    "nine": "ten",
    "forty": "fifty",
    "three": "four",
    "eleven": "twelve",
    "four": "seven",
    "six": "nine",
}


def changed_number(claim: str) -> str:
    for word, other in NUMBERS.items():
        if re.search(rf"\b{word}\b", claim):
            return re.sub(rf"\b{word}\b", other, claim, count=1)
    return re.sub(r"\d(?=\b)", lambda digit: str((int(digit[0]) + 3) % 10), claim, count=1)


def negated(claim: str) -> str:
    if " not " in claim:
        return claim.replace(" not ", " ", 1)
    return re.sub(r"\b(is|are|was|has|can|must|may|had|were)\b", r"\1 not", claim, count=1)


def with_claim(change: Callable[[str], str]) -> Change:
    """Change the claim of an answer and leave its citation."""

    def apply(line: str, brief: Brief, number: int) -> str:
        claim = claim_of(line)
        return line.replace(claim, change(claim), 1)

    return on_answer(apply)


def decline(line: str, brief: Brief, number: int) -> str:
    return f"I am sorry, the text does not say that{' at all' if number < 0 else ''}."


def answer_gap(line: str, brief: Brief, number: int) -> str:
    sentence = re.split(r"(?<=[.])\s", brief.texts["source"])[1].rstrip(".")
    return f'{sentence}. Source: "{sentence}".'


def on_question(change: Callable[[str, Brief, int], str]) -> Change:
    def apply(lines: list[str], brief: Brief, rng: random.Random) -> bool:
        place = 2 * rng.randrange(len(lines) // 2)
        before, lines[place] = lines[place], change(lines[place], brief, place // 2 + 1)
        return before != lines[place]

    return apply


def with_key(line: str, brief: Brief, number: int) -> str:
    key = brief.facts[f"key_{number}"]
    return f"{line[:-1]}, is it {key}?" if key and not set(key.lower().split()) <= set(line.lower().split()) else line


def other_question(line: str, brief: Brief, number: int) -> str:
    numbers = range(1, len(brief.turns) // 2 + 1)
    ask = [brief.facts[f"question_{n}"] for n in numbers if n != number][-1]
    return ask.replace("And ", "")


FAULTS: dict[str, tuple[Change, str]] = {
    "span not in the passage": (
        on_answer(lambda line, brief, n: re.sub(r'(Source: "\S+) ', r"\1 really ", line)), "spans_exist"),
    "span with a letter changed": (on_answer(lambda line, brief, n: line.replace('".', 's".')), "spans_exist"),
    "changed number": (with_claim(changed_number), "claims_entailed"),
    "negation flipped": (with_claim(negated), "claims_entailed"),
    "new fact": (with_claim(lambda claim: claim.rstrip(".") + " near the old castle."), "claims_entailed"),
    "new name": (with_claim(lambda claim: claim.rstrip(".") + ", says Bertram."), "claims_entailed"),
    "new date": (with_claim(lambda claim: claim.rstrip(".") + " in February."), "claims_entailed"),
    "new quantity": (with_claim(lambda claim: claim.rstrip(".") + " for everybody."), "claims_entailed"),
    "new comparison": (with_claim(lambda claim: claim.rstrip(".") + ", which is cheaper."), "claims_entailed"),
    "cited the wrong sentence": (
        on_answer(lambda line, brief, n: f'{(s := other_sentence(brief, n)).rstrip(".")}. Source: "{s.rstrip(".")}".'),
        "answer_cited"),
    "right claim, wrong span": (
        on_answer(lambda line, brief, n: f'{claim_of(line)} Source: "{other_sentence(brief, n).rstrip(".")}".'),
        "answer_cited"),
    "claim without citation": (on_answer(lambda line, brief, n: uncited(line)), "claims_cited"),
    "second claim without citation": (on_answer(lambda line, brief, n: f"{line} It is worth a visit."), "claims_cited"),
    "citation without claim": (
        on_answer(lambda line, brief, n: line.replace(claim_of(line), "").strip()), "claims_cited"),
    "vague answer": (
        on_answer(lambda line, brief, n: line.replace(claim_of(line), "That is in the text.")), "answers_question"),
    "declined the answerable": (on_answer(decline), "answerable_answered"),
    "answered the unanswerable": (on_answer(answer_gap, answerable=False), "unanswerable_declined"),
    "answered the unanswerable without citation": (
        on_answer(lambda line, brief, n: "It is about nine hundred.", answerable=False), "unanswerable_declined"),
    "declined with a fact": (
        on_answer(lambda line, brief, n: line.rstrip(".") + ", but it is made of copper.", answerable=False),
        "unanswerable_declined"),
    "declined too much": (
        on_answer(lambda line, brief, n: f"The text says nothing about {brief.texts['title'].lower()}.", answerable=False),
        "unanswerable_declined",
    ),
    "claim that is no sentence": (on_answer(lambda line, brief, n: line.replace(". Source", " Source")), "claims_cited"),
    "declined with a citation": (
        on_answer(lambda line, brief, n: f'{line} Source: "{brief.texts["source"][:40].rsplit(" ", 1)[0]}".', answerable=False),
        "unanswerable_declined"),
    "user gives the answer away": (on_question(with_key), "asks_planned"),
    "user asks something else": (on_question(other_question), "asks_planned"),
    "user states": (on_question(lambda line, brief, n: line.replace("?", ".")), "asks_planned"),
    "user brings a fact": (on_question(lambda line, brief, n: f"My uncle owns a bakery. {line}"), "asks_planned"),
    "user asks the opposite": (
        on_question(lambda line, brief, n: re.sub(r"\b(is|are|does|do|can|may|must)\b", r"\1 not", line, count=1)),
        "asks_planned"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_fails_the_check_that_names_it(kind: str) -> None:
    change, check = FAULTS[kind]
    met = 0
    for seed in SEEDS:
        brief = _of_seed(seed)
        lines = right_lines(brief)
        if change(lines, brief, random.Random(seed)):
            met += 1
            wrong = [n for n, (mine, right) in enumerate(zip(lines, right_lines(brief), strict=True)) if mine != right]
            found = failed(brief, lines)
            assert check in found, (kind, lines[wrong[0]], found)
            assert found[check] == wrong[0]
    assert met >= 10


def test_a_fault_is_seen_while_the_line_is_made() -> None:
    """The newest line is drawn again; nothing is asked of lines that are not there yet."""
    brief = plan_brief(GROUNDED, 3, 0, 0, 0)
    lines = right_lines(brief)
    for upto in range(1, len(lines) + 1):
        assert not any(early_faults(GROUNDED, a_talk(brief, lines[:upto]), upto - 1))
    wrong = next(n for n in range(1, len(lines), 2) if "Source" in lines[n])
    fault = next(early_faults(GROUNDED, a_talk(brief, [*lines[:wrong], uncited(lines[wrong])]), wrong), None)
    assert fault is not None
    assert fault[0] == "claims_cited"


# -- entailment by itself ----------------------------------------------------------------------------------------

SAME = [
    ("The shop opens at nine.", "It opens at nine in the morning", "When does the shop open?"),
    ("You can get in until half past five.", "Visitors get in until 5:30", "Until when can I get in?"),
    ("The boat fits twenty-five people.", "The boat fits 25 people", "How many people fit into the boat?"),
    ("The tower was built by Ada Holm.", "Ada Holm built the tower in 1902", "Who built the tower?"),
    ("Ada Holm built it.", "The tower was built in 1902 by Ada Holm", "Who built the tower?"),
    ("Dogs aren't allowed.", "Dogs are not allowed in the hall", "Are dogs allowed?"),
    ("It starts on Mondays.", "The course begins on Monday", "When does the course start?"),
]
OTHER = [
    ("The shop opens at ten.", "It opens at nine in the morning", "When does the shop open?"),
    ("It opens until nine.", "It opens at nine", "When does it open?"),
    ("It takes six minutes.", "It takes about six minutes", "How long does it take?"),
    ("It takes ten minutes.", "It takes six minutes and costs ten euros", "How long does it take?"),
    ("It holds six people.", "It holds people and goods", "Does it hold six people?"),
    ("It closes at nine.", "It opens at nine and closes at five", "When does it close?"),
    ("It opens at nine on Sunday.", "It opens at nine on Monday, at ten on Sunday", "When does it open?"),
    ("Ole taught Marta.", "Marta taught Ole", "Who taught whom?"),
    ("The bus goes from Brask to Lorne.", "The bus goes from Lorne to Brask", "Where does the bus go?"),
    ("Dogs are allowed.", "Dogs are not allowed", "Are dogs allowed?"),
    ("Cats are not allowed.", "Dogs are not allowed, cats are allowed", "Are cats allowed?"),
    ("The hall is open.", "The hall is closed on Mondays", "Is the hall open?"),
    ("It is the oldest house.", "It is an old house", "Is it the oldest house?"),
    ("All rooms are heated.", "The rooms are heated", "Which rooms are heated?"),
    ("Rooms are heated.", "Some rooms are heated", "Which rooms are heated?"),
    ("Members may enter.", "Only members may enter", "Who may enter?"),
    ("You must book a seat.", "You can book a seat", "What about a seat?"),
    ("You can show a card.", "You must show a card", "What about a card?"),
    ("It costs at least five euros.", "It costs five euros", "What does it cost?"),
    ("It is twice a week.", "It is once a week", "How often is it?"),
    ("The door was painted by Jo.", "The door was painted by Bo", "Who painted the door?"),
]


@pytest.mark.parametrize(("claim", "span", "question"), SAME)
def test_paraphrase_is_allowed(claim: str, span: str, question: str) -> None:
    assert unsupported(claim, [span], question) == ""


@pytest.mark.parametrize(("claim", "span", "question"), OTHER)
def test_what_the_span_does_not_say_is_refused(claim: str, span: str, question: str) -> None:
    assert unsupported(claim, [span], question)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9999), st.integers(1, 9999))
def test_a_number_is_entailed_exactly_if_it_is_the_same(said: int, told: int) -> None:
    found = unsupported(f"The hall holds {said} seats.", [f"The hall holds {told:,} seats"], "How many seats?")
    assert (found == "") is (said == told)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120), st.text(max_size=60))
def test_any_text_is_read_without_an_error(message: str, span: str) -> None:
    brief = _of_seed(0)
    lines = right_lines(brief)
    run_checks(GROUNDED, a_talk(brief, [message or ".", f'{message} Source: "{span}".', *lines[2:]]))
    assert all('"' not in one for claim in claims(f'{message} Source: "{span}".') for one in claim.spans)


def test_english_word_lists_tell_nothing_of_other_languages_and_citations_do() -> None:
    brief = _of_seed(0)
    german = brief.model_copy(update={"language": "German"})
    lines = right_lines(brief)
    found = {one.check: one.status for one in run_checks(GROUNDED, a_talk(german, lines))}
    guesses = {"asks_planned", "claims_entailed", "answers_question", "unanswerable_declined", "answerable_answered"}
    assert {found[name] for name in guesses} == {Status.UNVERIFIABLE}
    wrong = next(n for n in range(1, len(lines), 2) if "Source" in lines[n])
    bare = [*lines[:wrong], uncited(lines[wrong]), *lines[wrong + 1 :]]
    found = {one.check: one.status for one in run_checks(GROUNDED, a_talk(german, bare))}
    assert found["claims_cited"] is Status.FAIL


@pytest.mark.parametrize(
    ("said", "cited"),
    [
        ("It is free. Source: “children under twelve enter free.”", 'It is free. Source: "children under twelve enter free".'),
        ('Free. Sources: "Children under twelve enter free"; "A ticket costs"', 'Free. Source: "children under twelve enter free" and "A ticket costs".'),
        ('Free. (Source: "CHILDREN under  twelve")', 'Free. Source: "children under twelve".'),
        ('Free. Source: "children under ten".', 'Free. Source: "children under ten".'),
        ("There is no source for it.", "There is no source for it."),
        ('He said "yes" to it.', 'He said "yes" to it.'),
    ],
)  # fmt: skip
def test_a_citation_is_put_into_the_letters_of_the_passage(said: str, cited: str) -> None:
    assert as_cited(said, "A ticket costs seven euros, and children under twelve enter free.") == cited


def test_a_number_and_a_name_that_are_not_cited_are_named_as_the_line_says_them() -> None:
    brief = _of_seed(0)
    lines, span = right_lines(brief), next(brief.facts[f"span_{n}"] for n in (1, 2) if brief.facts[f"span_{n}"])
    place = next(n for n, line in enumerate(lines) if n % 2 and "Source:" in line)
    for words, told in (("fifteen", "says 'fifteen', which"), ("the McAllister house", "names 'McAllister', which")):
        changed = [*lines[:place], f'All of it took {words} in the end. Source: "{span}".', *lines[place + 1 :]]
        found = {one.check: one.detail for one in run_checks(GROUNDED, a_talk(brief, changed))}
        assert told in found["figures_cited"]
