"""What a sample's vector is of: names and numbers, the order of turns and stock phrases must not decide what is near.

Measured on the scenario support's own demonstrations, which people wrote.
"""

from __future__ import annotations

import itertools
import random
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.campaign.forbidden import demonstrated
from memory.vectors.embedding import Vectors, WordLlamaEmbedding
from memory.words.wording import Wording, names_in, wording_of
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from tests.helpers import PLANNED, a_candidate

LEAST = 0.1
"""The scenario's novelty distance."""
OPENING = "Hello and welcome to our support chat. Thank you for contacting us today. How can I help you?"
CLOSING = (
    "Is there anything else I can help you with today? Thank you for contacting us, and have a wonderful day.\n"
    "Thank you for your help, you too. Goodbye."
)


@pytest.fixture(scope="module")
def support() -> Loaded:
    """The scenario."""
    return load(PLANNED)


def distances(wordings: list[Wording]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """All cosine distances."""
    raw: Vectors = WordLlamaEmbedding().vectors([wording.embedded for wording in wordings])
    unit = raw.astype(np.float64) / np.linalg.norm(raw.astype(np.float64), axis=1, keepdims=True)
    found: np.ndarray[tuple[int, int], np.dtype[np.float64]] = 1 - unit @ unit.T
    return found


def pairs_on_other_matters(scenario: Loaded) -> list[tuple[int, int]]:
    """Demonstrations whose cells differ in the matter."""
    issues = [shown.cell.get("issue", str(place)) for place, shown in enumerate(scenario.demonstrations)]
    return [(one, two) for one, two in itertools.combinations(range(len(issues)), 2) if issues[one] != issues[two]]


def test_the_order_of_turns_hardly_matters(support: Loaded) -> None:
    order = random.Random(1)
    for wording in demonstrated(support):
        lines = wording.text.split("\n")
        order.shuffle(lines)
        assert distances([wording, Wording("\n".join(lines), wording.names)])[0, 1] < 0.02


def renamed(scenario: Loaded, draw: random.Random) -> list[tuple[Wording, Wording]]:
    """Each demonstration, and the same with names, order numbers, days and durations of others."""
    facts = [dict(shown.facts) for shown in scenario.demonstrations]
    found = []
    for wording, own in zip(demonstrated(scenario), facts, strict=True):
        text, told = wording.text, dict(own)
        for key in sorted({"name", "order", "day", "town", "company", "code", "wait", "age"} & own.keys()):
            others = sorted({each[key] for each in facts if key in each and each[key] != own[key]}) or [own[key]]
            told[key] = draw.choice(others)
            text = re.sub(rf"(?i)(?<!\w){re.escape(own[key])}(?!\w)", told[key], text)
        found.append((wording, Wording(text, names_in(told.values()))))
    return found


def test_a_copy_with_other_names_and_numbers_is_near(support: Loaded) -> None:
    pairs = renamed(support, random.Random(2))
    assert max(distances([*pair])[0, 1] for pair in pairs) < 0.07 < LEAST
    bare = [distances([Wording(one.text), Wording(two.text)])[0, 1] for one, two in pairs]
    assert np.median(bare) > LEAST, "with its names in it, such a copy would pass as another dialogue"


def test_stock_phrases_do_not_bring_other_matters_near(support: Loaded) -> None:
    bare = demonstrated(support)
    dressed = [Wording(f"{OPENING}\n{each.text}\n{CLOSING}", each.names) for each in bare]
    apart, dressed_apart = distances(bare), distances(dressed)
    others = pairs_on_other_matters(support)
    assert min(apart[pair] for pair in others) > 0.25
    assert min(dressed_apart[pair] for pair in others) > 0.15 > LEAST
    copies = max(distances([*pair])[0, 1] for pair in renamed(support, random.Random(3)))
    assert min(dressed_apart[pair] for pair in others) > 2 * copies


def test_what_counts_as_a_name() -> None:
    facts = {
        "name": "Helga", "order": "QF-6283", "day": "Thursday", "company": "Bell and Sons", "year": " 1999 ",
        "colour": "green", "wait": "five days", "said": "It is open on Mondays.", "asked": "Who is Bo?", "letter": "A",
        "span": "The drawers stand in the hall", "none": "", "inner": "Bell",
    }  # fmt: skip
    assert names_in(facts.values()) == ("Bell and Sons", "Thursday", "QF-6283", "Helga", "1999", "Bell")


def test_only_whole_words_go_and_only_from_dialogues() -> None:
    wording = Wording("Ann asked: ANN? Annex, Joann and Ann-Marie. (ann)", ("Ann",))
    assert wording.embedded == " asked: ? Annex, Joann and -Marie. ()"
    brief = Brief(id="b", scenario="s", round=0, index=0, seed=0, cell={}, facts={"name": "Ann"})
    said = Candidate(brief=brief, messages=(Message(role=Speech.USER, content="I am Ann."),))
    assert wording_of(said).embedded == "I am ."
    assert wording_of(Candidate(brief=brief, fields={"text": "I am Ann."})).embedded == "I am Ann."


def test_the_names_that_a_world_drew_count_too() -> None:
    world = load("cloakroom")
    brief = plan_brief(
        world, 1, 0, 0, 0, {"task": "fetch", "difficulty": "easy", "user": "cooperative", "manner": "plain"}
    )
    assert brief.blueprint is not None
    known = {fact.label: fact.value for fact in brief.blueprint.known()}
    text = f"My name is {known['name']}. My PIN is {known['PIN']}."
    assert wording_of(a_candidate(brief, text)).embedded == "My name is . My PIN is ."


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_no_text_and_no_name_breaks_it(text: str, names: list[str]) -> None:
    once = Wording(text, tuple(names)).embedded
    assert len(once) <= len(text)
    assert Wording(text).embedded == text
