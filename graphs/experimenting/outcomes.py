"""What an arm's samples are worth by exact checks: the same ones for every arm, whichever of them the arm itself took."""

from __future__ import annotations

from collections.abc import Iterable

from agents.checks.registry import run_checks
from agents.judging.standing import judged_by
from graphs.experimenting.arms import Arm
from graphs.files.axes import as_run
from graphs.sampling.topology import asked_roles
from graphs.tools.stored import stored_tools
from scenarios.loading import Loaded
from scenarios.records import Record, Status, Verdict
from scenarios.schema.roles import required_checks


class ExactChecks:
    """The scenario's required checks, taken of what every arm made.

    Checks that guess meaning stand aside for all arms if they do for one, so that none is held to more than another.
    """

    def __init__(self, arms: Iterable[Arm]) -> None:
        arms = list(arms)
        self._loaded = {arm.name: _as_made(arm) for arm in arms}
        self._judged = any(
            judged_by(
                arm.prepared.loaded,
                asked_roles(arm.prepared.topology, arm.prepared.loaded.scenario),
                arm.prepared.models,
            )
            for arm in arms
        )

    def loaded(self, arm: str) -> Loaded:
        """The scenario as an arm's run has it."""
        return self._loaded[arm]

    def fault(self, arm: str, record: Record) -> str | None:
        """Why a record is no good sample as far as it can be computed: the stage and reason of an arm that did not accept it,
        or the check that it fails. Empty if it is one; None if the machinery failed, so that nothing is known."""
        if record.verdict is Verdict.UNDECIDED:
            return None
        if record.verdict is Verdict.REJECTED:
            return f"{record.stage}: {record.reason}"
        loaded = self._loaded[arm]
        required = required_checks(loaded.scenario)
        found = run_checks(loaded, record.candidate, self._judged)
        failed = next((one for one in found if one.check in required and one.status is Status.FAIL), None)
        return f"verify: {failed.check}" if failed else ""


def _as_made(arm: Arm) -> Loaded:
    loaded = as_run(arm.prepared.loaded, arm.out)
    return loaded.model_copy(update={"tools": specs}) if (specs := stored_tools(arm.out)) else loaded
