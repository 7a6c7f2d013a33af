"""A debate over a sample: two or more argue for some rounds, each shown what was said, and a moderator concludes as a critic does.

Nothing extra is asked before it: the first who speaks ends the first statement with an own list of problems, so that a
conclusion can be held against the first opinion (`conclusion_is_first`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.cast import Cast, call_of
from agents.focus import behind
from agents.models.calls import Call
from agents.text.quoting import shortened
from scenarios.loading import shared_prompt
from scenarios.messages import Message
from scenarios.records import Candidate, Debate, Problem, Statement, add_usage
from scenarios.schema.roles import Duty
from scenarios.schema.scenario import Scenario

_ARGUES, _CONCLUDES = shared_prompt("debate.chat.jinja"), shared_prompt("conclude.chat.jinja")
_MOST_WORDS = 120
_LONGEST = 2000
"""Characters of a statement that are kept, so that prompts stay bounded."""
_LIST = re.compile(r"^[*_#\s]*PROBLEMS[*_]*\s*:[*_]*(?P<rest>.*)\Z", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(
    r"^\s*(?:[-*•]|\d+[.)])\s*(?:PLACE\s+)?(?P<place>[^:\n]+):\s*(?P<problem>\S.*)$", re.MULTILINE | re.IGNORECASE
)
_NONE = re.compile(r"\W*none\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(?:message|line|turn)\s+)?(\d+)", re.IGNORECASE)


async def argue(cast: Cast, candidate: Candidate, duty: Duty, step: str) -> Candidate:
    """The candidate with what was argued over it, not concluded yet. Raises as Gateway.ask."""
    said, usage = list[Statement](), candidate.usage
    for round_ in range(1, duty.rounds + 1):
        for role in duty.debaters:
            call = _asked(cast, candidate, duty, role, said, round_, step)
            answer = await cast.gateway.ask(call)
            said.append(
                Statement(role=role, round=round_, text=shortened(answer.text.strip() or "(nothing)", _LONGEST))
            )
            usage = add_usage(usage, {role: answer.usage})
    debate = Debate(node=duty.node, revision=candidate.revisions, moderator=duty.role, statements=tuple(said))
    return candidate.model_copy(update={"debates": (*candidate.debates, debate), "usage": usage})


def _asked(
    cast: Cast, candidate: Candidate, duty: Duty, role: str, said: Sequence[Statement], round_: int, step: str
) -> Call:
    """The question to who speaks next: the role's own prompt, and behind it that there is a debate."""
    plan, names = cast.loaded.scenario.roles[role], {name: _shown(name) for name in duty.debaters}
    values = {
        "names": list(names.values()), "me": names[role], "focus": plan.focus, "said": _lines(said), "round": round_,
        "rounds": duty.rounds, "most_words": _MOST_WORDS, "lists": not said, "places": _places(cast.loaded.scenario),
    }  # fmt: skip
    (text,) = _ARGUES.messages(values)
    call = call_of(cast, role, plan.prompt, candidate, f"{step}/{round_}/{role}", behind_it=text.content)
    return call.model_copy(update={"verbatim": "A dry word.\nPROBLEMS: none"}) if not said else call


def _shown(role: str) -> str:
    return role.replace("_", " ").upper()


def _lines(said: Sequence[Statement]) -> list[dict[str, str]]:
    return [{"who": _shown(one.role), "text": one.text} for one in said]


def _places(scenario: Scenario) -> str:
    """What a list of problems names as a place, in words."""
    fields = [plan.name for plan in scenario.fields]
    where = f"the name of the field ({', '.join(fields)})" if fields else "the number of the line or message"
    return f"{where}, or the word whole"


def with_debate(prompt: Sequence[Message], role: str, candidate: Candidate) -> tuple[Message, ...]:
    """The prompt of a role with what was argued behind it, if it is the moderator of a debate that is not concluded yet."""
    debate = candidate.debates[-1] if candidate.debates else None
    if debate is None or debate.concluded is not None or debate.moderator != role:
        return tuple(prompt)
    names = list(dict.fromkeys(_shown(one.role) for one in debate.statements))
    (text,) = _CONCLUDES.messages({"names": names, "said": _lines(debate.statements)})
    return behind(prompt, text.content)


def concluded(candidate: Candidate, problems: Sequence[Problem]) -> Candidate:
    """The candidate with the problems that the moderator of its last debate named."""
    last = candidate.debates[-1].model_copy(update={"concluded": tuple(problems)})
    return candidate.model_copy(update={"debates": (*candidate.debates[:-1], last)})


def first_opinion(debate: Debate, scenario: Scenario) -> tuple[Problem, ...] | None:
    """The problems that the first statement lists; None if its list cannot be read."""
    text = debate.statements[0].text if debate.statements else ""
    found = _LIST.search(text)
    if found is None:
        return None
    items = [(one["place"].strip(" *_`[]\"'"), one["problem"].strip()) for one in _ITEM.finditer(found["rest"])]
    if not items:
        return () if _NONE.match(found["rest"]) else None
    return tuple(Problem(problem=problem, turn=_place(place, scenario)) for place, problem in items)


def _place(named: str, scenario: Scenario) -> int | None:
    """The line or field of a name; None is the whole."""
    fields = [plan.name for plan in scenario.fields]
    number = _NUMBER.fullmatch(named)
    if fields:
        return fields.index(named) if named in fields else None
    return int(number[1]) if number else None


def conclusion_is_first(debate: Debate, scenario: Scenario) -> bool | None:
    """Whether a conclusion finds fault with the same places as the first statement's list did, before anybody answered it: both
    with none, or both with the same lines or fields. None if the debate was not concluded, or the list cannot be read."""
    first = first_opinion(debate, scenario)
    if first is None or debate.concluded is None:
        return None
    return {one.turn for one in first} == {one.turn for one in debate.concluded}


def debate_malformed(debate: Debate, duty: Duty) -> str:
    """The form that a debate of a duty must have, in words, if it has another; else nothing."""
    due = [(role, round_) for round_ in range(1, duty.rounds + 1) for role in duty.debaters]
    if debate.moderator != duty.role or [(one.role, one.round) for one in debate.statements] != due:
        return f"{duty.rounds} rounds of {', '.join(duty.debaters)}, and then {duty.role}"
    if any(not one.text or len(one.text) > _LONGEST + 1 for one in debate.statements):
        return f"statements of at most {_LONGEST} characters"
    return ""
