"""The form of a free conversation: each message is words of its speaker, and it ends as planned."""

from __future__ import annotations

from agents.checks.check import NOTHING, Finding, Reading
from agents.checks.conversation.citing import marks_in
from agents.parts import closer, is_words, serves, spoken
from agents.text.phrases import similarity
from agents.text.prose import markup_in
from agents.text.scripts import counted
from scenarios.messages import Speech
from scenarios.schema.conversation import ConversationPlan
from scenarios.schema.plans import Role

_SHORTEST_REPEATED = 6
"""Words."""
_SAME = 0.85


def message_form(reading: Reading) -> Finding:
    """Each message has words, no more than the scenario allows, no placeholder, and no Markdown unless it is wanted."""
    plan = reading.loaded.scenario.conversation
    if plan is None:
        return NOTHING
    made = reading.candidate
    for place, message in enumerate(made.messages):
        role = reading.loaded.scenario.roles.get(message.name or "")
        if role is None or not is_words(message):
            continue
        # `cites_given` asks who serves about all that has the form of a citation.
        serving = made.brief.passages and serves(role)
        given = marks_in(message.content) if serving else [f"[{id_}]" for id_ in made.brief.passages]
        if found := _fault(message.content, plan, role, " ".join(given)):
            return Finding(found, place)
    return NOTHING


def _fault(text: str, plan: ConversationPlan, role: Role, cited: str) -> str:
    if not text.strip():
        return "says nothing"
    least, _ = counted(text)
    if least > plan.most_words:
        return f"has {least} words; at most {plan.most_words} are possible"
    # People type dashes and *stars*; what an assistant learns is another matter.
    wanted = role.markup or plan.markup or not serves(role)
    return f"holds markup or a placeholder: {found!r}" if (found := markup_in(text, cited, wanted)) else ""


def not_said_twice(reading: Reading) -> Finding:
    """No message says an earlier one again, with a word or two changed at most; short ones, such as thanks, may come twice."""
    said = [(place, m.content) for place, m in enumerate(reading.candidate.messages) if m.role is not Speech.TOOL]
    for number, (place, text) in enumerate(said):
        if counted(text)[1] < _SHORTEST_REPEATED:
            continue
        for other, earlier in said[:number]:
            if similarity(text, earlier) >= _SAME:
                return Finding(f"says message {other} again", place)
    return NOTHING


def ended_well(reading: Reading) -> Finding:
    """It has as many messages as its brief allows, each speaker wrote, and whoever closes it wrote the last one."""
    made, loaded = reading.candidate, reading.loaded
    if made.brief.messages is None or loaded.scenario.conversation is None:
        return NOTHING
    said = spoken(made.messages)
    least, most = made.brief.messages
    if not min(least, most - 1) - 1 <= len(said) <= most + 1:
        return Finding(f"has {len(said)} messages, not {least} to {most}")
    if silent := next((name for name in loaded.scenario.speakers if all(m.name != name for m in said)), ""):
        return Finding(f"has no message of {silent}")
    last = closer(loaded)
    return Finding(f"ends with a message of {said[-1].name}, not of {last}") if said[-1].name != last else NOTHING
