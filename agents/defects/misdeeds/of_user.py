"""Misdeeds of the simulated user's. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from agents.defects.misdeeds.kinds import Misdeed
from agents.defects.misdeeds.of_words import WAITING
from agents.defects.misdeeds.script import Script, assistant, call, fresh, possible_writes, user
from scenarios.worlds.blueprint import Action, Ending, Side
from scenarios.worlds.exemplar import Enacted, Move
from scenarios.worlds.replay import leaves
from scenarios.worlds.world import Access, failed


def _adds(script: Script, place: int, words: str) -> Enacted:
    """More words behind those of the user's at a place."""
    move = script.moves[place]
    return script.with_moves(place, place + 1, replace(move, text=f"{move.text} {words}"))


def _words_of_user(script: Script) -> list[int]:
    return [place for place, move in enumerate(script.moves) if move.text and move.side is Side.USER]


def gave_answer_away(script: Script) -> Enacted | None:
    """The user names what only the assistant can have looked up."""
    mine = " ".join(text for goal in script.blueprint.goals for text in (goal.asks, goal.wants))
    mine += " ".join(fact.value for fact in script.blueprint.known())
    for write in script.writes():
        for leaf in leaves([*script.action(write).arguments.values()]):
            if any(c.isdigit() for c in leaf) and leaf not in mine:
                return _adds(script, 0, f"It should be {leaf}.")
    for goal in script.blueprint.goals:
        for told in goal.tell:
            if any(c.isdigit() for c in told.phrases[0]) and told.phrases[0] not in mine:
                return _adds(script, 0, f"It should be {told.phrases[0]}.")
    return None


def invented_fact(script: Script) -> Enacted | None:
    """The user adds a number that it does not have."""
    place = script.rng.choice(_words_of_user(script)[:-1])
    return _adds(script, place, f"My locker has the number {fresh('Q8888', script.rng)}.")


def wrong_fact(script: Script) -> Enacted | None:
    """The user gives another value than it knows, and nothing comes of it."""
    for fact in script.blueprint.facts:
        said = [p for p in _words_of_user(script) if fact.value in script.moves[p].text]
        if any(c.isdigit() for c in fact.value) and said:
            wrong = fresh(fact.value, script.rng)
            text = script.moves[said[0]].text.replace(fact.value, wrong)
            identify = script.blueprint.identification[0]
            given = " ".join(move.text for move in script.moves[: said[0] + 1])
            if fact.value not in identify.arguments.values():
                continue
            if any(str(value) not in given for value in identify.arguments.values()):
                continue
            arguments = {k: wrong if v == fact.value else v for k, v in identify.arguments.items()}
            looks = identify.model_copy(update={"arguments": arguments})
            sorry = assistant("I could not find you with that.")
            end = user("Then I will leave it.", Ending.STUCK)
            return script.played([*script.moves[: said[0]], user(text), call(looks), sorry, end])
    return None


def everything_at_once(script: Script) -> Enacted | None:
    """The user says all that it knows in its first words."""
    said = " ".join(f"My {fact.label} is {fact.value}." for fact in script.blueprint.known())
    return _adds(script, 0, said)


def unasked_fact(script: Script) -> Enacted | None:
    """The user says one fact before it is asked for it."""
    asks = " ".join((script.moves[0].text, *(goal.wants for goal in script.blueprint.goals)))
    facts = [f for f in script.blueprint.known() if not f.opening and f.value.lower() not in asks.lower()]
    opening = {fact.value for fact in script.blueprint.known() if fact.opening}
    facts = [fact for fact in facts if fact.value not in opening]
    if not facts:
        return None
    fact = script.rng.choice(facts)
    return _adds(script, 0, f"My {fact.label} is {fact.value}.")


def yes_to_wrong(script: Script) -> Enacted | None:
    """The assistant proposes something more, and the user, who does not want it, agrees."""
    end = len(script.moves) - 1
    gold = [script.action(write) for write in script.writes()]
    tempting = [action for goal in script.blueprint.goals for action in goal.tempting]
    known = {*script.read(end), *(fact.value for fact in script.blueprint.known())}
    said = " ".join(move.text for move in script.moves[:end] if move.side is Side.USER)
    for other in possible_writes(script, script.before(end)):
        tool = script.tool(other)
        values = list(leaves([*other.arguments.values()]))
        if not tool.proposal or other in gold or other in tempting:
            continue
        if all(value in known and (value in said or value in script.read(end)) for value in values):
            asks = assistant(f"I would also {tool.proposal.format(**other.arguments)}. Shall I go ahead?")
            more = [user("One moment."), asks, user("Yes, go ahead."), call(other), assistant("Thank you.")]
            return script.with_moves(end, end, *more)
    return None


def no_to_right(script: Script) -> Enacted | None:
    """The user says no to what it wants."""
    for _, asked in script.proposed():
        end = [assistant("Very well, I leave it as it is."), user("Thank you, that is all.", Ending.DONE)]
        return script.played([*script.moves[: asked + 1], user("No, please don't do that."), *end])
    return None


def stopped_at_question(script: Script) -> Enacted | None:
    """The user ends when it is asked for confirmation."""
    for _, asked in script.proposed():
        return script.played([*script.moves[: asked + 1], user("Thank you, goodbye.", Ending.DONE)])
    return None


def ended_early(script: Script) -> Enacted | None:
    """The user ends before it has asked for all that it wants."""
    if len(script.blueprint.goals) < 2:
        return None
    return script.played([*script.moves[: script.starts()[-1]], script.moves[-1]])


def gave_up(script: Script) -> Enacted | None:
    """The user gives up at the first question."""
    return script.played([*script.moves[:2], user("Never mind, then.", Ending.STUCK)])


def never_ended(script: Script) -> Enacted | None:
    """All is settled, and the user goes on."""
    more = [
        user("That is good to hear."),
        assistant("You are welcome."),
        user("It is nice of you."),
        assistant("Goodbye."),
    ]
    return script.played([*script.moves[:-1], *more], Ending.TOO_LONG)


def withheld_fact(script: Script) -> Enacted | None:
    """The user does not say what it is asked for."""
    if not script.blueprint.facts or "?" not in script.moves[1].text:
        return None
    asks = [script.moves[1], user("I would rather see it done first.")]
    return script.played([script.moves[0], *asks, *asks, script.moves[1]], Ending.TOO_LONG)


def spoke_as_assistant(script: Script) -> Enacted | None:
    """The user takes the other part."""
    place = script.rng.choice(_words_of_user(script)[1:])
    return _adds(script, place, "How can I help you today?")


def private_reasoning(script: Script) -> Enacted | None:
    """The user thinks aloud about its part."""
    place = script.rng.choice(_words_of_user(script))
    return _adds(script, place, "My goal is to get this done without saying too much.")


def recited_instructions(script: Script) -> Enacted | None:
    """The user recites what it was told to want."""
    goal = script.blueprint.goals[0]
    return _adds(script, 0, f"Well, {goal.wants}.") if len(goal.wants.split()) > 3 else None


def left_marker(script: Script) -> Enacted | None:
    """The signal of the end stands in the words."""
    return _adds(script, len(script.moves) - 1, "[DONE]")


def named_tool(script: Script) -> Enacted | None:
    """The user names a tool that it cannot know of."""
    names = sorted(tool.name for tool in script.world.of(Side.ASSISTANT) if "_" in tool.name)
    return _adds(script, 0, f"Please use {script.rng.choice(names)} for that.") if names else None


def called_unasked(script: Script) -> Enacted | None:
    """The user uses a tool of its own before anybody asks."""
    gold = [script.action(place) for place in script.calls(Side.USER)]
    free = [Action(tool=t.name, side=Side.USER) for t in script.world.of(Side.USER) if not t.arguments.model_fields]
    for action in (*gold, *free):
        if script.tool(action).request:
            return script.with_moves(0, 0, call(action))
    return None


def misreported(script: Script) -> Enacted | None:
    """The user says that its tool showed something else."""
    for place in script.calls(Side.USER, Access.READ):
        text = script.moves[place + 1].text
        if any(c.isdigit() for c in text):
            shown = script.done(script.before(place + 1))[-1].result
            codes = [code for code in re.findall(r"\w*\d[\w.-]*\w|\d", text) if code in shown]
            if codes:
                wrong = fresh(codes[0], script.rng)
                later = [_saying(move, codes[0], wrong) for move in script.moves[place + 1 :]]
                return script.played(_until_it_fails(script, [*script.moves[: place + 1], *later]))
    return None


def _until_it_fails(script: Script, moves: list[Move]) -> list[Move]:
    """Moves up to the first call that does not succeed, and then the end of it."""
    played = iter(script.done([move.action for move in moves if move.action]))
    for place, move in enumerate(moves):
        if move.action is not None:
            done = next(played)
            if failed(done.result) or done.broken:
                kept = moves[: place + (not done.broken)]
                return [*kept, assistant("I am sorry, that did not work."), user("What a pity.", Ending.STUCK)]
    return moves


def _saying(move: Move, right: str, wrong: str) -> Move:
    """A move with another value in place of the right one, as by one who believes it."""
    whole = re.compile(rf"(?<![\w.-]){re.escape(right)}(?![\w-])")
    if move.action is None:
        return replace(move, text=whole.sub(wrong, move.text))
    arguments = {
        name: whole.sub(wrong, value) if isinstance(value, str) else value
        for name, value in move.action.arguments.items()
    }
    return replace(move, action=move.action.model_copy(update={"arguments": arguments}))


def did_not_look(script: Script) -> Enacted | None:
    """The user is asked to use its tool and does not."""
    for place in script.calls(Side.USER):
        if script.tool(script.action(place)).request:
            words = user("I would rather not look now.")
            return script.played([*script.moves[:place], words, *WAITING], Ending.TOO_LONG)
    return None


def opened_without_wish(script: Script) -> Enacted | None:
    """The user opens with nothing that it wants."""
    return script.with_moves(0, 0, user("Good day to you."), assistant("Good day. How can I help you?"))


def said_again(script: Script) -> Enacted | None:
    """The user says what it has just said."""
    return script.with_moves(0, 0, script.moves[0], assistant("One moment, please."))


OF_USER: dict[Misdeed, Callable[[Script], Enacted | None]] = {
    Misdeed.GAVE_ANSWER_AWAY: gave_answer_away,
    Misdeed.INVENTED_FACT: invented_fact,
    Misdeed.WRONG_FACT: wrong_fact,
    Misdeed.EVERYTHING_AT_ONCE: everything_at_once,
    Misdeed.UNASKED_FACT: unasked_fact,
    Misdeed.YES_TO_WRONG: yes_to_wrong,
    Misdeed.NO_TO_RIGHT: no_to_right,
    Misdeed.STOPPED_AT_QUESTION: stopped_at_question,
    Misdeed.ENDED_EARLY: ended_early,
    Misdeed.GAVE_UP: gave_up,
    Misdeed.NEVER_ENDED: never_ended,
    Misdeed.WITHHELD_FACT: withheld_fact,
    Misdeed.SPOKE_AS_ASSISTANT: spoke_as_assistant,
    Misdeed.PRIVATE_REASONING: private_reasoning,
    Misdeed.RECITED_INSTRUCTIONS: recited_instructions,
    Misdeed.LEFT_MARKER: left_marker,
    Misdeed.NAMED_TOOL: named_tool,
    Misdeed.CALLED_UNASKED: called_unasked,
    Misdeed.MISREPORTED: misreported,
    Misdeed.DID_NOT_LOOK: did_not_look,
    Misdeed.OPENED_WITHOUT_WISH: opened_without_wish,
    Misdeed.SAID_AGAIN: said_again,
}
