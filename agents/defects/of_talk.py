"""Defects of what is said in a dialogue or conversation, whatever it is about. Pure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from agents.defects.kinds import Change, Defect, DefectStrength, Soil
from agents.defects.texts import broken_off, changed_numbers, joined, numbers_in, parts_of
from scenarios.messages import Message, Speech
from scenarios.records import Candidate

_FEWEST = 4
"""Messages of words that most defects need."""
_MARKS = ("?", "？", "؟")


def spoken(candidate: Candidate) -> list[int]:
    """The places of the messages that are words: a call or its result with other words would be no message at all."""
    return [place for place, m in enumerate(candidate.messages) if m.role is not Speech.TOOL and not m.tool_calls]


def of_assistant(candidate: Candidate) -> list[int]:
    """The places of the assistant's words."""
    return [place for place in spoken(candidate) if candidate.messages[place].role is Speech.ASSISTANT]


def saying(candidate: Candidate, said: dict[int, str]) -> Candidate:
    """The candidate with other words in some messages."""
    lines = tuple(
        message.model_copy(update={"content": said[place]}) if place in said else message
        for place, message in enumerate(candidate.messages)
    )
    return candidate.model_copy(update={"messages": lines})


def _swapped(left: Message, right: Message) -> tuple[Message, Message]:
    """Two messages with each other's words, and what these rest on."""
    return (
        left.model_copy(update={"content": right.content, "cites": right.cites}),
        right.model_copy(update={"content": left.content, "cites": left.cites}),
    )


def role_flip(soil: Soil) -> Change | None:
    """Mild: the last sentence of a line begins the other side's next line. Plain: two neighbouring lines change their speakers'
    words. Gross: every pair of lines does."""
    made, places = soil.candidate, spoken(soil.candidate)
    # Of two neighbours of one side, nobody would see it.
    pairs = [
        (one, other) for one, other in pairwise(places) if made.messages[one].role is not made.messages[other].role
    ]
    if len(places) < _FEWEST or not pairs:
        return None
    lines = list(made.messages)
    if soil.strength is DefectStrength.MILD:
        long = [pair for pair in pairs if len(parts_of(lines[pair[0]].content)) > 1]
        if not long:
            return None
        one, other = soil.rng.choice(long)
        *kept, moved = parts_of(lines[one].content)
        changed = saying(made, {one: joined(kept), other: f"{moved} {lines[other].content}"})
        return Change(changed, f"the last sentence of message {one} begins message {other}", (one, other))
    chosen = [soil.rng.choice(pairs[1:] or pairs)] if soil.strength is DefectStrength.PLAIN else _apart(pairs)
    for one, other in chosen:
        lines[one], lines[other] = _swapped(lines[one], lines[other])
    turns = tuple(place for pair in chosen for place in pair)
    told = ", ".join(f"{one} and {other}" for one, other in chosen)
    return Change(made.model_copy(update={"messages": tuple(lines)}), f"messages {told} changed their words", turns)


def _apart(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs that share no line, from the first on."""
    found: list[tuple[int, int]] = []
    for pair in pairs:
        if not found or found[-1][1] < pair[0]:
            found.append(pair)
    return found


def repetition(soil: Soil) -> Change | None:
    """Mild: a line ends with a sentence of an earlier line of the same side. Plain: it says all of that line. Gross: all later
    lines of that side say the first one."""
    made = soil.candidate
    sides = [
        [place for place in spoken(made) if made.messages[place].role is side]
        for side in (Speech.USER, Speech.ASSISTANT)
    ]
    fewest = 3 if soil.strength is DefectStrength.GROSS else 2
    sides = [places for places in sides if len(places) >= fewest]
    if not sides or len(spoken(made)) < _FEWEST:
        return None
    places = soil.rng.choice(sides)
    if soil.strength is DefectStrength.GROSS:
        first = made.messages[places[0]].content
        changed = saying(made, dict.fromkeys(places[1:], first))
        return Change(changed, f"all later messages of one side say message {places[0]} again", tuple(places[1:]))
    at = soil.rng.randrange(1, len(places))
    earlier, later = made.messages[places[at - 1]].content, made.messages[places[at]].content
    told = earlier
    if soil.strength is DefectStrength.MILD:
        parts = parts_of(earlier)
        if not parts:
            return None
        told = f"{later} {max(parts, key=len)}"
    what = "a sentence of message" if soil.strength is DefectStrength.MILD else "message"
    return Change(
        saying(made, {places[at]: told}), f"message {places[at]} says {what} {places[at - 1]} again", (places[at],)
    )


def wrong_fact(soil: Soil) -> Change | None:
    """A number that was said before, or that the plan or scene has. Mild: its last digit is one off. Plain: it is another one.
    Gross: every number of the message is, ten times as much if it is whole."""
    made = soil.candidate
    scene = made.scene.values() if made.scene else []
    goals = [goal.model_dump_json() for goal in made.brief.blueprint.goals] if made.brief.blueprint else []
    given = [number for text in (*made.brief.facts.values(), *scene, *goals) for number in numbers_in(text)]
    for place in reversed(spoken(made)):
        before = [number for message in made.messages[:place] for number in numbers_in(message.content)]
        text, told = changed_numbers(made.messages[place].content, [*given, *before], soil.strength, soil.rng)
        if text:
            return Change(saying(made, {place: text}), f"message {place}: {told}", (place,))
    return None


def cut_off(soil: Soil) -> Change | None:
    """Mild: the last message breaks off. Plain: the second half is missing. Gross: all but the first exchange is, which breaks
    off."""
    made, places = soil.candidate, spoken(soil.candidate)
    if not places or (soil.strength is not DefectStrength.MILD and len(places) < _FEWEST):
        return None
    if soil.strength is DefectStrength.PLAIN:
        last = places[(len(places) + 1) // 2 - 1]
        kept = made.model_copy(update={"messages": made.messages[: last + 1]})
        return Change(kept, f"ends after message {last} of {len(made.messages) - 1}", (last,))
    last = places[-1] if soil.strength is DefectStrength.MILD else places[1]
    text = broken_off(made.messages[last].content)
    if not text and soil.strength is DefectStrength.MILD:
        return None
    whole = saying(made, {last: text}) if text else made
    kept = whole.model_copy(update={"messages": whole.messages[: last + 1]})
    return Change(
        kept, f"message {last} breaks off, and nothing follows" if text else f"ends after message {last}", (last,)
    )


def leak(soil: Soil) -> Change | None:
    """A message shows what its writer was told, in English, as prompts are. Mild: that it was told anything. Plain: what. Gross:
    that a model plays a part."""
    made, places = soil.candidate, spoken(soil.candidate)
    if not places:
        return None
    place = soil.rng.choice(places)
    turns = made.brief.turns
    act = turns[place].act if place < len(turns) else "goes on with the conversation"
    words = leaking(soil.strength, act)
    changed = saying(made, {place: f"{words} {made.messages[place].content}"})
    return Change(changed, f"message {place} begins with “{words}”", (place,))


def leaking(strength: DefectStrength, told: str) -> str:
    """Words that show instructions."""
    if strength is DefectStrength.MILD:
        return "As I am supposed to say at this point:"
    if strength is DefectStrength.PLAIN:
        return f"My instructions say that this text {told}."
    return f"As an AI language model I was given a part to play, and my prompt says that this text {told}."


def ignored(soil: Soil) -> Change | None:
    """Mild: of an answer of several sentences only the last one is left. Plain: two answers change places. Gross: the answer is
    of another sample."""
    made, places = soil.candidate, spoken(soil.candidate)
    answers = [
        answer
        for question, answer in pairwise(places)
        if made.messages[answer].role is Speech.ASSISTANT
        and made.messages[question].role is Speech.USER
        and any(mark in made.messages[question].content for mark in _MARKS)
    ]
    if not answers:
        return None
    if soil.strength is DefectStrength.MILD:
        long = [place for place in answers if len(parts_of(made.messages[place].content)) > 2]
        if not long:
            return None
        place = soil.rng.choice(long)
        last = parts_of(made.messages[place].content)[-1]
        return Change(saying(made, {place: last}), f"of message {place} only the last sentence is left", (place,))
    place = soil.rng.choice(answers)
    if soil.strength is DefectStrength.PLAIN:
        others = [other for other in of_assistant(made) if other != place]
        if not others:
            return None
        other = soil.rng.choice(others)
        lines = list(made.messages)
        lines[place], lines[other] = _swapped(lines[place], lines[other])
        changed = made.model_copy(update={"messages": tuple(lines)})
        return Change(changed, f"messages {place} and {other} answer each other's questions", (place, other))
    strange = of_assistant(soil.stranger) if soil.stranger else []
    if not soil.stranger or not strange:
        return None
    said = soil.stranger.messages[soil.rng.choice(strange)]
    lines = list(made.messages)
    lines[place] = lines[place].model_copy(update={"content": said.content, "cites": said.cites})
    changed = made.model_copy(update={"messages": tuple(lines)})
    return Change(changed, f"message {place} is that of another sample", (place,))


OF_TALK: dict[Defect, Callable[[Soil], Change | None]] = {
    Defect.ROLE_FLIP: role_flip,
    Defect.REPETITION: repetition,
    Defect.WRONG_FACT: wrong_fact,
    Defect.CUT_OFF: cut_off,
    Defect.LEAK: leak,
    Defect.IGNORED: ignored,
}
