"""The step that keeps one of several candidates of a brief. A function of brief, settings and answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from agents.cast import Cast
from agents.checks.registry import run_checks
from agents.choosing.drawing import step_of
from agents.choosing.ranking import (
    after_round,
    answer_of,
    asks,
    evidence_of_choice,
    in_pairs,
    leaders,
    settled,
    unmet_by,
)
from agents.judging.pairs import PAIR_DECODING, prefer
from agents.judging.roles import hear, score_names
from agents.judging.standing import Standing, standing
from agents.together import together
from scenarios.errors import AnswerInvalid, CallFailed
from scenarios.records import Better, Candidate, Contender, Evidence, Failure, Match, Usage, add_usage
from scenarios.schema.roles import Duty, RoleKind
from scenarios.schema.styles import Style
from scenarios.schema.topology import ChosenBy, NodeKind

_UNREAD = "its answer could not be read"


async def choose(cast: Cast, candidate: Candidate, duty: Duty, final: bool = False) -> Candidate:
    """One of the drawn candidates, with how it was chosen, and with what all of them and the choice cost.

    The checks come first. If the role that is to choose among the best of them decides nothing, they alone choose. If its
    calls fail for good, so that nobody can say which is best, that is the failure of the sample. Raises RunStopped and
    UserError.
    """
    table = _Table(cast, candidate, duty)
    if table.to_ask and duty.by is ChosenBy.JUDGE:
        await table.score([one.number for one in leaders(table.standing)])
    elif table.to_ask:
        await table.compare([one.number for one in leaders(table.standing)])
    elif table.aside and duty.kind and leaders(table.standing):
        await table.score([leaders(table.standing)[0].number])
    return table.outcome()


class _Table:
    """The candidates of a brief while one of them is chosen."""

    def __init__(self, cast: Cast, before: Candidate, duty: Duty) -> None:
        assert duty.by is not None
        self._cast, self._before, self._duty, self._by = cast, before, duty, duty.by
        self._made = list(before.drawn)
        self._checked = [run_checks(cast.loaded, made, cast.judged) if made.whole else () for made in self._made]
        self.standing = [self._stands(number) for number in range(1, len(self._made) + 1)]
        self._matches: list[Match] = []
        self._usage = dict[str, Usage]()
        self._failure: Failure | None = None
        known = standing(cast.loaded, duty.role, cast.models[duty.role]) if duty.role else Standing(True, "")
        self.aside = "" if known.trusted else known.reason

    def _stands(self, number: int) -> Contender:
        made, loaded = self._made[number - 1], self._cast.loaded
        return Contender(
            number=number,
            step=step_of(NodeKind.GENERATE.value, number),
            unmet=unmet_by(self._checked[number - 1], loaded.scenario) if made.whole else None,
            answer=answer_of(made, self._duty.field, loaded) if made.whole and self._duty.field else "",
            given_up=made.given_up,
            failure=made.failure,
        )

    @property
    def to_ask(self) -> bool:
        """Whether there is something to choose for a role whose judgement counts."""
        best = leaders(self.standing)
        return (
            bool(best)
            and not self.aside
            and asks(self._by, self._checked[best[0].number - 1], self._cast.loaded.scenario)
        )

    async def score(self, numbers: Sequence[int]) -> None:
        """Ask the judging role about each of some candidates. Those that its calls fail stand behind the others."""
        for number, heard in zip(numbers, await together(self._heard(number) for number in numbers), strict=True):
            stood = self.standing[number - 1]
            if isinstance(heard, Failure):
                self.standing[number - 1] = stood.model_copy(update={"failure": heard})
                continue
            self._made[number - 1] = heard
            if not self.aside:
                names = score_names(self._cast.loaded, self._duty.role, RoleKind.JUDGE)
                scores = {criterion: heard.scores[name] for name, criterion in names.items() if name in heard.scores}
                self.standing[number - 1] = stood.model_copy(update={"scores": scores})

    async def _heard(self, number: int) -> Candidate | Failure:
        # A judge's calls about the first candidate are those of a judge step.
        usual = self._duty.role == RoleKind.JUDGE
        step = step_of(NodeKind.JUDGE.value if usual else self._duty.name, number)
        try:
            return await hear(self._cast, self._made[number - 1], self._duty, step)
        except CallFailed as error:
            self._spend(error)
            return self._failed(error)

    async def compare(self, numbers: Sequence[int]) -> None:
        """Let the candidates meet two and two, until one is left."""
        left = list(numbers)
        while len(left) > 1 and self._failure is None:
            met = await together(self._met(first, second) for first, second in in_pairs(left))
            self._matches += [match for match in met if match is not None]
            left = after_round(left, self._matches) if self._failure is None else left

    async def _met(self, first: int, second: int) -> Match | None:
        """What the role says of two candidates; None if its calls failed."""
        cast, name = self._cast, self._duty.role
        role = cast.loaded.scenario.roles[name]
        decoding = role.decoding.get(Style.CHAT, PAIR_DECODING)
        try:
            found = await prefer(
                cast.gateway, cast.models[name], cast.loaded, self._made[first - 1], self._made[second - 1],
                step=f"{self._duty.name}/{first}-{second}", role=name, sees=role.sees, repair=role.required,
                decoding=decoding.model_copy(update={"max_tokens": max(decoding.max_tokens, PAIR_DECODING.max_tokens)}),
            )  # fmt: skip
        except CallFailed as error:
            self._spend(error)
            if isinstance(error, AnswerInvalid) and not role.required:
                return Match(first=first, second=second, said=(Better.TIE, Better.TIE), words=(_UNREAD, _UNREAD))
            self._failure = self._failure or self._failed(error)
            return None
        self._usage = add_usage(self._usage, {name: found.usage})
        return Match(first=first, second=second, said=found.said, words=found.words)

    def _spend(self, error: CallFailed) -> None:
        if isinstance(error, AnswerInvalid) and error.usage is not None:
            self._usage = add_usage(self._usage, {self._duty.role: error.usage})

    def _failed(self, error: CallFailed) -> Failure:
        return Failure(stage=self._duty.name, reason=error.fault, detail=str(error))

    def outcome(self) -> Candidate:
        """The candidate that is kept, with the others behind it."""
        matches = [] if self._failure else self._matches
        found = settled(self._by, self.standing, self._cast.loaded.scenario, matches, self.aside)
        kept, stood = self._made[found.kept - 1], self.standing[found.kept - 1]
        failure = self._failure or stood.failure
        said = None if failure else evidence_of_choice(found, self._duty.least)
        others = tuple(
            one.model_copy(update=self._held(one.number, kept=one.number == found.kept)) for one in found.contenders
        )
        return kept.model_copy(
            update={
                "selection": found.model_copy(update={"contenders": others}),
                "evidence": (*self._before.evidence, *([said] if said else ()), *kept.evidence),
                "usage": reduce(
                    add_usage, (made.usage for made in self._made), add_usage(self._before.usage, self._usage)
                ),
                "failure": failure,
            }
        )

    def _held(self, number: int, *, kept: bool) -> dict[str, Any]:
        """All that a candidate held, or of the one that is kept only what it cost."""
        made = self._made[number - 1]
        if kept:
            return {"usage": made.usage}
        same = ("messages", "fields", "private_calls", "ending", "problems", "slips", "grades", "scene", "usage")
        evidence: tuple[Evidence, ...] = (*self._checked[number - 1], *made.evidence)
        return {name: getattr(made, name) for name in same} | {"evidence": evidence}
