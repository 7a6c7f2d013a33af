"""The verifier: it answers the scenario's questions with yes or no, of the sample and of its lines and claims; yes is right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, Field, create_model

from agents.cast import Cast, call_of
from agents.judging.items import items_of
from agents.judging.opinion import Judging, Opinion, Rating, evidence_of, unheard, unheard_form
from agents.judging.standing import Standing
from agents.models.structured import ask_structured
from agents.text.quoting import shortened
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status, Usage
from scenarios.schema.plans import ItemKind
from scenarios.schema.styles import Style

_LONGEST = 400
"""Characters of a reason."""
_ITEM = re.compile(r" \(\w+\)$")


_Asked = tuple[tuple[str, tuple[str, ...]], ...]
"""Items' keys, each with the names of its questions."""


@cache
def answers_to(questions: tuple[str, ...], items: _Asked = (), turns: bool = False) -> type[BaseModel]:
    """The shape of a verifier's answer: a yes or no by question, for each item again by its own, and a reason; and, of a free
    conversation, the turn at fault."""
    fields: dict[str, Any] = dict.fromkeys(questions, (bool, ...))
    if items:
        parts: dict[str, Any] = {key: (_yes_or_no(key, names), ...) for key, names in items}
        fields["parts"] = (create_model("Parts", **parts), ...)
    if turns:
        fields["turn"] = (int | None, None)
    return create_model("Verification", **fields, reason=(str, Field(default="", max_length=_LONGEST)))


def _yes_or_no(name: str, questions: tuple[str, ...]) -> type[BaseModel]:
    fields: dict[str, Any] = dict.fromkeys(questions, (bool, ...))
    return create_model(name, **fields)


@dataclass(frozen=True)
class _Answers:
    """What a verifier answered."""

    right: int
    """Questions that it answers with yes."""
    wrong: tuple[str, ...]
    """Those that it answers with no, with the item that each is asked of."""
    turn: int | None
    """The first turn at fault, if a question of one was answered with no."""
    reason: str
    usage: Usage
    claim: str = ""
    """Of a free conversation: the first sentence of which a question is answered with no."""


async def _answers(cast: Cast, candidate: Candidate, role: str, step: str) -> _Answers:
    whole = tuple(cast.loaded.scenario.questions_of(ItemKind.SAMPLE))
    talked = cast.loaded.scenario.conversation is not None
    # Base models, whose judgement does not count, are asked about the whole only.
    items = items_of(cast.loaded, candidate) if cast.models[role].style is Style.CHAT else []
    shown = [item.model_dump() for item in items]
    call = call_of(cast, role, cast.loaded.scenario.roles[role].prompt, candidate, step, {"parts": shown})
    asked = tuple((item.key, tuple(item.questions)) for item in items)
    shape = answers_to(whole, asked, turns=talked)
    answer, usage = await ask_structured(cast.gateway, call, shape)
    said = answer.model_dump()
    wrong = [name for name in whole if not said[name]]
    turn, count, claim = _turn_of(said.get("turn"), candidate) if wrong else None, len(whole), ""
    for item in items:
        count += len(item.questions)
        failed = [f"{name} ({item.key})" for name in item.questions if not said["parts"][item.key][name]]
        turn = item.turn if failed and turn is None else turn
        claim = item.text if failed and talked and item.spans and not claim else claim
        wrong += failed
    return _Answers(count - len(wrong), tuple(wrong), turn, said["reason"], usage, claim)


def _turn_of(named: int | None, candidate: Candidate) -> int | None:
    """The turn that a verifier names, if there is one."""
    return named if named is not None and 0 <= named < len(candidate.messages) else None


async def _ask(cast: Cast, candidate: Candidate, role: str, step: str) -> Opinion:
    """The questions that it answers with no, and why; no words if it finds everything right."""
    found = await _answers(cast, candidate, role, step)
    said = f"{', '.join(found.wrong)}: {found.reason}" if found.wrong else ""
    said += f" (of “{shortened(found.claim, _LONGEST)}”)" if found.claim else ""
    return Opinion(found.usage, said, turn=found.turn)


async def _rate(cast: Cast, candidate: Candidate, role: str, step: str) -> Rating:
    """The larger the share of questions that it answers with yes, the better: a longer sample has more of them."""
    found = await _answers(cast, candidate, role, step)
    asked = found.right + len(found.wrong)
    turns = () if found.turn is None else (found.turn,)
    return Rating(found.right / asked if asked else 1.0, bool(found.wrong), found.usage, turns=turns)


def _evidence(loaded: Loaded, role: str, known: Standing, opinion: Opinion) -> Evidence:
    if not known.trusted:
        return unheard(role, known, opinion.said or "all is right")
    return evidence_of(role, Status.FAIL if opinion.said else Status.PASS, opinion.said, opinion.turn)


def _form(loaded: Loaded, evidence: Evidence, scores: Mapping[str, float]) -> str:
    match evidence.status:
        case Status.PASS:
            return "PASS without a detail" if evidence.detail else ""
        case Status.FAIL:
            named = evidence.detail.partition(": ")[0].split(", ")
            known = {_ITEM.sub("", one) for one in named} <= set(loaded.scenario.questions)
            return "" if known else "FAIL and the questions that it answers with no"
        case _:
            return unheard_form(evidence)


VERIFIER = Judging(_ask, _rate, _evidence, _form)
