"""The planned questions of a dialogue over a passage, each with the lines that ask and answer it.

The brief's facts number them from 1: `question_N`, `span_N` (empty if the passage does not answer), `key_N`. The N-th line of
the user asks question N and the N-th line of the assistant answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agents.checks.check import NOTHING, Finding, Reading
from scenarios.messages import Speech
from scenarios.schema.corpus import JOINT

SOURCE = "source"
"""The brief's text that holds the passage."""
TITLE = "title"


@dataclass(frozen=True)
class Ask:
    """One planned question with the lines that ask and answer it, as far as they are made."""

    question: str
    spans: tuple[str, ...]
    key: str
    earlier: str
    """The questions before, which a follow-up may lean on."""
    title: str
    asked: tuple[int, str] | None
    answered: tuple[int, str] | None

    @property
    def known(self) -> str:
        """What both may mention without having read the passage."""
        return f"{self.earlier} {self.question} {self.title}"


def passage_of(reading: Reading) -> str:
    """The passage in one line."""
    return " ".join(reading.candidate.brief.texts[SOURCE].split())


def asks(reading: Reading) -> Iterator[Ask]:
    """The planned questions in order."""
    facts, messages = reading.candidate.brief.facts, list(enumerate(reading.candidate.messages))
    users = [(place, message.content) for place, message in messages if message.role is Speech.USER]
    answers = [(place, message.content) for place, message in messages if message.role is Speech.ASSISTANT]
    number, earlier = 1, ""
    while f"question_{number}" in facts:
        question, spans = facts[f"question_{number}"], facts[f"span_{number}"]
        yield Ask(
            question=question,
            spans=tuple(spans.split(JOINT)) if spans else (),
            key=facts[f"key_{number}"],
            earlier=earlier,
            title=reading.candidate.brief.texts.get(TITLE, ""),
            asked=users[number - 1] if number <= len(users) else None,
            answered=answers[number - 1] if number <= len(answers) else None,
        )
        number, earlier = number + 1, f"{earlier} {question}".strip()


Test = Callable[[Reading, Ask, str], str]
"""(reading, planned question, line) → what is wrong with the line, or an empty string."""


def each_answer(test: Test) -> Callable[[Reading], Finding]:
    """The check that applies `test` to each line of the assistant."""
    return lambda reading: _first(reading, test, [(ask, ask.answered) for ask in asks(reading)])


def each_question(test: Test) -> Callable[[Reading], Finding]:
    """The check that applies `test` to each line of the user."""
    return lambda reading: _first(reading, test, [(ask, ask.asked) for ask in asks(reading)])


def _first(reading: Reading, test: Test, lines: list[tuple[Ask, tuple[int, str] | None]]) -> Finding:
    for ask, line in lines:
        if line and (found := test(reading, ask, line[1])):
            return Finding(found, line[0])
    return NOTHING
