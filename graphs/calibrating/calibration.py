"""Measures the judging roles of a finished run: plants defects, asks, and says what came out."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from agents.cast import Cast
from agents.checks.registry import run_checks
from agents.judging.standing import standing
from graphs.calibrating.against import ENOUGH
from graphs.calibrating.agreeing import agreement_of
from graphs.calibrating.asking import Panel, Probes, Ratings
from graphs.calibrating.figures import checks_worth, standings, worth_of
from graphs.calibrating.people import People, people_of
from graphs.calibrating.progress import Answers, shown
from graphs.calibrating.saving import save_standings, write_worth
from graphs.calibrating.table import headline, table
from graphs.calibrating.versions import Versions, sound_key, versions_of
from graphs.calibrating.worth import CalibrationReport, ChecksWorth, Drawn, RoleWorth
from graphs.campaign.belonging import misfit_of_brief, misfit_of_sample
from graphs.files.axes import as_run
from graphs.files.rundir import JOURNAL
from graphs.preparation import Preparation
from graphs.reviewing.log import read_reviews
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
    people: bool = True
    """What people said of the run's samples is used, if there is anything."""


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
        records = list(journal.records())
        accepted = [record.candidate for record in records if record.verdict is Verdict.ACCEPTED]
        if wanted.pairs and len(accepted) < 2:
            raise RunDirError(f"out={prepared.out}: has {len(accepted)} accepted samples; two or more are needed")
        people = people_of(read_reviews(prepared.out), records) if wanted.people else People()
        if not wanted.pairs and not people.samples():
            raise RunDirError(
                f"out={prepared.out}: nobody has reviewed a sample as it stands, so that pairs=0 leaves nothing to measure by; "
                "take pairs=60"
            )
        report = await _measured(prepared, loaded, journal, accepted[: wanted.pairs], people, wanted)
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
    prepared: Preparation, loaded: Loaded, journal: Journal, samples: list[Candidate], people: People, wanted: Wanted
) -> CalibrationReport:
    models, concurrency = prepared.models, prepared.settings.concurrency
    versions = versions_of(loaded, samples, wanted.pairs) if wanted.pairs else Versions((), ())
    gateway = journaled_gateway(
        journal, models.values(), prepared.weights, concurrency=concurrency, slots=concurrency, by_role=models
    )
    cast = Cast(loaded, gateway, models)
    checks = _checked(loaded, versions)
    if versions.planted:
        print(f"checks find {checks.found.hits} of {checks.found.of} planted defects")
    judging = judging_roles(loaded.scenario)
    roles = {role: kind for role, kind in judging.items() if not wanted.only or role in wanted.only}
    found, said = list[RoleWorth](), dict[str, Ratings]()
    counter = Answers(0)
    todo = duties(prepared.topology, loaded.scenario).values()
    panel = Panel(cast, versions, wanted.probes, counter.one, [duty for duty in todo if duty.debaters], people)
    decided = _deciding(cast, roles, asked_roles(prepared.topology, loaded.scenario))
    counter.expected = panel.expected(roles)
    try:
        async with shown(counter.line):
            for role, kind in roles.items():
                said[role] = await panel.ask(role, kind)
                row = worth_of(cast, role, kind, versions, said[role], people, decided=role in decided)
                print(headline(row) if row else f"{role}: nothing could be rated", flush=True)
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
        people=people.said,
        caveats=tuple(_caveats(cast, found, asked_roles(prepared.topology, loaded.scenario))),
        command=wanted.command,
    )


def _checked(loaded: Loaded, versions: Versions) -> ChecksWorth:
    """Which planted defects the pure checks notice."""

    def fails(candidate: Candidate) -> bool:
        return any(evidence.status is Status.FAIL for evidence in run_checks(loaded, candidate))

    sound = {sound_key(one): fails(one) for one in versions.sounds()}
    return checks_worth([(one, fails(one.flawed), sound[sound_key(one.sound)]) for one in versions.planted])


def _deciding(cast: Cast, roles: Iterable[str], asked: Collection[str]) -> list[str]:
    """The roles whose word decided in the run."""
    return [role for role in roles if role in asked and standing(cast.loaded, role, cast.models[role]).trusted]


def _caveats(cast: Cast, rows: list[RoleWorth], asked: Collection[str]) -> Iterator[str]:
    """What the figures do not say by themselves. `asked` are the roles that the run asked."""
    deciding = _deciding(cast, [row.role for row in rows], asked)
    if deciding and any(row.pairs for row in rows):
        yield (
            f"the sound versions were accepted by {', '.join(deciding)} in this run, so that how many of them are kept flatters "
            "those who ask the same again"
        )
    if deciding and any(row.people for row in rows):
        yield (
            f"people saw what {', '.join(deciding)} let through, so that what these roles find is what they missed before: it says "
            "less of them than planted defects do, which decide if there are any; review a run of topology=generate_only"
        )
    for row in rows:
        audit = next((one for one in row.people if one.drawn is Drawn.AUDIT), None)
        if audit and not audit.enough:
            yield (
                f"{row.role}: {audit.sound} sound and {audit.flawed} flawed samples were audited; from {ENOUGH} of each on people's "
                "verdicts decide whether its judgement counts"
            )
    for row in rows:
        if row.related:
            yield (
                f"{row.role} judges what {row.related} wrote, which it belongs to: a judge is likelier to pass its own failures; "
                f"roles.{row.role}.llm.model=… names another"
            )
        if row.without_odds:
            yield (
                f"{row.role}: its endpoint gave no odds of the tokens to use for {row.without_odds} of {row.asked} answers, so that "
                f"these scores are means of several answers; roles.{row.role}.scoring=samples asks so at once"
            )
        if row.unread:
            yield f"{row.role}: {row.unread} of {row.asked} answers could not be read"
