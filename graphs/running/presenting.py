"""What a session says of itself while it begins and ends: lines for the user, pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from agents.models.calls import Backend, Model
from graphs.campaign.curator import Curator
from graphs.files.figures import given_up_figures
from graphs.files.rundir import is_run
from graphs.files.summary import cells_of, quoted_draw, spent_words, what_to_do
from graphs.planning.giving_up import GivenUp
from graphs.planning.saturation import Saturation, axes_to_widen
from graphs.preparation import Preparation
from memory.words.copies import SHORTEST
from scenarios.records import Record

_FEW = 100
"""Calls below which a batch is small for the time that it takes."""


def opening_lines(prepared: Preparation, for_pairs: int, there: int) -> Iterator[str]:
    """What a session says before it begins. `for_pairs` samples have every pair of values; `there` are accepted already."""
    settings = prepared.settings
    pairs = f" (all pairs of values would take about {for_pairs})" if for_pairs > settings.n else ""
    begun = f", {there} of them there" if 0 < there <= settings.n else f", {there} there" if there else ""
    name = prepared.loaded.scenario.name + (" in its form for base models" if settings.base_models else "")
    yield f"colloquia: scenario {name}, {settings.n} wanted{begun}{pairs}, {_who(prepared.models)} → {prepared.out}"
    if settings.budget.usd is not None and not any(
        model.backend is Backend.OPENAI and model.priced for model in prepared.models.values()
    ):
        yield (
            f"note: budget.usd={settings.budget.usd:g} limits nothing, since no model has a price; give llm.price.prompt and "
            "llm.price.completion, in USD per million tokens"
        )
    yield from (f"note: {note}" for note in prepared.loaded.notes)
    if prepared.note:
        yield f"note: {prepared.note}"
    if (runs := prepared.rules.benchmarks) and runs.passed_over:
        yield (
            f"note: forbidden.benchmarks: {runs.passed_over} of {len(runs)} rows are shorter than {SHORTEST} words and "
            "are ignored"
        )


def memory_gone(prepared: Preparation) -> str:
    """A note if the memory that a continued run had is not there any more; empty if it is, or the user named another one."""
    memory = prepared.settings.memory
    named = {"memory.path", "memory.url"} & prepared.given
    if memory.url or named or Path(memory.path).exists() or not is_run(prepared.out):
        return ""
    return (
        f"note: there is no memory at {memory.path} any more; a new one gets this run's own samples, and those of other runs are "
        "not known; if it has moved, name it: memory.path=DIR"
    )


def how_many_at_once(prepared: Preparation) -> Iterator[str]:
    """A note if the rounds are too small for the calls in flight that the settings allow."""
    settings = prepared.settings
    allowed = settings.round_size * (1 + settings.lookahead)
    by_batch = [model.batch_size for model in prepared.models.values() if model.batch_size]
    if by_batch and allowed < min(settings.n, *by_batch, _FEW):
        yield (
            f"note: round_size={settings.round_size} and lookahead={settings.lookahead} let no batch have more than {allowed} "
            "calls, and each may take hours; raise round_size in a new run"
        )
    if allowed < min(settings.concurrency, settings.n):
        yield (
            f"note: round_size={settings.round_size} and lookahead={settings.lookahead} let {allowed} samples be made "
            f"at once, so concurrency={settings.concurrency} cannot be used; raise round_size in a new run"
        )


def given_up_line(given: GivenUp, again: bool, prepared: Preparation) -> str:
    """What a session says when it makes no more briefs of some cells, or makes them `again`."""
    known = given_up_figures(given, prepared.models)
    which = cells_of(known)
    if again:
        return f"{which}: made again, since a brief got past {given.check} after all"
    spared, of = known["spared"], "" if known["values"] else " in all"
    saved = f"; about {spared['briefs']} more would have taken {spent_words(spared)}" if spared["briefs"] else ""
    return (
        f"{which}: no more briefs, since {given.check} refused every draw of {given.briefs} briefs{of}, such as "
        f"{quoted_draw(known)}{saved}. {what_to_do(prepared.settings.give_up)}"
    )


def unstored_lines(curator: Curator, prepared: Preparation) -> Iterator[str]:
    """What the memory lacks yet, if it failed or the run was cut short."""
    if curator.unstored:
        because = f" ({curator.fault})" if curator.fault else ""
        yield (
            f"colloquia: {curator.unstored} accepted samples are not in the memory yet{because}; "
            f"run python -m graphs.run out={prepared.out} to store them"
        )


def why_saturated(saturation: Saturation, records: Iterable[Record]) -> str:
    """Why a run is saturated, and what would help."""
    if not (named := axes_to_widen(records)):
        return f"{saturation}; give the scenario more values or another axis, or lower memory.min_distance in a new run"
    told = ", ".join(f"{axis} ({share:.0%})" for axis, share in named)
    return f"{saturation}; most share {told} with the sample they are too near to: give those axes more values"


def _who(models: Mapping[str, Model]) -> str:
    names = dict.fromkeys(f"{model.name} ({model.backend})" for model in models.values())
    return ", ".join(names) or "no model"
