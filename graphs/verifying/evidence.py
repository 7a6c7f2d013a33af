"""The evidence of a candidate, taken again: derived if it is a check's, else taken from the line and looked at in form."""

from __future__ import annotations

from collections.abc import Sequence

from agents.checks.registry import run_checks
from agents.opinions import OPINIONS, is_trusted, malformed
from graphs.sampling.topology import walked
from graphs.verifying.differences import NOTHING, Mismatch
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status
from scenarios.schema.scenario import NodeKind, Topology

_NO_DRAW = "no draw passed: "


class EvidenceAgain:
    """The evidence of a candidate, step by step as its sample graph took it. Raises Mismatch.

    `made` is the candidate without its evidence, `told` what a line claims.
    """

    def __init__(self, loaded: Loaded, topology: Topology, made: Candidate, told: Sequence[Evidence]) -> None:
        self._loaded, self._topology, self._made = loaded, topology, made
        self._left = list(told)
        self.found: list[Evidence] = []
        """What has to be there."""
        self.today: list[Evidence] = []
        """The same, with what today's versions of the checks find."""
        self.underived: list[tuple[Evidence, Evidence]] = []
        """Evidence that could not be derived, with what today's check finds."""
        self.derived: list[Evidence] = []
        """What was derived and has to be there."""
        self.counted: dict[str, bool] = {}
        """Judging role → whether its judgement counted."""
        self.untold: list[str] = []
        """What could not be derived."""
        self._walk()

    def _walk(self) -> None:
        made, scenario = self._made, self._loaded.scenario
        steps = walked(self._topology, scenario, made.revisions)
        if (refined := steps.count(NodeKind.REFINE)) != made.revisions and not made.failure:
            raise Mismatch("revisions", str(refined), made.revisions)
        if made.given_up:
            steps = steps[: _up_to_last(steps, NodeKind.REFINE if made.revisions else NodeKind.GENERATE)]
        for place, kind in enumerate(steps):
            if made.failure and not self._left:
                break
            self._step(kind, final=NodeKind.REFINE not in steps[place + 1 :])
        if made.failure:
            self.untold.append("machinery that failed")
        if made.given_up:
            self._no_draw()
        if made.scores and NodeKind.JUDGE not in steps:
            raise Mismatch("scores", "none, since no judge was asked", made.scores)

    def _step(self, kind: NodeKind, final: bool) -> None:
        scenario = self._loaded.scenario
        if kind is NodeKind.CRITIQUE and "critic" in scenario.roles:
            self._critic()
        elif kind is NodeKind.VERIFY:
            self._checks(final)
            if any(plan.name == "verifier" for plan in scenario.checks):
                self._opinion("verifier")
        elif kind is NodeKind.JUDGE:
            self._opinion("judge")

    def _checks(self, final: bool) -> None:
        """Every pure check. A version of the sample that a refine step replaced is not in the line: then what the line says."""
        for due in run_checks(self._loaded, self._made):
            claimed = self._left.pop(0) if self._left and self._left[0].check not in OPINIONS else None
            if not final:
                self._take(claimed or due)
                self.untold.append("evidence of versions that a refine step replaced")
            elif claimed and claimed.check == due.check and _cannot_be_compared(claimed, due):
                if claimed.version < 1:
                    raise Mismatch(f"evidence[{claimed.check}].version", str(due.version), claimed.version)
                self.underived.append((claimed, due))
                self._take(claimed, due)
            else:
                self.derived.append(due)
                self._take(due)

    def _take(self, evidence: Evidence, today: Evidence | None = None) -> None:
        self.found.append(evidence)
        self.today.append(today or evidence)

    def _critic(self) -> None:
        """A critic whose judgement counts names problems and gives no evidence."""
        if self._left and self._left[0].check == "critic":
            self._opinion("critic")
        else:
            self.counted["critic"] = True

    def _opinion(self, role: str) -> None:
        """What a judging role gave as evidence."""
        if not self._left or self._left[0].check != role:
            raise Mismatch("evidence", f"the {role}'s", self._left[0].check if self._left else NOTHING)
        claimed = self._left.pop(0)
        if due := malformed(self._loaded, claimed, self._made.scores):
            raise Mismatch(f"evidence[{role}]", due, f"{claimed.status} (version {claimed.version}): {claimed.detail}")
        self.counted[role] = is_trusted(claimed)
        self.untold.append(f"the {role}'s words")
        self._take(claimed)

    def _no_draw(self) -> None:
        """The guard that no draw passed. The draws are not in the line."""
        last, guard = self._left.pop(0) if self._left else None, self._made.given_up
        if last is None or (last.check, last.status) != (guard, Status.FAIL) or not last.detail.startswith(_NO_DRAW):
            raise Mismatch("evidence", f"a FAIL of {guard}: {_NO_DRAW}…", last.check if last else NOTHING)
        self.untold.append("draws that a guard rejected")
        self._take(last)


def _cannot_be_compared(claimed: Evidence, due: Evidence) -> bool:
    """Another version may find something else; and a check that failed to run, here or there, says nothing."""
    failed = (claimed.status is Status.ERROR) is not (due.status is Status.ERROR)
    return claimed.version != due.version or failed


def _up_to_last(steps: Sequence[NodeKind], kind: NodeKind) -> int:
    """How many steps there are up to the last one of a kind."""
    return max((place + 1 for place, step in enumerate(steps) if step is kind), default=0)
