"""One comparison: its datasets read and paired, preferences asked for, all of it measured, and the report with its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import orjson

from agents.judging.pairs import Preference
from agents.models.calls import Model
from evaluation.speech.shape import form_differences
from evaluation.verdicts.bradley_terry import Comparison, Ranking, ranked
from evaluation.verdicts.preferring import LENGTH, preferred
from graphs.comparing.datasets import Dataset
from graphs.comparing.examples import examples_of
from graphs.comparing.judging import JUDGE, JUDGED, Judged, PairQuestion, forecast, judged, verdict_on
from graphs.comparing.measuring import Measures
from graphs.comparing.pairing import PairedBy, Pairing, PiecePair, paired_up
from graphs.comparing.people import said_by_people, write_pairs
from graphs.comparing.report import ComparisonReport, DatasetTold, PreferredBy, TwoTold
from graphs.comparing.settings import CompareSettings
from graphs.files.rundir import is_run, owning, run_dir_faults, write_bytes, write_text
from graphs.reviewing.log import REVIEWS
from graphs.reviewing.pairs import PAIRS
from graphs.running.outside import OutsideModel
from graphs.settings.models import model_alone
from memory.journal.reading import read_journal
from memory.journal.recovery import exists
from scenarios.errors import RunDirError, RunStopped, ScenarioError, SettingsError
from scenarios.schema.styles import Style

REPORT, PAGE = "comparison.json", "comparison.html"
_OURS = (REPORT, PAGE, JUDGED, PAIRS, REVIEWS)
Say = Callable[[str], None]


@dataclass
class Verdicts:
    """What was said of the pairs of every two datasets, in their order."""

    by_two: list[list[Judged | None]]
    stopped: str = ""
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    asked: bool = field(default=False)


@dataclass(frozen=True)
class CompareJob:
    """A comparison that can be held."""

    datasets: tuple[Dataset, ...]
    reference: Dataset | None
    settings: CompareSettings
    out: Path
    command: str
    pairings: tuple[Pairing, ...]
    question: PairQuestion
    model: Model | None

    @classmethod
    def of(
        cls, datasets: Sequence[Dataset], reference: Dataset | None, settings: CompareSettings, out: Path, command: str
    ) -> CompareJob:
        """The comparison of these, checked: nothing is written or asked. Raises UserError."""
        _check_out(out)
        model = None
        if settings.preferred_by is PreferredBy.JUDGE:
            model, _ = model_alone(settings.llm)
            if model.style is Style.TRANSCRIPT:
                raise SettingsError(f"llm: {model.name} is a base model, which cannot judge; name an instruct model")
        pairings = tuple(_pairing(left, right, settings) for left, right in combinations(datasets, 2))
        return cls(tuple(datasets), reference, settings, out, command, pairings, _question(datasets, settings), model)

    @property
    def _asked(self) -> list[tuple[PiecePair, PairedBy]]:
        return [(pair, pairing.by) for pairing in self.pairings for pair in pairing.pairs]

    def planned(self) -> list[str]:
        """Pairs, calls and price, in lines; nobody is asked."""
        from graphs.comparing.telling import plan_lines

        cost = forecast(self.question, self._asked, self.model) if self.model else None
        return list(plan_lines(self.pairings, self.settings.preferred_by, cost))

    async def hold(self, say: Say) -> tuple[ComparisonReport, str]:
        """Ask for what is not known yet, measure, and write the report; returns it, and what stopped it, or nothing. Raises
        UserError."""
        with run_dir_faults(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        with owning(self.out):
            verdicts = await self._verdicts(say)
            report = self._report(verdicts, say)
            self._write(report)
        return report, verdicts.stopped

    async def _verdicts(self, say: Say) -> Verdicts:
        match self.settings.preferred_by:
            case PreferredBy.JUDGE:
                return await self._judge(say)
            case PreferredBy.PEOPLE:
                write_pairs(self.out, [pair for pair, _ in self._asked])
                return Verdicts([said_by_people(self.out, pairing.pairs) for pairing in self.pairings])
            case PreferredBy.NONE:
                return Verdicts([[None] * len(pairing.pairs) for pairing in self.pairings])

    async def _judge(self, say: Say) -> Verdicts:
        found: dict[str, Preference | None] = {}
        stopped = ""
        judge = OutsideModel(
            self.out / JUDGED, self.settings.llm, JUDGE, self.settings.budget, self.settings.concurrency
        )
        async with judge.at_work(lambda done, asked: say(f"the judge has answered {done:,} of {asked:,} pairs")):
            try:
                await judged(judge, self.question, self._asked, found)
            except RunStopped as stop:
                stopped = stop.stopped_by
        spent = read_journal(self.out / JUDGED, lambda reader: reader.spent()) if exists(self.out / JUDGED) else None
        return Verdicts(
            [[verdict_on(pair, one.by, found) for pair in one.pairs] for one in self.pairings], stopped,
            spent.requests if spent else 0, sum(used.tokens for used in spent.usage.values()) if spent else 0,
            spent.usd if spent else 0.0, asked=True,
        )  # fmt: skip

    # -- the report -----------------------------------------------------------------------------------------

    def _report(self, verdicts: Verdicts, say: Say) -> ComparisonReport:
        measures = Measures(self.datasets, self.reference, self.settings.options)
        metrics = measures.metrics(say)
        by = self.settings.preferred_by
        comparisons = [
            list(comparisons_of(pairing, said)) for pairing, said in zip(self.pairings, verdicts.by_two, strict=True)
        ]
        every = [one for each in comparisons for one in each]
        two = tuple(
            TwoTold(
                left=pairing.left.name, right=pairing.right.name, by=pairing.by, pairs=len(pairing.pairs), possible=pairing.possible,
                waiting=sum(one is None for one in said) if by is not PreferredBy.NONE else 0,
                equal=len(pairing.left.contents & pairing.right.contents), flips=_flips(pairing, said) if verdicts.asked else None,
                preferred=preferred(found, pairing.left.name, pairing.right.name, self.settings.seed) if found else None,
                shape=measures.effects(pairing.left.name, pairing.right.name),
                metrics=metrics.get((pairing.left.name, pairing.right.name)),
            )
            for pairing, said, found in zip(self.pairings, verdicts.by_two, comparisons, strict=True)
        )  # fmt: skip
        ranking, at_equal = self._rankings(every)
        report = ComparisonReport(
            by=by, judge=self.model.name if self.model else "", about=self.question.about, criteria=dict(self.question.criteria),
            whole=not verdicts.stopped, stopped_by=verdicts.stopped,
            datasets=tuple(
                DatasetTold(name=one.name, path=str(one.path), samples=len(one.pieces), shape=measures.means(one.name))
                for one in self.datasets
            ),
            two=two, ranking=ranking, ranking_at_equal_length=at_equal, examples=examples_of(self.pairings, verdicts.by_two),
            reference=str(self.reference.path) if self.reference else "",
            reference_samples=len(self.reference.pieces) if self.reference else 0, likeness=measures.likeness(),
            calls=verdicts.calls, tokens=verdicts.tokens, usd=verdicts.usd, caveats=(), command=self.command,
        )  # fmt: skip
        return report.model_copy(update={"caveats": tuple(_caveats(report, self.out))})

    def _rankings(self, every: Sequence[Comparison]) -> tuple[Ranking | None, Ranking | None]:
        """Of three datasets and more that were all compared."""
        if len(self.datasets) < 3 or {name for one in every for name in (one.left, one.right)} != {
            one.name for one in self.datasets
        }:
            return None, None
        plain = [one.model_copy(update={"covariates": {}}) for one in every]
        held = [one.model_copy(update={"covariates": {LENGTH: one.covariates[LENGTH]}}) for one in every]
        try:
            return ranked(plain, seed=self.settings.seed), ranked(held, seed=self.settings.seed)
        except ValueError:  # so far some were only compared with each other
            return None, None

    def _write(self, report: ComparisonReport) -> None:
        from graphs.comparing.page import comparison_page

        with run_dir_faults(self.out):
            told = orjson.dumps(report.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            write_bytes(self.out / REPORT, told)
            write_text(self.out / PAGE, comparison_page(report))


def comparisons_of(pairing: Pairing, said: Sequence[Judged | None]) -> Iterator[Comparison]:
    """What was said of a pairing's pairs, with what their two samples differ by in form."""
    for pair, one in zip(pairing.pairs, said, strict=True):
        if one is not None:
            yield Comparison(
                brief=pair.cluster, left=pairing.left.name, right=pairing.right.name, share=one.share,
                covariates=form_differences(pair.left.turns, pair.right.turns),
            )  # fmt: skip


def _flips(pairing: Pairing, said: Sequence[Judged | None]) -> float | None:
    told = [
        one.flipped
        for pair, one in zip(pairing.pairs, said, strict=True)
        if one is not None and pair.left.id != pair.right.id
    ]
    return sum(told) / len(told) if told else None


def _pairing(left: Dataset, right: Dataset, settings: CompareSettings) -> Pairing:
    """The pairs of two datasets; none of two that hold the same samples, or if nobody says which is better."""
    if left.contents == right.contents or settings.preferred_by is PreferredBy.NONE:
        found = paired_up(left, right, 0, settings.seed)
        return Pairing(left, right, found.by, (), found.possible)
    return paired_up(left, right, settings.pairs, settings.seed)


def _question(datasets: Sequence[Dataset], settings: CompareSettings) -> PairQuestion:
    """What the datasets are about, and what counts: as their scenarios say, if all that have one agree."""
    abouts, rubrics = list[str](), list[Mapping[str, str]]()
    for one in datasets:
        if one.path.is_dir() and is_run(one.path):
            from graphs.preparation import scenario_of_run  # it loads all that a run needs

            try:
                scenario = scenario_of_run(one.path).scenario
            except ScenarioError:  # it is there no more, or has another shape: then nothing is known of it
                continue
            abouts.append(scenario.description)
            rubrics.append(scenario.rubric)
    about = settings.about or (abouts[0] if abouts and all(one == abouts[0] for one in abouts) else "")
    return PairQuestion.of(about, rubrics[0] if rubrics and all(one == rubrics[0] for one in rubrics) else {})


def _caveats(report: ComparisonReport, out: Path) -> Iterator[str]:
    for two in report.two:
        name, other = two.left, two.right
        sizes = {one.name: one.samples for one in report.datasets}
        if two.equal and two.equal >= max(sizes[name], sizes[other]):
            yield f"{name} and {other} hold the same samples, word for word: there is nothing to compare."
        elif two.equal:
            yield f"{two.equal} samples are in {name} and in {other}, word for word."
        if two.waiting:
            if report.by is PreferredBy.PEOPLE:
                yield f"{two.waiting} pairs of {name} and {other} wait for a person: python -m graphs.studio out={out}, Review, the queue pairs"
            else:
                yield f"{two.waiting} pairs of {name} and {other} have no answer that can be read. They count for neither."
        if two.pairs and two.by in {PairedBy.CELL, PairedBy.RANDOM}:
            yield f"{name} and {other} have no briefs in common, so that a pair's two samples tell of different cases: more pairs are needed."
    if report.usd == 0 and report.tokens:
        yield "No price was given for the judge: write llm.price.prompt= and llm.price.completion=."


def _check_out(out: Path) -> None:
    """Raise RunDirError if `out` is something else."""
    if out.exists() and not out.is_dir():
        raise RunDirError(f"out={out}: is a file; give a directory")
    if out.is_dir() and (is_run(out) or (any(out.iterdir()) and not any((out / name).exists() for name in _OURS))):
        raise RunDirError(f"out={out}: is not empty and holds no comparison; give an empty or a new directory")
