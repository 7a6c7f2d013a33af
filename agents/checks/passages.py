"""From a brief and what was said so far to the passages that guards read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.checks.guards import Passage
from agents.views import labels
from scenarios.briefs import must_groups
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from scenarios.schema.plans import FieldKind, FieldPlan, Role
from scenarios.schema.scenario import Family
from scenarios.schema.styles import PerStyle

_LINE_WORDS = (1, 45)
_WORLD_WORDS = 200
_CITING_WORDS = 150
"""The most words of a line that may cite a text: what it cites does not count as said."""
_FENCE = re.compile(r"^```[^\n]*\n(.*?)(?:^```|\Z)", re.MULTILINE | re.DOTALL)


def passages(loaded: Loaded, candidate: Candidate, judged: bool = False) -> list[tuple[int, Passage]]:
    """The passages of a candidate with their places (turns, or fields), in order. If it is `judged` by a verifier whose
    judgement counts, signs of meaning are no part of them."""
    brief = candidate.brief
    if loaded.scenario.family is Family.DIALOGUE:
        return [
            (place, line_passage(loaded, brief, place, message.content, candidate.messages, judged))
            for place, message in enumerate(candidate.messages[: len(brief.turns)])
        ]
    if loaded.scenario.family is Family.WORLD:
        return list(_words_in_world(loaded, candidate))
    if loaded.scenario.family is Family.CONVERSATION:
        spoken = ((place, m) for place, m in enumerate(candidate.messages) if m.role is not Speech.TOOL and m.content)
        return [(place, message_passage(loaded, candidate, place)) for place, _ in spoken]
    plans = {plan.name: plan for plan in loaded.scenario.fields}
    texts = [(plans[name], text) for name, text in candidate.fields.items() if name in plans]
    return [(place, field_passage(loaded, brief, plan, text, judged)) for place, (plan, text) in enumerate(texts)]


def _words_in_world(loaded: Loaded, candidate: Candidate) -> Iterator[tuple[int, Passage]]:
    for place, message in enumerate(candidate.messages):
        if message.role is not Speech.TOOL and message.content:
            yield place, words_passage(loaded, message, candidate.brief)


def message_passage(loaded: Loaded, candidate: Candidate, place: int, cut_off: bool = False) -> Passage:
    """The passage of message `place` of a free conversation. Facts are not looked at here: checks of their own know who was
    given what."""
    message, brief = candidate.messages[place], candidate.brief
    role = loaded.scenario.roles[message.name or ""]
    plan = loaded.scenario.conversation
    assert plan is not None
    return Passage(
        text=message.content,
        language=brief.language,
        given="\n".join(
            [loaded.scenario.policy, loaded.scenario.description, *(m.content for m in candidate.messages[:place])]
        ),
        earlier=tuple(m.content for m in candidate.messages[:place] if m.role is not Speech.TOOL and m.content),
        never=role.never_says,
        instructions=_instructions(loaded, role.prompt),
        markup=role.markup or plan.markup,
        labels=tuple(labels(loaded).values()),
        min_words=1,
        max_words=plan.most_words,
        cut_off=cut_off,
    )


def words_passage(loaded: Loaded, message: Message, brief: Brief) -> Passage:
    """The passage of what is said in a world. Facts are not looked at here: the proof knows which are given."""
    role = next(role for role in loaded.scenario.roles.values() if role.speaks_as is message.role)
    return Passage(
        text=_as_plain_words(message.content),
        language=brief.language,
        never=role.never_says,
        instructions=_instructions(loaded, role.prompt),
        markup=role.markup,
        labels=tuple(labels(loaded).values()),
        min_words=1,
        max_words=_WORLD_WORDS,
    )


def _as_plain_words(text: str) -> str:
    """Words of a chat with a service as the guards of language read them: asides in brackets, a money sign at the
    beginning, a last full stop that is left out, and 'the customer number' are usual there."""
    plain = re.sub(r"\s*\(([^()]*)\)", r", \1", text)
    plain = re.sub(r"\b(the) (?:customer|agent|member|guest)(?= (?:number|card|service|desk|id|name|code|account|pin)\b)",
                   r"\1", plain, flags=re.IGNORECASE)  # fmt: skip
    plain = re.sub(r"^[€$£]\s*(?=\d)", "", plain.strip())
    return f"{plain}." if plain[-1:].isalnum() else plain


def _foreign(loaded: Loaded, brief: Brief) -> tuple[str, ...]:
    """Values of the exclusive axes and facts that are not this brief's own."""
    names: list[str] = []
    for name in loaded.scenario.exclusive:
        if name in loaded.scenario.axes:
            names += [value.name for value in loaded.scenario.axes[name].values if value.name != brief.cell[name]]
        else:
            names += [choice for choice in loaded.scenario.facts[name].choice if choice != brief.facts.get(name)]
    return tuple(names)


def _seen(role: Role, brief: Brief) -> list[str]:
    """All texts of the brief that a role sees."""
    seen: list[str] = []
    for name in role.sees:
        if name == "facts":
            seen += brief.facts.values()
        elif name in brief.texts:
            seen.append(brief.texts[name])
        elif name in brief.attributes:
            seen += brief.attributes[name].values()
    return seen


def line_passage(
    loaded: Loaded, brief: Brief, place: int, text: str, earlier: Sequence[Message], judged: bool = False,
    cut_off: bool = False,
) -> Passage:  # fmt: skip
    """The passage of line `place` of a dialogue; `judged` as for `passages`, and `cut_off` if its model was stopped by the
    limit on tokens."""
    turn = brief.turns[place]
    role = loaded.scenario.roles[turn.speaker]
    said = tuple(message.content for message in earlier[:place])
    phrases = (phrase for group in (*turn.must, *turn.cues) for phrase in group)
    given = [*_seen(role, brief), turn.act, *phrases, *said]
    return Passage(
        text=text,
        language=brief.language,
        must=turn.must if judged else (*turn.must, *turn.cues),
        must_not=() if judged else turn.must_not,
        given="\n".join(given),
        earlier=said,
        demonstrated=() if turn.routine else tuple(line["text"] for demo in loaded.shown(brief) for line in demo.lines),
        foreign=() if judged else _foreign(loaded, brief),
        never=() if judged else role.never_says,
        labels=tuple(labels(loaded).values()),
        act=turn.act,
        instructions=_instructions(loaded, role.prompt),
        markup=role.markup,
        cut_off=cut_off,
        judged=judged,
        min_words=_LINE_WORDS[0],
        max_words=_LINE_WORDS[1] if loaded.corpus is None else _CITING_WORDS,
    )


def field_passage(
    loaded: Loaded, brief: Brief, plan: FieldPlan, text: str, judged: bool = False, cut_off: bool = False
) -> Passage:
    """The passage of one field of a task; `judged` and `cut_off` as for a line."""
    wanted = plan.must if judged else (*plan.must, *plan.cues)
    return Passage(
        text=text,
        language=brief.language,
        must=must_groups(wanted, brief.values(), f"{brief.scenario}: fields.{plan.name}.must"),
        given="\n".join(
            [
                *brief.facts.values(),
                *brief.texts.values(),
                *_attribute_texts(brief),
                brief.parent.text if brief.parent else "",
            ]
        ),
        demonstrated=tuple(demo.fields.get(plan.name, "") for demo in loaded.shown(brief)),
        foreign=() if judged else _foreign(loaded, brief),
        labels=("Instruction", "Answer"),
        instructions=_instructions(loaded, plan.prompt),
        markup=plan.markup,
        cut_off=cut_off,
        judged=judged,
        min_words=plan.min_words,
        max_words=plan.max_words,
        steps=plan.steps,
        prose=plan.kind is FieldKind.PROSE,
    )


def _instructions(loaded: Loaded, prompt: PerStyle) -> tuple[str, ...]:
    """The sources of a prompt's sections, for every style of model."""
    files = dict.fromkeys(prompt.files())
    return tuple(source for file in files for _, source in loaded.prompts[file].sections)


def unfenced(text: str) -> str:
    """What stands in the first fence (```) of a text, where it has one: chat models put code and data into fences."""
    opened = _FENCE.search(text)
    return opened.group(1).strip("\n").rstrip() if opened else text


def _attribute_texts(brief: Brief) -> list[str]:
    return [text for attributes in brief.attributes.values() for text in attributes.values()]
