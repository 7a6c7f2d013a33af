"""The fields of a task: each is drawn until nothing is wrong with it, in the order of the scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agents.cast import Cast, call_of
from agents.checks.passages import field_passage, unfenced
from agents.checks.registry import DrawFault, draw_faults, refusing_checks
from agents.redraw import faults_in, given_up, reasons_of, refusal
from agents.sandbox.leaving import Plain
from agents.sandbox.sandbox import run
from agents.text.prose import tidied_field
from scenarios.records import Candidate, add_usage
from scenarios.schema.plans import FieldKind, FieldPlan

_GENERATOR = "generator"
_PLAIN = "plain_language"
_SHOWN = 200
"""Characters of a program's result that a prompt shows."""


async def write_fields(
    cast: Cast, candidate: Candidate, step: str, refiner: str = "", notes: Mapping[int, str] | None = None
) -> Candidate:
    """Draw every field in order. With `notes`, which are remarks by field on a version before, only these fields are written
    anew, by the `refiner` if the generator wrote them, and those that see one that was: they have to fit it.

    Raises as Gateway.ask.
    """
    former = candidate.fields if refiner else {}
    made = candidate.model_copy(update={"fields": {}})
    anew = set[str]()
    for place, plan in enumerate(cast.loaded.scenario.fields):
        note = (notes or {}).get(place, "")
        seen = made.fields if plan.sees is None else plan.sees
        if plan.name in former and not note and anew.isdisjoint(seen):
            made = made.model_copy(update={"fields": {**made.fields, plan.name: former[plan.name]}})
            continue
        anew.add(plan.name)
        made = await _draw(cast, made, plan, place, step, refiner if note else "", former, note)
        if made.given_up:
            break
    return made


async def _draw(
    cast: Cast, made: Candidate, plan: FieldPlan, place: int, step: str,
    refiner: str, former: Mapping[str, str], note: str,
) -> Candidate:  # fmt: skip
    """The candidate with one more field: by the `refiner`, who is shown the version before, if there is one and the field
    has no writer of its own. Such a writer works as if there had been none."""
    fields = made.fields
    seen = fields if plan.sees is None else {name: fields[name] for name in plan.sees}
    values = {"fields": seen, "field": plan.name, "draft": seen, "note": "", "results": _results(cast, seen)}
    writer, prompt = plan.by, plan.prompt
    refused, reasons = "", list[str]()
    if refiner and writer == _GENERATOR:
        writer, prompt = refiner, cast.loaded.scenario.roles[refiner].prompt
        values |= {"draft": {**former, **fields}, "note": note}
    style, usage, slips = cast.models[writer].style, made.usage, list(made.slips)
    for draw in range(cast.loaded.scenario.redraws):
        call = call_of(
            cast, writer, prompt, made, f"{step}/{plan.name}", values, plan, draw, refused=refused, reasons=reasons
        )
        answer = await cast.gateway.ask(call)
        usage = add_usage(usage, {writer: answer.usage})
        cut_off = answer.finish == "length"
        text = _tidied(cast, made, plan, answer.text, cut_off)
        drawn = made.model_copy(update={"fields": {**fields, plan.name: text}, "usage": usage, "slips": tuple(slips)})
        faults = faults_in(style, _faults(cast, drawn, plan, cut_off))
        if not faults:
            return drawn
        refused, reasons = text, reasons_of(faults)
        slips.append(refusal(faults, call, place, field=plan.name, text=text))
    drawn = drawn.model_copy(update={"slips": tuple(slips)})
    return given_up(drawn, slips[-1].check, f"{plan.name}: {slips[-1].problem}")


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
