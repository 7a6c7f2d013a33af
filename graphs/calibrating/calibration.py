"""Measures the judging roles of a finished run: plants defects, asks, and says what came out."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial

from agents.cast import Cast
from agents.checks.registry import run_checks
from agents.judging.standing import standing
from graphs.calibrating.agreeing import agreement_of
from graphs.calibrating.asking import Panel, Probes, Ratings
from graphs.calibrating.figures import checks_worth, standings, worth_of
from graphs.calibrating.progress import Answers, shown
from graphs.calibrating.saving import save_standings, write_worth
from graphs.calibrating.table import headline, table
from graphs.calibrating.versions import Versions, sound_key, versions_of
from graphs.calibrating.worth import CalibrationReport, ChecksWorth, RoleWorth
from graphs.campaign.belonging import misfit_of_brief, misfit_of_sample
from graphs.files.axes import as_run
from graphs.files.rundir import JOURNAL
from graphs.preparation import Preparation
from graphs.running.gateway import journaled_gateway
from graphs.sampling.topology import asked_roles, duties
from memory.journal.journal import Journal
from scenarios.errors import RunDirError, SettingsError, nearest
from scenarios.loading import Loaded
from scenarios.records import Candidate, Status, Verdict
from scenarios.schema.roles import judging_roles


@dataclass(frozen=True)
class Wanted:
    """What a calibration shall do."""

    pairs: int
    save: bool
    probes: Probes
    command: str
    """What measures it again."""
    only: tuple[str, ...] = ()
    """The roles to measure; all that judge if it is empty."""


async def calibrate(prepared: Preparation, wanted: Wanted) -> CalibrationReport:
    """Measure the roles of a run, print what came out and keep it. What the journal has is not paid for again.

    Raises RunDirError if the run has fewer than two accepted samples, SettingsError if a role that is wanted does not judge, and as
    Gateway.ask.
    """
    loaded = as_run(prepared.loaded, prepared.out)
    _check_only(loaded, wanted)
    journal = Journal(prepared.out / JOURNAL)
    if journal.notice:
        print(f"colloquia: {journal.notice}", file=sys.stderr)
    try:
        journal.hold_to(partial(misfit_of_brief, loaded), partial(misfit_of_sample, loaded))
        accepted = [record.candidate for record in journal.records() if record.verdict is Verdict.ACCEPTED]
        if len(accepted) < 2:
            raise RunDirError(f"out={prepared.out}: has {len(accepted)} accepted samples; two or more are needed")
        report = await _measured(prepared, loaded, journal, accepted[: wanted.pairs], wanted)
    finally:
        journal.close()
    for line in table(report):
        print(line)
    print(f"\nkept in {write_worth(prepared.out, report)}")
    if wanted.save:
        print(f"saved to {save_standings(prepared.loaded.file, standings(report.roles))}")
    return report


def _check_only(loaded: Loaded, wanted: Wanted) -> None:
    judging = judging_roles(loaded.scenario)
    if unknown := next((role for role in wanted.only if role not in judging), ""):
        raise SettingsError(
            f"only={unknown}: no such role judges{nearest(unknown, judging)}; those that do: {', '.join(judging)}"
        )


async def _measured(
    prepared: Preparation, loaded: Loaded, journal: Journal, samples: list[Candidate], wanted: Wanted
) -> CalibrationReport:
    models, concurrency = prepared.models, prepared.settings.concurrency
    versions = versions_of(loaded, samples, wanted.pairs)
    gateway = journaled_gateway(
        journal, models.values(), prepared.weights, concurrency=concurrency, slots=concurrency, by_role=models
    )
    cast = Cast(loaded, gateway, models)
    checks = _checked(loaded, versions)
    print(f"checks find {checks.found.hits} of {checks.found.of} planted defects")
    judging = judging_roles(loaded.scenario)
    roles = {role: kind for role, kind in judging.items() if not wanted.only or role in wanted.only}
    found, said = list[RoleWorth](), dict[str, Ratings]()
    counter = Answers(0)
    todo = duties(prepared.topology, loaded.scenario).values()
    panel = Panel(cast, versions, wanted.probes, counter.one, [duty for duty in todo if duty.debaters])
    counter.expected = panel.expected(roles)
    try:
        async with shown(counter.line):
            for role, kind in roles.items():
                said[role] = await panel.ask(role, kind)
                row = worth_of(cast, role, kind, versions, said[role])
                print(headline(row) if row else f"{role}: no pair could be rated", flush=True)
                found += [row] if row else []
    finally:
        await gateway.close()
    return CalibrationReport(
        scenario=loaded.scenario.name,
        samples=len(samples),
        planted=versions.counted(),
        passed_over=versions.passed_over,
        checks=checks,
        roles=tuple(found),
        agreement=agreement_of(said),
        caveats=tuple(_caveats(cast, found, asked_roles(prepared.topology, loaded.scenario))),
        command=wanted.command,
    )


def _checked(loaded: Loaded, versions: Versions) -> ChecksWorth:
    """Which planted defects the pure checks notice."""

    def fails(candidate: Candidate) -> bool:
        return any(evidence.status is Status.FAIL for evidence in run_checks(loaded, candidate))

    sound = {sound_key(one): fails(one) for one in versions.sounds()}
    return checks_worth([(one, fails(one.flawed), sound[sound_key(one.sound)]) for one in versions.planted])


def _caveats(cast: Cast, rows: list[RoleWorth], asked: Collection[str]) -> Iterator[str]:
    """What the figures do not say by themselves. `asked` are the roles that the run asked."""
    known = {row.role: standing(cast.loaded, row.role, cast.models[row.role]).trusted for row in rows}
    deciding = [role for role, trusted in known.items() if trusted and role in asked]
    if deciding:
        yield (
            f"the sound versions were accepted by {', '.join(deciding)} in this run, so that how many of them are kept flatters "
            "those who ask the same again"
        )
    for row in rows:
        if row.related:
            yield (
                f"{row.role} judges what {row.related} wrote, which it belongs to: a judge is likelier to pass its own failures; "
                f"roles.{row.role}.llm.model=… names another"
            )
        if row.unread:
            yield f"{row.role}: {row.unread} of {row.asked} answers could not be read"
