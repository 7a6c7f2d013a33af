"""The evidence of a candidate, taken again: derived if it is a check's, else taken from the line and looked at in form."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cache, partial

from agents.checks.registry import ASIDE, run_checks
from agents.judging.lost import is_lost, is_spared
from agents.judging.panel import Vote, combined, member_malformed, vote_of
from agents.judging.roles import is_trusted, malformed, own_scores, score_names
from graphs.sampling.topology import walks
from graphs.verifying.choosing import choice_again, scores_of_kept
from graphs.verifying.differences import NOTHING, Mismatch, shown
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status
from scenarios.schema.roles import (
    JUDGING,
    Duty,
    RoleKind,
    deciding_names,
    judging_roles,
    member_name,
    members_by_evidence,
)
from scenarios.schema.topology import CHOICE, NodeKind, Topology

_NO_DRAW = "no draw passed: "
_WAYS = 1000
"""Ways through a topology that are looked at: each is one order in which problems were named."""


def evidence_again(loaded: Loaded, topology: Topology, made: Candidate, told: Sequence[Evidence]) -> EvidenceAgain:
    """The evidence of a candidate, step by step as its sample graph took it. Raises Mismatch.

    `made` is the candidate without its evidence, `told` what a line claims. Where problems led the sample back is not in the
    line: of several ways through the graph, one has to leave this evidence. If none does, the first tells what differs.
    """
    first: EvidenceAgain | Mismatch | None = None
    ways = dict.fromkeys(itertools.islice(walks(topology, loaded.scenario, made.revisions), _WAYS))
    dues = [(judged, cache(partial(run_checks, loaded, made, judged))) for judged in _judged(loaded, made, told)]
    # Runs of before asked every role; now those are spared whose answers can change nothing.
    for (judged, due), way, spares in itertools.product(dues, ways, (True, False)):
        try:
            again = EvidenceAgain(loaded, way, made, told, due, spares, judged)
        except Mismatch as why:
            first = first or why
        else:
            if list(map(_shown, again.found)) == list(map(_shown, told)):
                return again
            first = first or again
    assert first is not None, "there is a way through every topology"
    if isinstance(first, Mismatch):
        raise first
    return first


def _judged(loaded: Loaded, made: Candidate, told: Sequence[Evidence]) -> tuple[bool, ...]:
    """Whether a verifier's judgement counts, so that checks that guess meaning stood aside; both if it was spared and nothing
    tells. Raises Mismatch if they did and none counted."""
    kinds = judging_roles(loaded.scenario)
    counted = any(kinds.get(one.check) is RoleKind.VERIFIER and is_trusted(one) for one in told)
    aside = next((one for one in told if one.detail == ASIDE), None)
    silent = (
        made.whole
        and is_lost(told, loaded.scenario)
        and not any(kinds.get(one.check) is RoleKind.VERIFIER for one in told)
    )
    if aside and not counted and made.whole and not silent:
        raise Mismatch(f"evidence[{aside.check}]", "what it finds, since no verifier's judgement counted", ASIDE)
    judged = counted or aside is not None
    return (judged, True) if silent and not judged and RoleKind.VERIFIER in kinds.values() else (judged,)


def _shown(evidence: Evidence) -> tuple[str, int, Status, str]:
    """What every line holds of evidence."""
    return evidence.check, evidence.version, evidence.status, evidence.detail


class EvidenceAgain:
    """The evidence of a candidate on one way through its sample graph. Raises Mismatch.

    `due` gives what the checks find today, with a verifier's judgement that counts if `judged`; `spares` says that no role
    was asked of a sample that was rejected already.
    """

    def __init__(
        self,
        loaded: Loaded,
        way: Sequence[Duty],
        made: Candidate,
        told: Sequence[Evidence],
        due: Callable[[], Sequence[Evidence]],
        spares: bool,
        judged: bool = False,
    ) -> None:
        self._judged = judged
        self._loaded, self._made, self._due, self._spares = loaded, made, due, spares
        self._opinions = {*deciding_names(loaded.scenario), *members_by_evidence(loaded.scenario)}
        """The names of evidence that is no check's."""
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
        self._walk(way)

    def _walk(self, way: Sequence[Duty]) -> None:
        made, steps = self._made, [duty.step for duty in way]
        if (refined := steps.count(NodeKind.REFINE)) != made.revisions and not made.failure:
            raise Mismatch("revisions", str(refined), made.revisions)
        chosen = self._chosen(way)
        if made.given_up:
            way = way[: _up_to_last(steps, NodeKind.REFINE if made.revisions else NodeKind.GENERATE)]
        for place, duty in enumerate(way):
            if made.failure and not self._left:
                break
            final = NodeKind.REFINE not in steps[place + 1 :]
            later = [other for other in way[place + 1 :] if {*other.asked} & {*duty.asked}]
            if duty.step is NodeKind.CHOOSE:
                self._choice(duty, chosen, final, not later)
            if duty.step is NodeKind.VERIFY and duty.checks:
                self._checks(final)
            if duty.kind and duty.step is not NodeKind.CHOOSE and not self._spared(duty, final):
                stands = not later and (final or duty.kind is not RoleKind.CRITIC)
                if duty.members:
                    self._panel(duty, final, stands)
                else:
                    self._role(duty.role, duty.kind, final, stands)
        if made.failure:
            self.untold.append("machinery that failed")
        if made.given_up:
            self._no_draw()
        names = {
            name
            for duty in way
            if duty.kind
            for role in duty.asked
            for name in score_names(self._loaded, role, duty.kind)
        }
        if others := {name: score for name, score in made.scores.items() if name not in names}:
            raise Mismatch(
                "scores", "none, since no judge was asked" if not names else "those of who was asked", others
            )

    def _chosen(self, way: Sequence[Duty]) -> Evidence | None:
        """The evidence of the choice of one of several candidates; None if there was nothing to choose."""
        duty = next((duty for duty in way if duty.step is NodeKind.CHOOSE), None)
        if duty is None and self._made.selection:
            raise Mismatch("choice", "none, since one candidate is made of each brief", self._made.selection.kept)
        if duty is None or (self._made.failure and not self._made.selection):
            return None
        return choice_again(self._loaded, way[0], duty, self._made, self._left, self._due, self._judged)

    def _choice(self, duty: Duty, due: Evidence | None, final: bool, stands: bool) -> None:
        """What a choice left: its evidence, and that of a judge who chose."""
        made = self._made
        if due is None or (made.failure and not (self._left and self._left[0].check == CHOICE)):
            return
        if self._left and self._left[0].check == CHOICE:
            self._left.pop(0)
        self.derived.append(due)
        self._take(due)
        if made.selection and made.selection.matches:
            self.untold.append("what a role said of two candidates")
        if duty.kind is None:
            return
        scores = scores_of_kept(self._loaded, duty, made)
        if scores and final and stands and any(made.scores.get(name) != score for name, score in scores.items()):
            raise Mismatch("scores", f"those by which it was chosen, {shown(scores)}", made.scores)
        asked = made.selection is not None and not made.selection.contenders[made.selection.kept - 1].unmet
        if asked or (self._left and self._left[0].check == duty.role):
            self._role(duty.role, duty.kind, final, stands)

    def _spared(self, duty: Duty, final: bool) -> bool:
        """Whether a role was not asked, since the sample was rejected for good before."""
        if not self._spares or self._made.given_up:
            return False
        checked = self._due() if duty.kind is RoleKind.CRITIC and final else ()
        return is_spared(duty, (*self.found, *checked), self._loaded.scenario, final)

    def _checks(self, final: bool) -> None:
        """Every pure check. A version of the sample that a refine step replaced is not in the line: then what the line says."""
        for due in self._due():
            claimed = self._left.pop(0) if self._left and self._left[0].check not in self._opinions else None
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

    def _role(self, role: str, kind: RoleKind, final: bool, stands: bool) -> None:
        """What a judging role gave as evidence: what it said last, and a critic only if no refine step came after."""
        if not self._left or self._left[0].check != role or not (stands or self._made.failure):
            if not stands:
                return
            raise Mismatch("evidence", f"the {role}'s", self._left[0].check if self._left else NOTHING)
        claimed = self._left.pop(0)
        # The scores of a version that a refine step replaced are not in the line.
        comparable = final or not JUDGING[kind].scores
        if comparable and (due := malformed(self._loaded, claimed, self._made.scores)):
            raise Mismatch(f"evidence[{role}]", due, f"{claimed.status} (version {claimed.version}): {claimed.detail}")
        self.counted[role] = is_trusted(claimed)
        self.untold.append(f"the {role}'s words")
        self._take(claimed)

    def _panel(self, duty: Duty, final: bool, stands: bool) -> None:
        """What the members of a panel said, and what they come to, derived again from their words and scores."""
        first = member_name(duty.panel, duty.members[0])
        there = bool(self._left) and self._left[0].check == first
        if not stands and not (there and self._made.failure):
            return
        votes = list[Vote]()
        for role in duty.members:
            claimed, name = self._left.pop(0) if self._left else None, member_name(duty.panel, role)
            if claimed is None or claimed.check != name:
                raise Mismatch("evidence", f"the {role}'s", claimed.check if claimed else NOTHING)
            scores = own_scores(self._loaded, role, RoleKind.JUDGE, self._made.scores)
            scenario = self._loaded.scenario
            scoring = scenario.roles[role].scoring
            due = member_malformed(duty.panel, role, claimed, scores, scenario, scoring) if final else ""
            if due:
                raise Mismatch(
                    f"evidence[{name}]", due, f"{claimed.status} (version {claimed.version}): {claimed.detail}"
                )
            votes.append(vote_of(claimed, scores))
            self.counted[name] = votes[-1].trusted
            self.untold.append(f"the {role}'s words")
            self._take(claimed)
        claimed = self._left.pop(0) if self._left else None
        # Of a version that a refine step replaced, what the members gave is not in the line.
        if final or claimed is None:
            self._take(combined(duty.panel, duty.combine, votes, self._loaded.scenario))
            self.derived.append(self.found[-1])
        else:
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
