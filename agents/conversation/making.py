"""How a conversation comes to be: its scene, then message by message or in one answer; and how single messages are repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.cast import Cast
from agents.conversation.floor import floor_of
from agents.conversation.scene import set_scene
from agents.conversation.stage import FaultyMessage, Set, say
from agents.dialogue.team import NoDraw, SpeakersAccess, run_team
from agents.parts import bounds, cited, closer, is_words, plan_of, system_text
from agents.redraw import given_up, remark
from scenarios.material.tools.spec import Grade
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Problem, Slip, add_usage
from scenarios.scene import ConversationScene
from scenarios.schema.conversation import How

_REPLY = "The next message answers it, so as far as possible it should still fit: "


async def converse(cast: Cast, candidate: Candidate, step: str) -> Candidate:
    """The candidate with its scene and its conversation; a branch has both up to a message, and its speakers go on from there,
    however what it stems from was made. Raises as Gateway.ask and ask_structured."""
    if opening := candidate.brief.opening:
        made = candidate.model_copy(update={"scene": opening.scene, "system": opening.system})
        return await _held(cast, made, step)
    made = await set_scene(cast, candidate, step)
    made = made.model_copy(update={"system": system_text(cast.loaded, made.brief, _scene(made))})
    return made if plan_of(cast.loaded).how is How.WHOLE else await _held(cast, made, step)


def _scene(candidate: Candidate) -> ConversationScene:
    return candidate.scene or ConversationScene(situation="")


async def _held(cast: Cast, made: Candidate, step: str) -> Candidate:
    """The candidate with its conversation, message by message. Raises as Gateway.ask and ask_structured."""
    floor = floor_of(Set(cast, made.brief, _scene(made), step))
    access = SpeakersAccess(cast.gateway)
    failed: NoDraw | None = None
    try:
        await run_team(floor, list(cast.loaded.scenario.speakers), bounds(made.brief)[1] + 1, access)
    except NoDraw as error:
        failed = error
    made = made.model_copy(
        update={
            "messages": tuple(floor.messages), "ending": floor.ending, "slips": (*made.slips, *floor.slips), "grades": floor.grades,
            "usage": add_usage(made.usage, access.spent),
        }
    )  # fmt: skip
    return given_up(made, failed.guard, str(failed)) if failed else made


async def repair(cast: Cast, candidate: Candidate, step: str, problems: Sequence[Problem]) -> Candidate:
    """The candidate with the messages at fault written anew by their speakers, each shown what came before it, its text, the
    remarks on it, and the reply that it has. Who may call tools may do so before; a wrong call goes with its result, unless it
    was real and may have changed something. What cannot be repaired stays; who named the fault sees it again.

    Raises as Gateway.ask.
    """
    messages, grades, slips = list(candidate.messages), dict(candidate.grades), list[Slip]()
    place = Set(cast, candidate.brief, _scene(candidate), step)
    access = SpeakersAccess(cast.gateway)
    faulty = _by_message(cast, candidate, problems)
    moved = 0
    for number, fault in faulty.items():
        old, at, first = messages[number + moved], number + moved, fault.first + moved
        behind = messages[at + 1] if at + 1 < len(messages) and number + 1 not in faulty else None
        reply = [f'{_REPLY}"{behind.content}"'] if behind and behind.content else []
        wrong = FaultyMessage(cited(old), (*fault.remarks, *reply))
        try:
            said = await say(place, access, old.name or "", messages[:first], slips, wrong)
        except NoDraw:
            continue
        for message in messages[first:at]:
            grades.pop(message.tool_call_id or "", None)
        messages[first : at + 1] = said.messages
        grades |= said.grades
        moved += len(said.messages) - (at + 1 - first)
    return candidate.model_copy(
        update={
            "messages": tuple(messages), "grades": grades, "slips": (*candidate.slips, *slips),
            "usage": add_usage(candidate.usage, access.spent),
        }
    )  # fmt: skip


@dataclass
class _Fault:
    """What is wrong with a message of words, and with the calls before it."""

    first: int
    """The first message that is written anew: its own place, or that of a wrong call."""
    remarks: list[str] = field(default_factory=list)


def _by_message(cast: Cast, candidate: Candidate, problems: Sequence[Problem]) -> Mapping[int, _Fault]:
    """The faults by message; one on no single message is about the last one of who closes the conversation."""
    found: dict[int, _Fault] = {}
    said = candidate.messages
    ends = [number for number, message in enumerate(said) if message.name == closer(cast.loaded)]
    for problem in problems:
        number = problem.turn
        if number is None or not 0 <= number < len(said):
            number = ends[-1] if ends else len(said) - 1
        first = number
        while 0 <= number < len(said) - 1 and not is_words(said[number]):
            number += 1  # a call or its result: what was made of it is words
        while 0 < first < number and said[first].role is Speech.TOOL:
            first -= 1
        if number < 0:
            continue
        if any(_is_done(cast, candidate, message) for message in said[first:number]):
            first = number
        fault = found.setdefault(number, _Fault(first))
        fault.first = min(fault.first, first)
        fault.remarks.append(remark(problem))
    return dict(sorted(found.items()))


def _is_done(cast: Cast, candidate: Candidate, result: Message) -> bool:
    """Whether a message is the result of a call that may have changed something real."""
    writes = {spec.name for spec in cast.loaded.tools if spec.writes}
    return candidate.grades.get(result.tool_call_id or "") is Grade.RECORDED and result.name in writes
