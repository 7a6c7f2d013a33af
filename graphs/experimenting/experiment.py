"""One experiment: its file, its arms held in turn, what they are worth, and the report with its page."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from graphs.experimenting.appraising import UNREAD, OutsideJudge, by_checks, by_people, unjudged
from graphs.experimenting.arms import Arm, arm_of, arms_of, held_equal
from graphs.experimenting.declaring import DECLARED, Declaration, declare, judge_told
from graphs.experimenting.equal_tokens import plan_of
from graphs.experimenting.figures import (
    Appraised,
    Declared,
    Measured,
    by_role,
    clustered_by,
    contrast_results,
    measure,
    results,
    sharing_of,
)
from graphs.experimenting.file import Contrast, Design, read_design
from graphs.experimenting.folders import Folders
from graphs.experimenting.holding import OUTSIDE, ArmRecords, budget_left, hold_arms, is_whole, records_of
from graphs.experimenting.outcomes import ExactChecks
from graphs.experimenting.report import ExperimentReport, Outcome
from graphs.experimenting.showing.beside import side_by_side
from graphs.experimenting.showing.telling import plan_lines, report_lines
from graphs.experimenting.worth import worth_of
from graphs.files.rundir import run_dir_faults, write_bytes, write_text
from graphs.running.watcher import Watcher
from graphs.settings.own import own_settings
from graphs.settings.schema import Switch
from memory.journal.reading import read_journal
from memory.journal.recovery import exists
from scenarios.errors import RunDirError, RunStopped, ScenarioError, SettingsError, UserError
from scenarios.schema.roles import judging_roles

REPORT, PAGE = "experiment.json", "experiment.html"


@dataclass(frozen=True)
class Experiment:
    """An experiment that can be held."""

    file: Path
    design: Design
    arms: tuple[Arm, ...]
    out: Path
    own: Mapping[str, Any]
    folders: Folders
    typed: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, file: Path, out: Path, typed: Mapping[str, Any], *, accepts: bool, words: Sequence[str] = ()
    ) -> Experiment:
        """The experiment of a file, checked: nothing is written or asked. Raises UserError."""
        design = read_design(file, typed, accepts)
        _check_out(out)
        own = own_settings()
        folders = Folders(out)
        try:
            arms = tuple(arms_of(design, out, own, folders))
        except SettingsError as error:
            raise SettingsError(f"{file}: {error}") from None
        return cls(file, design, arms, out, own, folders, tuple(words))

    def planned(self, tell: Callable[[str], None]) -> list[str]:
        """What so many briefs can show and what they will take, in lines; nobody is asked, and `tell` hears how far it is. Raises
        UserError."""
        from graphs.experimenting.dry import dry_costs

        return list(
            plan_lines(self.design, self.arms, self._measured_so_far(), dry_costs(self.design, self.arms, tell))
        )

    async def hold(self, watcher: Watcher) -> tuple[ExperimentReport, str]:
        """Hold what is left of it and write the report; returns the report, and what stopped it, or nothing. Raises UserError."""
        declared = declare(self.design, self.out)
        self.folders.write()
        arms, failed = self.arms, None
        try:
            stopped = await self._held(arms, watcher)
            if not stopped and (added := self._equal_tokens()):
                arms = (*self.arms, added)
                self.folders.write()
                stopped = await self._held(arms, watcher)
        except UserError as error:
            stopped, failed = "an error", error
        try:
            report, stopped = await self._report(arms, declared, stopped, watcher)
        except UserError as error:  # of the judge outside: what the arms made is shown
            failed = failed or error
            report, stopped = await self._report(arms, declared, "an error", watcher)
        self._write(report)
        if failed is not None:
            raise failed
        worthless = report.whole and all(arm.good.value is None for arm in report.arms)
        return report, "no value" if worthless and self.design.file.measured_by is not Outcome.PEOPLE else stopped

    async def _held(self, arms: Sequence[Arm], watcher: Watcher) -> str:
        return await hold_arms(self.design, arms, self.out, watcher, lambda line: watcher.say(f"colloquia: {line}"))

    def told(self, report: ExperimentReport) -> list[str]:
        """The report in lines, and where the page is."""
        return [*report_lines(report), f"page: {self.out / PAGE}"]

    def _contrasts(self, declared: Declaration, made: Sequence[ArmRecords]) -> list[Declared]:
        """The contrasts of today between arms that have made something, and which of them were declared before the first call. The
        arm of equal tokens is declared by the rule that adds it."""
        same = declared.outcome is self.design.file.measured_by and declared.judge == judge_told(self.design)
        kept = declared.contrasts if same else ()
        found = [Declared(one, one in kept) for one in self.design.contrasts]
        added = next((one.arm for one in made if one.arm.plan.added), None)
        if added is not None:
            dearest = max((one for one in made if one.arm is not added), key=_tokens)
            found.append(Declared(Contrast(base=added.name, other=dearest.arm.name), bool(kept)))
        there = {one.arm.name for one in made}
        return [one for one in found if {one.contrast.base, one.contrast.other} <= there]

    # -- the arm of equal tokens ----------------------------------------------------------------------------

    def _equal_tokens(self) -> Arm | None:
        """The arm of equal tokens; None if it is declined, if it would be one of the arms, or if the scenario has nobody to choose
        by. Raises UserError."""
        if self.design.file.equal_tokens is Switch.OFF:
            return None
        used = [(arm.plan, by_role(records_of(arm).records.values())) for arm in self.arms]
        judging = {
            role: kind for arm in self.arms for role, kind in judging_roles(arm.prepared.loaded.scenario).items()
        }
        plan = plan_of(used, judging, self.design.file.n)
        if plan is None:
            return None
        try:
            return arm_of(self.design, plan, self.folders, self.out, self.own)
        except ScenarioError:
            return None

    # -- the report -----------------------------------------------------------------------------------------

    def _measured_so_far(self) -> list[Measured]:
        """The arms that are there already, by exact checks alone."""
        there = [arm for arm in self.arms if is_whole(arm)]
        checks = ExactChecks(there)
        made = [records_of(arm) for arm in there]
        return [measure(one, by_checks(checks, one), self.design.file.cluster) for one in made]

    async def _report(
        self, arms: Sequence[Arm], declared: Declaration, stopped: str, watcher: Watcher
    ) -> tuple[ExperimentReport, str]:
        file = self.design.file
        checks = ExactChecks(arms)
        made = [one for one in map(records_of, arms) if one.records]
        pairs = [(one, by_checks(checks, one)) for one in made]
        compared: dict[Contrast, Appraised] | None = None
        caveats: list[str] = []
        contrasts = self._contrasts(declared, made)
        judge = ""
        if file.measured_by is Outcome.PEOPLE:
            worths, left = by_people(self.out, pairs)
            pairs = [(one, worth) for (one, _), worth in zip(pairs, worths, strict=True)]
            if left:
                caveats.append(
                    f"{left} samples wait for a person: python -m graphs.studio out={self.out}, Review, the queue audit"
                )
        elif file.judge and stopped:
            pairs, compared = _unjudged(pairs, contrasts)
        elif file.judge:
            watcher.say(f"colloquia: the judge outside reads what {len(pairs)} arms made")
            pairs, compared, judge, stopped = await self._judged(pairs, checks, contrasts, watcher)
        found = [measure(one, worth, file.cluster) for one, worth in pairs]
        scenario = arms[0].prepared.loaded.scenario
        added = bool(stopped) or any(arm.plan.added for arm in arms)  # as far as it can be said yet
        report = ExperimentReport(
            name=self.file.stem, question=file.question, scenario=scenario.name, outcome=file.measured_by, judge=judge,
            clustered=clustered_by(scenario, file.cluster), planned=file.n, whole=not stopped, stopped_by=stopped,
            arms=results(found, file.n), contrasts=contrast_results(found, contrasts, compared), apart=side_by_side(found, scenario),
            held=held_equal(arms), sharing=sharing_of(found), worth=worth_of(found),
            caveats=(*caveats, *_caveats(self.design, declared, found, added, self.out)),
            command=shlex.join(["python", "-m", "graphs.experiment", str(self.file), *self.typed]),
        )  # fmt: skip
        return report, stopped

    async def _judged(
        self,
        pairs: list[tuple[ArmRecords, Appraised]],
        checks: ExactChecks,
        contrasts: Sequence[Declared],
        watcher: Watcher,
    ) -> tuple[list[tuple[ArmRecords, Appraised]], dict[Contrast, Appraised] | None, str, str]:
        """The arms with what the judge outside says of them, what it said of each contrast, who it is, and what stopped it."""
        left = budget_left(self.design.file.budget, self.out, None)
        if left is None:
            return *_unjudged(pairs, contrasts), "", "budget"
        judge = OutsideJudge(self.design, self.out, left)
        async with judge.at_work(
            lambda done, asked: watcher.say(f"colloquia: the judge outside has answered {done} of {asked}")
        ):
            try:
                if self.design.file.measured_by is Outcome.JUDGE:
                    worths = await judge.scored(pairs, checks)
                    return (
                        [(one, worth) for (one, _), worth in zip(pairs, worths, strict=True)],
                        None,
                        judge.model.name,
                        "",
                    )
                known = {made.arm.name: (made, worth) for made, worth in pairs}
                said = {
                    one.contrast: await judge.compared(known[one.contrast.base], known[one.contrast.other], checks)
                    for one in contrasts
                }
                return pairs, said, judge.model.name, ""
            except RunStopped as stop:
                return *_unjudged(pairs, contrasts), judge.model.name, stop.stopped_by

    def _write(self, report: ExperimentReport) -> None:
        from graphs.experimenting.showing.page import page

        with run_dir_faults(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
            told = orjson.dumps(report.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            write_bytes(self.out / REPORT, told)
            write_text(self.out / PAGE, page(report))


def _check_out(out: Path) -> None:
    """Raise RunDirError if `out` is something else."""
    if out.exists() and not out.is_dir():
        raise RunDirError(f"out={out}: is a file; give a directory")
    if out.is_dir() and any(out.iterdir()) and not (out / DECLARED).is_file():
        raise RunDirError(f"out={out}: is not empty and holds no experiment; give an empty or a new directory")


def _unjudged(
    pairs: Sequence[tuple[ArmRecords, Appraised]], contrasts: Sequence[Declared]
) -> tuple[list[tuple[ArmRecords, Appraised]], dict[Contrast, Appraised]]:
    """The arms, and what is said of each contrast, as long as the judge outside has not read them all."""
    nothing = Appraised({}, {})
    return [(one, unjudged(worth)) for one, worth in pairs], {one.contrast: nothing for one in contrasts}


def _tokens(made: ArmRecords) -> float:
    """Tokens of an arm for each brief."""
    used = by_role(made.records.values())
    return sum(one.tokens for one in used.values()) / len(made.records)


def _caveats(design: Design, declared: Declaration, arms: Sequence[Measured], added: bool, out: Path) -> Iterator[str]:
    outcome = design.file.measured_by
    if outcome is not declared.outcome or judge_told(design) != declared.judge:
        before = f"{declared.outcome} {declared.judge}".strip()
        yield f"What counts as better was declared as {before}, and is another now: all contrasts are exploratory."
    if design.file.question != declared.question:
        yield f"The question was declared as: {declared.question}"
    if outcome is Outcome.CHECKS:
        yield "Exact checks say that nothing they can compute is wrong. They do not say how good a sample is."
    if lost := {one.arm.name: n for one in arms if (n := sum(trial.value is None for trial in one.trials))}:
        told = ", ".join(f"{name} {n}" for name, n in lost.items())
        yield f"Briefs without a value, since the machinery failed or nobody has looked: {told}. They count for no arm."
    if unread := sum(fault == UNREAD for one in arms for fault in one.worth.faults.values()):
        yield f"{unread} answers of the judge could not be read. To ask again, remove {OUTSIDE}, or name another judge."
    if exists(out / OUTSIDE):
        spent = read_journal(out / OUTSIDE, lambda reader: reader.spent())
        tokens = sum(used.tokens for used in spent.usage.values())
        yield f"The judge took {spent.requests} requests, {tokens:,} tokens and {spent.usd:.4f} USD, which count for no arm."
    if design.file.equal_tokens is Switch.ON and not added:
        yield "No arm of equal tokens was added: the dearest arm's tokens do not pay for two candidates, or nobody can choose one."
