"""The proof of the simulated user: it keeps to what it knows, says it when it is asked, and stays itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.proof.case import Case, GoalStanding, said_before, user_knows
from agents.proof.conduct import agreements, distinctive, proposal_of, proposal_values, proposed_values, template_values
from agents.proof.consent import Consent, answer, declines
from agents.proof.intents import alike, meaning
from agents.proof.telling import reports, values_of
from agents.proof.trace import Called, Flaw, Spoken, Trace, as_read
from agents.text.phrases import similarity, words
from agents.text.sentences import requests
from agents.text.values import Known, content, says, says_any, without_addresses
from scenarios.worlds.blueprint import Action, Ending, Fact, Goal, Side, Temper
from scenarios.worlds.world import Access, Tool, World

_MARKER = re.compile(
    r"[\[<{#*_]+\s*/?(?:done|stuck|stop|end|ending|transfer|finished|out[-_ ]of[-_ ]scope)\b|\b(?:DONE|STUCK|STOP|ENDING)\b|</?\w+>|###|^\s*(?:User|Assistant|System|Tool|Result):"
)
_REASONING = (
    "my private goal", "my goal is to", "my instructions", "my role is", "as the user", "i am playing", "i'm playing the",
    "i should not reveal", "i shouldn't reveal", "i must not reveal", "let me think step by step", "simulated",
    "private facts", "stay in character", "language model", "system prompt", "role-play", "this dialogue",
    "private instructions",
)  # fmt: skip
_ASSISTANT = (
    "how can i help you", "how may i help you", "can i help you with", "may i help you", "i'd be happy to help you",
    "i would be happy to help you", "i am happy to help you", "i'm happy to help you", "happy to assist", "i can assist",
    "is there anything else i can", "anything else i can help", "thank you for contacting", "thank you for calling us",
    "let me look up your", "please provide your", "could you tell me your name", "could you tell me your card",
    "could you tell me your customer", "may i have your name", "may i have your card", "may i have your customer",
    "i have looked up your", "i have updated your", "as an assistant", "as an ai",
)  # fmt: skip
_POLICY_RUN = 8
"""Words in a row of the policy that the user, who does not know it, does not say."""
_ALIKE = 0.8
_SAYS_NO_FIRST = frozenset({Temper.ARGUES, Temper.INSISTS, Temper.WAVERS})
_PLAINLY = 0.6
"""Share of a request's words by which a user is blamed for not having heard it."""


def user_faithful(case: Case) -> Flaw | None:
    """Every code, number and name that the user states is in its facts and goals, was said to it, or was shown to it by
    its own tools."""
    trace = case.trace
    known = Known(user_knows(trace.blueprint))
    for event in trace.events:
        if isinstance(event, Called):
            if event.side is Side.USER:
                known.add(event.seen)
        elif event.side is Side.ASSISTANT:
            known.add(event.text)
        elif strange := _strange(trace, known, event.text):
            return Flaw(event.turn, f"says {strange!r}, which it was not given, told or shown")
    return None


def _strange(trace: Trace, known: Known, text: str) -> str:
    """The first thing in the user's words that it cannot know."""
    if strange := known.strange(text, trace.unknown_to_user) or known.strange_value(text):
        return strange
    said = (place for place in trace.places if re.search(rf"\b{place}\b", text))
    return next((place for place in said if not known.gives(place)), "")


def user_discloses(case: Case) -> Flaw | None:
    """The user says step by step what it knows: nothing beyond its wishes before it is asked for, unless it is to volunteer
    all, and nothing of tools and policy, which it does not see."""
    trace = case.trace
    names = sorted(tool.name for tool in trace.world.tools if "_" in tool.name)
    rules = _runs(trace.world.policy)
    opening = [fact.value for fact in trace.blueprint.known() if fact.opening]
    opening += [goal.asks for goal in trace.blueprint.goals]
    wishes = [goal.wants for goal in trace.blueprint.goals]
    step_by_step = trace.blueprint.temper is not Temper.FORTHCOMING
    for said in trace.said(Side.USER):
        if name := next((name for name in names if re.search(rf"(?<!\w){name}(?!\w)", said.text)), ""):
            return Flaw(said.turn, f"names the tool {name}")
        if recited := next((run for run in sorted(_runs(said.text)) if run in rules), ()):
            return Flaw(said.turn, f"recites the policy: {' '.join(recited)!r}")
        heard = said_before(trace, Side.ASSISTANT, said.turn)
        for fact, goal in _facts(trace) if step_by_step else ():
            free = (*opening, *wishes) if goal is not None else opening
            known = any(says(fact.value, text) for text in (*free, *(one.text for one in heard)))
            stated = says(fact.value, said.text if "@" in fact.value else without_addresses(said.text))
            if fact.opening or known or not stated or _asked_for(fact, heard):
                continue
            if not heard or not requests(heard[-1].text):
                return Flaw(said.turn, f"says {fact.label!r} before it is asked")
            if goal is not None and _later(case, goal, said.turn):
                return Flaw(said.turn, f"says {fact.label!r}, which is for {goal.atom}, a later matter")
    return None


def _facts(trace: Trace) -> Iterator[tuple[Fact, Goal | None]]:
    for fact in trace.blueprint.facts:
        yield fact, None
    for goal in trace.blueprint.goals:
        for fact in goal.facts:
            yield fact, goal


def _asked_for(fact: Fact, heard: Sequence[Spoken]) -> bool:
    """Whether the assistant used a word of the fact's label, as one does who asks for it."""
    label = content(fact.label) or frozenset(words(fact.label))
    return any(label & set(words(said.text)) for said in heard)


def _later(case: Case, goal: Goal, turn: int) -> bool:
    """Whether a goal had not been asked for by a message."""
    standing: GoalStanding = next(one for one in case.standings if one.goal is goal)
    return standing.raised is None or standing.raised > turn


def _runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {said[place : place + _POLICY_RUN] for place in range(len(said) - _POLICY_RUN + 1)}


def user_calls(case: Case) -> Flaw | None:
    """The user's calls are the gold ones, made when the assistant asked for them, and it reports what they showed."""
    trace = case.trace
    gold = [as_read(trace.world, a) or a for a in trace.blueprint.actions() if a.side is Side.USER]
    return case.first([*_calls_made(trace, gold), *_calls_missing(case, gold)])


def _calls_made(trace: Trace, gold: list[Action]) -> Iterator[Flaw]:
    left = list(gold)
    for call in trace.called(Side.USER):
        again = call.tool is not None and call.tool.access is Access.READ and call.action in gold
        if call.action not in left and not again:
            yield Flaw(call.turn, f"calls {call.action.tool}, for which it has no reason")
            return
        if call.action in left:
            left.remove(call.action)
        heard = said_before(trace, Side.ASSISTANT, call.turn)
        if call.tool and call.tool.request and not any(_requested(call.tool, said.text) for said in heard):
            yield Flaw(call.turn, f"calls {call.action.tool} before it is asked to")
        shown = values_of(call.seen)
        report = next((said for said in trace.said(Side.USER) if said.turn >= call.turn), None)
        reads = call.tool is not None and call.tool.access is Access.READ
        if reads and shown and report and not any(reports(value, report.text) for value in shown):
            yield Flaw(report.turn, f"does not report what {call.action.tool} showed ({', '.join(shown)})")


def _calls_missing(case: Case, gold: list[Action]) -> Iterator[Flaw]:
    """A gold call that was asked for and never made."""
    made = [call.action for call in case.trace.called(Side.USER)]
    for action in gold:
        tool = case.trace.world.tool(action.tool, Side.USER)
        if action in made or tool is None:
            continue
        asked = [
            s
            for s in case.trace.said(Side.ASSISTANT)
            if tool.request and _plainly_requested(case.trace.world, action, s.text)
        ]
        if asked and asked[0].turn + 1 < case.length:
            detail = f"was asked to use {action.tool} and did not"
            yield Flaw(asked[0].turn + 1, detail, excusable=True, at_end=True)


def _requested(tool: Tool, text: str) -> bool:
    """Whether the assistant may have asked for a tool of the user's: a request, with a word that has to do with it."""
    return requests(text) and alike(text, meaning(re.sub(r"\{[^}]*\}", "", f"{tool.request} {tool.does}"))) > 0


def _plainly_requested(world: World, action: Action, text: str) -> bool:
    """Whether the assistant asked for an action without doubt: most of the words of its request, more than of any other's,
    and all values that the request names."""
    shares = {one.name: _share(one, text) for one in world.of(Side.USER) if one.request}
    tool = world.tool(action.tool, Side.USER)
    if tool is None or shares[tool.name] < max(_PLAINLY, *shares.values()):
        return False
    alone = sum(share == shares[tool.name] for share in shares.values()) == 1
    return alone and all(says(value, text) for value in template_values(tool.request, action))


def _share(tool: Tool, text: str) -> float:
    wanted = _request_words(tool)
    return len(wanted & content(text)) / max(1, len(wanted))


def _request_words(tool: Tool) -> frozenset[str]:
    return content(re.sub(r"\{[^}]*\}", "", tool.request))


def user_agrees(case: Case) -> Flaw | None:
    """The user agrees to nothing that it could know to be wrong, and declines nothing right."""
    return case.first([*_wrong_yes(case), *_wrong_no(case)])


def _wrong_yes(case: Case) -> Iterator[Flaw]:
    """A yes upon which the assistant did what the user could know that it had not asked for."""
    trace = case.trace
    gold = _gold_proposals(case)
    tempting = [as_read(trace.world, a) or a for goal in trace.blueprint.goals for a in goal.tempting]
    mine = user_knows(trace.blueprint)
    agreed: Spoken | None = None
    proposal = ""
    for place, event in enumerate(trace.events):
        if isinstance(event, Spoken):
            if event.side is Side.USER:
                asked = proposal_of(trace.events, place)
                agreed = event if asked is not None and answer(event.text) is Consent.YES else None
                proposal = asked or ""
            continue
        if event.side is Side.USER:
            continue
        if event.action in gold:
            if event.wrote:
                gold.remove(event.action)
            continue
        values = proposed_values(event)
        if agreed is None or not values or event.action in tempting or not all(says(v, proposal) for v in values):
            continue
        if not set(values) <= _wanted_in(case, event, proposal) and _noticeable(trace, event.action, gold, mine):
            detail = f"agrees to {event.action.tool} ({', '.join(values)}), which it does not want"
            yield Flaw(agreed.turn, detail, excusable=True)


def _wanted_in(case: Case, call: Called, proposal: str) -> set[str]:
    """The values of the gold writes that a proposal names. It is none of a tool's where it has words of the call's tool
    alone. Where it names one of the call's own tool, the yes was for that, whatever else is named beside it."""
    world, said = case.trace.world, content(proposal)
    named: set[str] = set()
    for action in _gold_proposals(case):
        tool = world.tool(action.tool, action.side)
        if tool is None or call.tool is None:
            continue
        foreign = said & distinctive(world, call.tool) and not said & distinctive(world, tool)
        values = proposal_values(tool, action)
        if tool is not call.tool and foreign:
            continue
        if all(says(value, proposal) for value in values):
            named.update(values if tool is not call.tool else (*values, *proposed_values(call)))
    return named


def _noticeable(trace: Trace, action: Action, gold: Sequence[Action], mine: Sequence[str]) -> bool:
    """Whether the user can tell that a proposed write is not one that it waits for: none of that kind is left, or it
    knows the value that differs."""
    alike = [one for one in gold if one.tool == action.tool]
    for one in alike:
        differing = [name for name, value in one.arguments.items() if action.arguments.get(name) != value]
        if not any(says(str(one.arguments[name]), text) for name in differing for text in mine):
            return False
    return True


def _gold_proposals(case: Case) -> list[Action]:
    """The gold writes that have to be confirmed."""
    found = []
    for action in case.trace.blueprint.actions():
        tool = case.trace.world.tool(action.tool, action.side)
        if tool is not None and action.side is Side.ASSISTANT and tool.access is Access.WRITE and tool.proposal:
            found.append(as_read(case.trace.world, action) or action)
    return found


def _wrong_no(case: Case) -> Iterator[Flaw]:
    """A plain no to what the user wants. One that argues or changes its mind may say no at first."""
    trace = case.trace
    patient = trace.blueprint.temper in _SAYS_NO_FIRST and trace.ending in (None, Ending.DONE)
    for said, _, asked in agreements(trace):
        if patient or not declines(said.text):
            continue
        done = [c.action for c in trace.called(Side.ASSISTANT) if c.turn < said.turn and c.wrote]
        for action in _gold_proposals(case):
            tool = trace.world.tool(action.tool, action.side)
            values = proposal_values(tool, action) if tool else []
            if action not in done and values and all(says(value, asked) for value in values):
                yield Flaw(said.turn, f"refuses what it wants ({action.tool}): {said.text!r}", excusable=True)
                break


def user_in_role(case: Case) -> Flaw | None:
    """The user speaks as itself: no reasoning of its own on the page, no instructions, no marker of the end, and
    nothing that the assistant would say."""
    blueprint = case.trace.blueprint
    answers = [goal.answer for goal in blueprint.goals]
    wants = [goal.wants for goal in blueprint.goals if len(words(goal.wants)) > 3]
    for said in case.trace.said(Side.USER):
        if found := _MARKER.search(said.text):
            return Flaw(said.turn, f"leaves a marker in its words: {found.group()!r}")
        if phrase := says_any((*_REASONING, *wants), said.text):
            return Flaw(said.turn, f"shows its reasoning or its instructions: {phrase!r}")
        if phrase := says_any(_ASSISTANT, said.text) or _claims_work(case.trace.world, said.text):
            return Flaw(said.turn, f"speaks as the assistant: {phrase!r}")
        heard = [one.text for one in said_before(case.trace, Side.ASSISTANT, said.turn)]
        if any(similarity(said.text, one) >= _ALIKE for one in answers if one not in heard):
            return Flaw(said.turn, "speaks the assistant's answer")
    return None


def _claims_work(world: World, text: str) -> str:
    """The user's words by which it says that it did the assistant's work: 'I have renewed it for you'."""
    if not re.search(r"\bI(?:'ve| have)\b", text):
        return ""
    for tool in world.of(Side.ASSISTANT):
        for phrase in tool.claims:
            short = re.escape(phrase.removeprefix("have "))
            if phrase.startswith("have ") and re.search(
                rf"\bI(?:'ve| have) (?:\w+ )?{short}\b.*\b(?:for you|your)\b", text
            ):
                return phrase
    return ""
