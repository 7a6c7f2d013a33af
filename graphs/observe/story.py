"""A sample's story as lines of text: every call in its order, what lies between them, and how it ended. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from agents.models.calls import draw_of
from graphs.files.calls import StoredCall
from memory.journal.reading import Overview
from scenarios.messages import Message
from scenarios.records import Brief, Draft, Evidence, Problem, Record, Selection, Status, Usage, Verdict

_REPAIR = "/repair"
_LOOKS = {Status.PASS: "GOOD", Status.FAIL: "BAD", Status.ERROR: "BAD", Status.UNVERIFIABLE: "FAINT"}


class LineKind(Enum):
    """What a line is, and so how a terminal shows it."""

    TITLE = auto()
    PLAIN = auto()
    NAME = auto()
    """Whose words follow."""
    SAID = auto()
    """Words of a prompt, a model or a sample, perhaps of several lines."""
    GOOD = auto()
    BAD = auto()
    FAINT = auto()


@dataclass(frozen=True)
class StoryLine:
    """A piece of the story. Its text may hold anything: whoever prints it makes it harmless."""

    look: LineKind
    text: str
    depth: int = 0


def listing(overviews: Sequence[Overview]) -> Iterator[StoryLine]:
    """One line a sample: id, verdict, reason, calls, tokens."""
    width = max((len(overview.id) for overview in overviews), default=0)
    for seen in overviews:
        tokens = seen.usage.tokens
        ended = _ending(seen.verdict, seen.stage, seen.reason, seen.final)
        cost = f"  ${seen.usd:.4f}" if seen.usd else ""
        text = f"{seen.id:<{width}}  {ended:<32}  {seen.usage.calls:>4} calls  {tokens:>7} tokens{cost}"
        yield StoryLine(_look_of(seen.verdict), text)


def story(calls: Sequence[StoredCall], brief: Brief, record: Record | None) -> Iterator[StoryLine]:
    """The whole of a sample. `record` is None while it is under way."""
    yield StoryLine(LineKind.TITLE, f"{brief.id} · round {brief.round}, index {brief.index} · {_verdict(record)}")
    for name, values in (("cell", brief.cell), ("facts", brief.facts)):
        if values:
            yield StoryLine(LineKind.PLAIN, f"{name}: {_pairs(values)}", 1)
    if brief.parent:
        yield StoryLine(LineKind.PLAIN, f"evolves {brief.parent.id}: {brief.parent.text}", 1)
    yield StoryLine(LineKind.PLAIN, _sum(calls), 1)
    drafts = list(record.candidate.drafts) if record else []
    refused = {(slip.step, slip.attempt): slip for slip in record.candidate.all_slips()} if record else {}
    draws = Counter((call.step, draw_of(call.attempt)[0]) for call in calls)
    for number, call in enumerate(calls, 1):
        while drafts and (call.step == drafts[0].step or call.step.startswith(f"{drafts[0].step}/")):
            yield from _draft(drafts.pop(0))
        yield from _call(number, call, draws[call.step, draw_of(call.attempt)[0]])
        if slip := refused.get((call.step, call.attempt)):
            yield StoryLine(LineKind.BAD, f"refused by {slip.check}: {slip.problem}", 1)
    for draft in drafts:  # its refine step was stopped before the first answer
        yield from _draft(draft)
    if record and record.candidate.selection:
        yield from _others(record.candidate.selection)
    yield from _end(record)


def _call(number: int, call: StoredCall, draws: int) -> Iterator[StoryLine]:
    backtracks, draw = draw_of(call.attempt)
    step = call.step.removesuffix(_REPAIR)
    parts = [f"{number}", step]
    if step != call.step:
        parts.append(f"repair of the answer to {step}")
    if draws > 1 or call.attempt:
        parts.append(f"draw {draw + 1} of {max(draws, draw + 1)}")
    if backtracks:
        parts.append(f"after backtrack {backtracks}")
    yield StoryLine(LineKind.TITLE, " · ".join([*parts, call.role, call.model]))
    for message in call.messages:
        yield StoryLine(LineKind.NAME, _speaker(message), 1)
        yield StoryLine(LineKind.SAID, _content(message), 1)
    if call.tools:
        yield StoryLine(LineKind.FAINT, f"tools: {', '.join(call.tools)}", 1)
    answer = call.answer
    yield StoryLine(LineKind.NAME, "answer" if answer.finish == "stop" else f"answer (finish: {answer.finish})", 1)
    yield StoryLine(LineKind.SAID, _content(answer.message()), 1)
    retries = f" ({_count(answer.requests - 1, 'retry', 'retries')})" if answer.requests > 1 else ""
    spent = [
        _tokens(answer.usage),
        f"{answer.latency:.3f} s",
        f"{_count(answer.requests, 'request')}{retries}",
        f"temperature {call.decoding.temperature:g}",
        *([f"${call.usd:.6f}"] if call.usd else []),
    ]
    yield StoryLine(LineKind.FAINT, " · ".join(spent), 1)


def _draft(draft: Draft) -> Iterator[StoryLine]:
    """What a refine step was asked to correct, and the version that it replaced."""
    yield StoryLine(LineKind.TITLE, f"{draft.step} begins: {_count(len(draft.problems), 'problem')} named")
    yield from _problems(draft.problems)
    yield StoryLine(LineKind.PLAIN, "the version that it replaces:", 1)
    yield from _version(draft.messages, draft.fields)


def _end(record: Record | None) -> Iterator[StoryLine]:
    yield StoryLine(LineKind.TITLE, f"end: {_verdict(record)}")
    if record is None:
        yield StoryLine(LineKind.PLAIN, "no decision yet: the run goes on, or was killed and can continue", 1)
        return
    made = record.candidate
    if record.detail:
        yield StoryLine(LineKind.PLAIN, record.detail, 1)
    for evidence in made.evidence:
        yield _evidence(evidence)
    if made.problems:
        yield StoryLine(LineKind.PLAIN, "problems that no refine step took up:", 1)
        yield from _problems(made.problems)
    if made.failure:
        failure = f"the machinery failed in {made.failure.stage}: {made.failure.reason}: {made.failure.detail}"
        yield StoryLine(LineKind.BAD, failure, 1)
    if made.scores:
        yield StoryLine(
            LineKind.PLAIN, f"scores: {_pairs({name: f'{score:g}' for name, score in made.scores.items()})}", 1
        )
    if record.novelty.nearest:
        yield StoryLine(
            LineKind.PLAIN, f"nearest sample: {record.novelty.nearest}, at distance {record.novelty.distance}", 1
        )
    yield StoryLine(LineKind.PLAIN, f"{_count(made.revisions, 'revision')}; the sample as it stands:", 1)
    yield from _version(made.messages, made.fields)


def _others(selection: Selection) -> Iterator[StoryLine]:
    """The candidates that were not kept, and what a role said of two of them."""
    kept = selection.contenders[selection.kept - 1]
    yield StoryLine(LineKind.TITLE, f"candidate {kept.number} of {len(selection.contenders)} was kept ({kept.step})")
    for match in selection.matches:
        yield StoryLine(LineKind.PLAIN, f"{match.first} and {match.second}: {match.better}", 1)
        for order, words in zip(((match.first, match.second), (match.second, match.first)), match.words, strict=True):
            if words:
                yield StoryLine(LineKind.SAID, f"as A {order[0]}, as B {order[1]}: {words}", 2)
    for one in selection.contenders:
        if one is not kept:
            yield StoryLine(LineKind.TITLE, f"candidate {one.number} ({one.step}), not kept: {one.why}")
            yield from (_evidence(evidence) for evidence in one.evidence if evidence.status is not Status.PASS)
            yield from _version(one.messages, one.fields)


def _evidence(evidence: Evidence) -> StoryLine:
    where = "" if evidence.turn is None else f" (turn {evidence.turn})"
    detail = f": {evidence.detail}" if evidence.detail else ""
    text = f"{evidence.status} {evidence.check} (version {evidence.version}){where}{detail}"
    return StoryLine(LineKind[_LOOKS[evidence.status]], text, 1)


def _problems(problems: Iterable[Problem]) -> Iterator[StoryLine]:
    for problem in problems:
        where = "" if problem.turn is None else f"turn {problem.turn}: "
        yield StoryLine(LineKind.BAD, f"- {where}{problem.problem}", 1)


def _version(messages: Sequence[Message], fields: Mapping[str, str]) -> Iterator[StoryLine]:
    for place, message in enumerate(messages):
        yield StoryLine(LineKind.NAME, f"{place} {_speaker(message)}", 1)
        yield StoryLine(LineKind.SAID, _content(message), 1)
    for name, text in fields.items():
        yield StoryLine(LineKind.NAME, name, 1)
        yield StoryLine(LineKind.SAID, text, 1)
    if not messages and not fields:
        yield StoryLine(LineKind.FAINT, "(nothing)", 1)


def _content(message: Message) -> str:
    calls = [_called(call) for call in message.tool_calls or ()]
    return "\n".join([message.content, *calls] if message.content or not calls else calls)


def _called(call: Mapping[str, Any]) -> str:
    """A tool call in a message; a sample of another program's may hold anything in its place."""
    match call:
        case {"id": id_, "function": {"name": name, "arguments": arguments}}:
            return f"calls {name} {arguments} ({id_})"
    return f"calls {call}"


def _speaker(message: Message) -> str:
    who = f"{message.role} {message.name}" if message.name else message.role.value
    return f"{who} (result of {message.tool_call_id})" if message.tool_call_id else who


def _verdict(record: Record | None) -> str:
    if record is None:
        return _ending(None, "", "", True)
    return _ending(record.verdict, record.stage, record.reason, record.final)


def _ending(verdict: Verdict | None, stage: str, reason: str, final: bool) -> str:
    if verdict is None:
        return "under way"
    where = f" at {stage}: {reason}" if stage or reason else ""
    return f"{verdict}{where}{'' if final else ' (provisional)'}"


def _look_of(verdict: Verdict | None) -> LineKind:
    if verdict is None:
        return LineKind.FAINT
    return {Verdict.ACCEPTED: LineKind.GOOD, Verdict.REJECTED: LineKind.BAD, Verdict.UNDECIDED: LineKind.PLAIN}[verdict]


def _sum(calls: Sequence[StoredCall]) -> str:
    usage = sum((call.answer.usage for call in calls), Usage())
    usd = sum(call.usd for call in calls)
    parts = [_count(len(calls), "call"), _count(sum(call.answer.requests for call in calls), "request"), _tokens(usage)]
    return " · ".join([*parts, *([f"${usd:.6f}"] if usd else [])])


def _tokens(usage: Usage) -> str:
    return f"{usage.prompt_tokens} prompt ({usage.cached_tokens} cached) + {usage.completion_tokens} completion tokens"


def _count(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())
