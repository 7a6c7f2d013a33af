"""How a conversation comes to be: its scene, then message by message or in one answer; and how single messages are repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.cast import Cast
from agents.conversation.floor import ConversationFloor
from agents.conversation.scene import set_scene
from agents.conversation.stage import FaultyMessage, Set, say
from agents.dialogue.team import NoDraw, SpeakersAccess, run_team
from agents.parts import bounds, cited, closer, is_words, plan_of, system_text
from agents.redraw import given_up, remark
from scenarios.records import Candidate, Problem, Slip, add_usage
from scenarios.scene import ConversationScene
from scenarios.schema.conversation import How

_REPLY = "The next message answers it, so as far as possible it should still fit: "


async def converse(cast: Cast, candidate: Candidate, step: str) -> Candidate:
    """The candidate with its scene and its conversation. Raises as Gateway.ask and ask_structured."""
    made = await set_scene(cast, candidate, step)
    scene = made.scene or ConversationScene(situation="")
    made = made.model_copy(update={"system": system_text(cast.loaded, made.brief, scene)})
    if plan_of(cast.loaded).how is How.WHOLE:
        return made
    floor = ConversationFloor(Set(cast, made.brief, scene, step))
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
    remarks on it, and the reply that it has. One that cannot be repaired stays; who named the fault sees it again.

    Raises as Gateway.ask.
    """
    messages, slips = list(candidate.messages), list[Slip]()
    place = Set(cast, candidate.brief, candidate.scene or ConversationScene(situation=""), step)
    access = SpeakersAccess(cast.gateway)
    faulty = _by_message(cast, candidate, problems)
    for number, reasons in faulty.items():
        old = messages[number]
        if number + 1 < len(messages) and number + 1 not in faulty and messages[number + 1].content:
            reasons = [*reasons, f'{_REPLY}"{messages[number + 1].content}"']
        try:
            said = await say(
                place, access, old.name or "", messages[:number], slips, FaultyMessage(cited(old), tuple(reasons))
            )
        except NoDraw:
            continue
        messages[number] = said.messages[-1]
    return candidate.model_copy(
        update={
            "messages": tuple(messages), "slips": (*candidate.slips, *slips), "usage": add_usage(candidate.usage, access.spent)
        }
    )  # fmt: skip


def _by_message(cast: Cast, candidate: Candidate, problems: Sequence[Problem]) -> Mapping[int, list[str]]:
    """The remarks by message; one on no single message is about the last one of who closes the conversation."""
    found: dict[int, list[str]] = {}
    ends = [number for number, message in enumerate(candidate.messages) if message.name == closer(cast.loaded)]
    for problem in problems:
        number = problem.turn
        if number is None or not 0 <= number < len(candidate.messages):
            number = ends[-1] if ends else len(candidate.messages) - 1
        while 0 <= number < len(candidate.messages) - 1 and not is_words(candidate.messages[number]):
            number += 1  # a call or its result: what was made of it is words
        if number >= 0:
            found.setdefault(number, []).append(remark(problem))
    return dict(sorted(found.items()))
