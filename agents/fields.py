"""The fields of a task: each is drawn until nothing is wrong with it, in the order of the scenario. If an earlier one is at
fault, that is drawn again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.cast import Cast, call_of
from agents.checks.passages import field_passage, unfenced
from agents.checks.registry import DrawFault, draw_faults, refusing_checks, suspects_of
from agents.models.calls import Call
from agents.redraw import Remark, faults_in, given_up, reasons_of, refusal
from agents.sandbox.leaving import Plain
from agents.sandbox.sandbox import run
from agents.text.prose import tidied_field
from agents.text.remarks import sentence
from scenarios.records import Candidate, add_usage
from scenarios.schema.plans import GENERATOR, FieldKind, FieldPlan
from scenarios.schema.styles import Style

_PLAIN = "plain_language"
_MOST_BACK = 3
"""How often the work goes back to an earlier field. What is found at fault once more will not come right."""
_SHOWN = 200
"""Characters of a program's result that a prompt shows."""


class _SentBack(NamedTuple):
    """A field that was found at fault by what came after it."""

    text: str
    fault: DrawFault


@dataclass
class _Work:
    """What a step has done so far."""

    cast: Cast
    step: str
    refiner: str
    former: Mapping[str, str]
    """The version before, if this is a revision."""
    notes: Mapping[int, Sequence[Remark]]
    draws: dict[str, int] = field(default_factory=dict)
    """How often each field was drawn."""
    last: dict[str, Call] = field(default_factory=dict)
    """The last call for each field."""
    sent_back: dict[str, _SentBack] = field(default_factory=dict)
    """The fields that are to be drawn again."""
    backs: int = 0
    """How often the work went back."""
    first: int = 0
    """The first field that is drawn at all: those before it stay."""

    def plan(self, place: int) -> FieldPlan:
        """The field at a place."""
        return self.cast.loaded.scenario.fields[place]

    def draws_left(self, name: str) -> range:
        """The draws of a field that may still be made."""
        return range(self.draws.get(name, 0), self.cast.loaded.scenario.redraws)

    def moved(self, plan: FieldPlan, fields: Mapping[str, str]) -> bool:
        """Whether what the writer of a field sees is not what it was in the version before."""
        return any(fields[name] != self.former.get(name) for name in (fields if plan.sees is None else plan.sees))

    def remarks(self, place: int, moved: bool) -> list[Remark]:
        """What was said of a field of the version before. What was computed of it and of text that is gone is gone, too."""
        return [one for one in self.notes.get(place, ()) if not (moved and one.computed)]


async def write_fields(
    cast: Cast, candidate: Candidate, step: str, refiner: str = "", notes: Mapping[int, Sequence[Remark]] | None = None,
    opening: Mapping[str, str] | None = None,
) -> Candidate:  # fmt: skip
    """Draw every field in order, or all behind those of an `opening`, which stay as they are. With `notes`, which are remarks by field on a version before, only these fields are written
    anew, by the `refiner` if the generator wrote them, and those whose writers see one that was and that no check proves to fit
    it.

    If a check cannot tell which of two fields is at fault, and the writer of the later one stands by it when it is asked again,
    the earlier one is drawn again, and what comes after it.

    Raises as Gateway.ask.
    """
    kept_before = dict(opening or {})
    work = _Work(cast, step, refiner, candidate.fields if refiner else {}, notes or {}, first=len(kept_before))
    made, place = candidate.model_copy(update={"fields": kept_before}), len(kept_before)
    while place < len(cast.loaded.scenario.fields) and not made.given_up:
        kept = _kept(work, made, place)
        made, place = (kept, place + 1) if kept is not None else await _draw(work, made, place)
    return made


def _kept(work: _Work, made: Candidate, place: int) -> Candidate | None:
    """The candidate with a field of the version before, if nothing speaks against it. If what its writer sees has changed, the
    field still has to fit it, which only what checks compute can say."""
    plan = work.plan(place)
    if plan.name not in work.former or plan.name in work.draws or plan.name in work.sent_back:
        return None
    moved = work.moved(plan, made.fields)
    if work.remarks(place, moved) or (moved and not _proven(work.cast, plan)):
        return None
    kept = made.model_copy(update={"fields": {**made.fields, plan.name: work.former[plan.name]}})
    return None if moved and next(_faults(work.cast, kept, plan, False), None) else kept


def _proven(cast: Cast, plan: FieldPlan) -> bool:
    """Whether checks compute if a field fits those before it. A field with a writer of its own is a second opinion: on a new
    text there has to be a new one."""
    bound = {check.name for check in cast.loaded.scenario.checks if check.field == plan.name}
    exact = plan.kind is FieldKind.EXACT and plan.by == GENERATOR
    return exact and not bound.isdisjoint(refusing_checks(cast.loaded, cast.judged))


async def _draw(work: _Work, made: Candidate, place: int) -> tuple[Candidate, int]:
    """The candidate with one more field and the next place; or without an earlier field that is at fault, and its place."""
    cast, plan = work.cast, work.plan(place)
    writer, values = _asked(work, made.fields, place)
    prompt = plan.prompt if writer == plan.by else cast.loaded.scenario.roles[writer].prompt
    style, slips, before = cast.models[writer].style, list(made.slips), set[DrawFault]()
    sent_back = work.sent_back.pop(plan.name, None)
    refused, reasons = (sent_back.text, [sentence(sent_back.fault.detail)]) if sent_back else ("", [])
    for draw in work.draws_left(plan.name):
        call = call_of(
            cast, writer, prompt, made, f"{work.step}/{plan.name}", values, plan, draw, refused=refused, reasons=reasons
        )
        answer = await cast.gateway.ask(call)
        work.draws[plan.name], work.last[plan.name] = draw + 1, call
        cut_off = answer.finish == "length"
        text = _tidied(cast, made, plan, answer.text, cut_off)
        usage = add_usage(made.usage, {writer: answer.usage})
        made = made.model_copy(update={"fields": {**made.fields, plan.name: text}, "usage": usage})
        faults = faults_in(style, _faults(cast, made, plan, cut_off))
        if not faults:
            return made, place + 1
        refused, reasons = text, reasons_of(faults)
        slips.append(refusal(faults, call, place, field=plan.name, text=text))
        made = made.model_copy(update={"slips": tuple(slips)})
        back = _back(work, made, place, [one for one in faults if one in before]) if style is Style.CHAT else None
        if back is not None:
            return back
        before.update(faults)
    return given_up(made, slips[-1].check, f"{plan.name}: {slips[-1].problem}"), place


def _asked(work: _Work, fields: Mapping[str, str], place: int) -> tuple[str, dict[str, Any]]:
    """Who writes a field, and what of the sample it is shown: the refiner the version before, if there is a remark on it and the
    field has no writer of its own. Such a writer works as if there had been no version before."""
    plan = work.plan(place)
    seen = dict(fields) if plan.sees is None else {name: fields[name] for name in plan.sees}
    note = " ".join(one.text for one in work.remarks(place, work.moved(plan, fields)))
    if not (note and work.refiner and plan.by == GENERATOR):
        shown = {"fields": seen, "draft": seen, "note": "", "results": _results(work.cast, seen)}
        return plan.by, {**shown, "field": plan.name}
    draft = {**work.former, **fields}
    shown = {"fields": seen, "draft": draft, "note": note, "results": _results(work.cast, draft)}
    return work.refiner, {**shown, "field": plan.name}


def _back(work: _Work, made: Candidate, place: int, insisted: Sequence[DrawFault]) -> tuple[Candidate, int] | None:
    """The candidate without the earlier field that is at fault, and its place: a check said before that the field at `place` or
    another one is wrong, and its writer has looked at it again and stands by it. None if no earlier one can be at fault. After
    the last time that the work may go back, the candidate is given up."""
    names = [plan.name for plan in work.cast.loaded.scenario.fields]
    disputed = [fault for fault in insisted if fault.again] if work.draws_left(names[place]) else []
    for fault in disputed:
        for name in suspects_of(work.cast.loaded, fault.check):
            if not work.first <= names.index(name) < place or not work.draws_left(name):
                continue
            if work.backs == _MOST_BACK:
                return given_up(made, fault.check, f"{name}: {fault.detail}"), place
            work.backs += 1
            text, at = made.fields[name], names.index(name)
            work.sent_back[name] = _SentBack(text, fault)
            slips = made.slips
            if (call := work.last.get(name)) is not None:
                slips = (*slips, refusal([fault], call, at, field=name, text=text))
            kept = {earlier: made.fields[earlier] for earlier in names[:at]}
            return made.model_copy(update={"fields": kept, "slips": slips}), at
    return None


def _tidied(cast: Cast, made: Candidate, plan: FieldPlan, text: str, cut_off: bool) -> str:
    """A drawn field without what surrounds it: code and data out of their fence, prose as `tidied_field` does it. The final
    mark is given to what has to have one."""
    if plan.kind is FieldKind.EXACT:
        return unfenced(text.strip())
    stop = not plan.markup and _PLAIN in refusing_checks(cast.loaded, cast.judged)
    return tidied_field(text, plan.name, made.brief.language, cut_off, stop)


def _faults(cast: Cast, made: Candidate, plan: FieldPlan, cut_off: bool) -> Iterator[DrawFault]:
    """What is wrong with the field that was just drawn."""
    passage = field_passage(cast.loaded, made.brief, plan, made.fields[plan.name], cast.judged, cut_off)
    return draw_faults(cast.loaded, made, plan.name, [passage], cast.judged)


def _results(cast: Cast, fields: Mapping[str, str]) -> dict[str, str]:
    """What the programs among `fields` come to, for those who write after them; empty where one does not."""
    plans = [plan for plan in cast.loaded.scenario.fields if plan.runs]
    outcomes = {plan.name: run(fields.get(plan.name, ""), plan.runs) for plan in plans}
    return {name: _result(outcome.value) if outcome.ok else "" for name, outcome in outcomes.items()}


def _result(value: Plain) -> str:
    """What a program came to, as people write it: 12 and not 12.0."""
    return (f"{value:.10g}" if isinstance(value, float) else str(value))[:_SHOWN]
