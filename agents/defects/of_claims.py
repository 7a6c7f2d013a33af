"""Defects of what a conversation rests on: its policy and passages, what each speaker knows, what tools did. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.defects.kinds import Change, Defect, DefectStrength, Soil
from agents.defects.of_talk import of_assistant, saying, spoken
from agents.defects.texts import changed_numbers, numbers_in, parts_of
from agents.parts import own_facts, passages_of
from scenarios.messages import Message, Speech
from scenarios.records import Candidate
from scenarios.scene import PrivateFact
from scenarios.schema.languages import ENGLISH
from scenarios.schema.plans import PASSAGE

_LONGEST = 240
"""Characters of a sentence of the policy that somebody would say in a message."""
_DONE = {
    DefectStrength.MILD: "I have made a note of that in your file.",
    DefectStrength.PLAIN: "I have just looked that up in our system, and it is confirmed.",
    DefectStrength.GROSS: "I have done all of that for you: it is booked, paid and sent, and the confirmation is in your inbox.",
}


def unfounded(soil: Soil) -> Change | None:
    """The assistant states a sentence of its policy or passages with other numbers. Mild: one, a digit off. Plain: one that is
    another. Gross: all, ten times as much."""
    made, places = soil.candidate, of_assistant(soil.candidate)
    sentences = list(dict.fromkeys(_stated(soil)))
    if not places or not sentences:
        return None
    start = soil.rng.randrange(len(sentences))
    for sentence in (*sentences[start:], *sentences[:start]):
        claim, told = changed_numbers(sentence, numbers_in(sentence), soil.strength, soil.rng)
        if claim:
            place = soil.rng.choice(places[1:] or places)
            changed = saying(made, {place: f"{made.messages[place].content} {claim}"})
            return Change(changed, f"message {place} states a rule in which {told}", (place,))
    return None


def _stated(soil: Soil) -> Iterator[str]:
    """The sentences with numbers that the assistant may rely on."""
    loaded = soil.loaded
    policy = loaded.world.policy if loaded.world else loaded.scenario.policy
    brief = soil.candidate.brief
    passage = brief.attributes.get(PASSAGE, {}).get("text", "")
    texts = [policy, passage, *(passage["text"] for passage in passages_of(loaded, brief))]
    for sentence in (part for text in texts for part in parts_of(text)):
        words = sentence.lstrip("#*-• ").strip()
        if len(words) <= _LONGEST and len(words.split()) > 3 and numbers_in(words.lstrip("0123456789.) ")):
            yield words


def told_early(soil: Soil) -> Change | None:
    """Somebody says another speaker's private fact before that speaker did. Mild: the value in brackets, one message before.
    Plain: what it is and its value, in their first message. Gross: all such facts there."""
    made = soil.candidate
    early = [
        (place, others, fact)
        for owner, fact in _private(soil)
        if (place := _first_said(made, fact.value)) is not None and made.messages[place].name in (owner, None)
        if (
            others := [
                at for at in spoken(made) if at < place and made.messages[at].role is not made.messages[place].role
            ]
        )
    ]
    if not early:
        return None
    if soil.strength is DefectStrength.MILD:
        _, others, fact = soil.rng.choice(early)
        at, words = others[-1], f"({fact.value})"
        return Change(saying(made, {at: f"{made.messages[at].content} {words}"}), f"message {at} has “{words}”", (at,))
    _, others, fact = soil.rng.choice(early)
    at = others[0]
    facts = [fact]
    if soil.strength is DefectStrength.GROSS:
        facts = [one for _, places, one in early if places[0] == at]
        if len(facts) < 2:
            return None
    words = "; ".join(f"{one.what}: {one.value}" for one in facts)
    return Change(saying(made, {at: f"{made.messages[at].content} {words}."}), f"message {at} has “{words}”", (at,))


def _private(soil: Soil) -> Iterator[tuple[str, PrivateFact]]:
    """What one speaker alone knows at first, with its name."""
    made, loaded = soil.candidate, soil.loaded
    speakers = loaded.scenario.speakers
    if loaded.scenario.conversation:
        scene = made.scene.parts if made.scene else {}
        known = {
            name: (scene[name].facts if name in scene and scene[name].facts else own_facts(loaded, made.brief, name))
            for name in speakers
        }
    else:
        facts = [PrivateFact(what=name.replace("_", " "), value=value) for name, value in made.brief.facts.items()]
        known = {name: tuple(facts) if "facts" in role.sees else () for name, role in speakers.items()}
    for name, own in known.items():
        elsewhere = {fact.value for other, facts_ in known.items() if other != name for fact in facts_}
        yield from ((name, fact) for fact in own if fact.value not in elsewhere)


def _first_said(made: Candidate, value: str) -> int | None:
    return next((place for place in spoken(made) if value and value in made.messages[place].content), None)


def false_action(soil: Soil) -> Change | None:
    """With tools that were called: mild, the last call and its result are missing, and the words on them stay; plain, all are;
    gross, all are, and more is claimed. Without, and in English: the assistant says that it noted something, that it looked
    something up, that it did everything."""
    made = soil.candidate
    calls = [place for place, message in enumerate(made.messages) if message.tool_calls]
    claim = made.brief.language == ENGLISH
    if not calls:
        return _claimed(made, soil) if claim else None
    gone = calls[-1:] if soil.strength is DefectStrength.MILD else calls
    if soil.strength is DefectStrength.PLAIN and len(calls) < 2:
        return None
    lines = tuple(_without(made.messages, gone))
    kept = made.model_copy(update={"messages": lines})
    told = f"{len(gone)} of {len(calls)} calls are missing with their results"
    if soil.strength is not DefectStrength.GROSS:
        return Change(kept, told) if spoken(kept) else None
    claimed = _claimed(kept, soil) if claim else None
    return Change(claimed.candidate, f"{told}; {claimed.said}", claimed.turns) if claimed else None


def _without(messages: tuple[Message, ...], gone: list[int]) -> Iterator[Message]:
    """Messages without the calls at some places, and without their results; words beside a call stay."""
    ids = {call["id"] for place in gone for call in messages[place].tool_calls or ()}
    for place, message in enumerate(messages):
        if place in gone and message.content:
            yield message.model_copy(update={"tool_calls": None})
        elif place not in gone and not (message.role is Speech.TOOL and message.tool_call_id in ids):
            yield message


def _claimed(made: Candidate, soil: Soil) -> Change | None:
    places = of_assistant(made)
    if not places:
        return None
    place, words = soil.rng.choice(places[1:] or places), _DONE[soil.strength]
    changed = saying(made, {place: f"{made.messages[place].content} {words}"})
    return Change(changed, f"message {place} claims “{words}”", (place,))


OF_CLAIMS: dict[Defect, Callable[[Soil], Change | None]] = {
    Defect.UNFOUNDED: unfounded,
    Defect.TOLD_EARLY: told_early,
    Defect.FALSE_ACTION: false_action,
}
