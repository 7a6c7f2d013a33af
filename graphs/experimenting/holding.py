"""An experiment is held: arm after arm, each a session of its own; calls that an earlier arm made are taken over from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.models.limits.ledger import Budget
from graphs.campaign.graph import SAMPLES, TARGET
from graphs.experimenting.arms import Arm
from graphs.experimenting.file import Design
from graphs.experimenting.folders import ARMS
from graphs.files.axes import read_axes
from graphs.files.rundir import JOURNAL, open_run, owning
from graphs.running.session import hold_session
from graphs.running.watcher import Watcher
from memory.journal.reading import read_journal
from memory.journal.recovery import exists
from scenarios.errors import DatasetError, SettingsError
from scenarios.records import Brief, Record

_WHOLE = (TARGET, SAMPLES)
OUTSIDE = "outside.sqlite"
"""The journal of the judge outside the arms."""


@dataclass(frozen=True)
class ArmRecords:
    """What an arm made: its records by brief."""

    arm: Arm
    records: dict[str, Record]


async def hold_arms(
    design: Design, arms: Sequence[Arm], out: Path, watcher: Watcher, tell: Callable[[str], None]
) -> str:
    """Hold a session of each arm in turn; returns what stopped it, or nothing if every arm has every brief. Raises UserError."""
    for place, arm in enumerate(arms):
        if is_whole(arm):
            check_as_begun(arm)
            continue
        left = budget_left(design.file.budget, out, arm)
        if left is None:
            return "budget"
        tell(f"arm {place + 1} of {len(arms)}: {arm.name}")
        _give_memory(design, arm)
        others = tuple(path for path in journals(out) if path != arm.out / JOURNAL)
        prepared = replace(
            arm.prepared,
            settings=arm.prepared.settings.model_copy(update={"budget": left}),
            others=others,
            axes=read_axes(arms[0].out) if place and arm.prepared.loaded.scenario.ideated else None,
        )
        finished = await hold_session(prepared, watcher)
        if finished.stopped_by not in _WHOLE:
            return finished.stopped_by
        if place:
            check_same_briefs(arms[0], arm)
    return ""


def budget_left(budget: Budget, out: Path, arm: Arm | None) -> Budget | None:
    """What an arm may spend over all its sessions: the experiment's budget without what the others spent. None if nothing is
    left. Without an arm: what the judge outside may spend."""
    own = arm.out / JOURNAL if arm is not None else out / OUTSIDE
    paths = [path for path in (*journals(out), out / OUTSIDE) if path != own and exists(path)]
    spent = [read_journal(path, lambda reader: reader.spent()) for path in paths]
    tokens = sum(one.lost_tokens + sum(used.tokens for used in one.usage.values()) for one in spent)
    left = Budget(
        calls=None, tokens=None, usd=None, samples=arm.prepared.settings.budget.samples if arm else None
    ).model_dump()
    for key, used in (
        ("calls", sum(one.requests for one in spent)),
        ("tokens", tokens),
        ("usd", sum(one.usd + one.lost_usd for one in spent)),
    ):
        most = getattr(budget, key)
        if most is not None and most - used <= 0:
            return None
        left[key] = None if most is None else most - used
    return Budget.model_validate(left)


def journals(out: Path) -> list[Path]:
    """The journals of all arms that the experiment in `out` ever had, also of such as its file names no more."""
    return [path for home in sorted((out / ARMS).glob("*")) if exists(path := home / JOURNAL)]


def check_as_begun(arm: Arm) -> None:
    """Raise RunDirError if what decides the outcome of an arm's run is not what it was made by."""
    with owning(arm.out):
        open_run(arm.out, arm.prepared.stored(), arm.prepared.bound(), lambda line: None)[0].close()


def _give_memory(design: Design, arm: Arm) -> None:
    """Begin the arm's memory as a copy of the one that the file names."""
    source, path = design.file.remembers, Path(arm.prepared.settings.memory.path)
    if not source or path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, path)
    except OSError as error:
        raise SettingsError(f"remembers={source}: cannot be copied ({error.strerror})") from None


def is_whole(arm: Arm) -> bool:
    """Whether an arm has a final record of every brief."""
    path = arm.out / JOURNAL
    return exists(path) and read_journal(path, lambda reader: reader.final()) >= arm.prepared.settings.n


def records_of(arm: Arm) -> ArmRecords:
    """The final records of an arm, by brief."""
    path = arm.out / JOURNAL
    found = read_journal(path, lambda reader: list(reader.records())) if exists(path) else []
    return ArmRecords(arm, {record.candidate.brief.id: record for record in found if record.final})


def check_same_briefs(first: Arm, other: Arm) -> None:
    """Raise DatasetError unless two arms have the same briefs: then nothing could be paired."""
    left, right = (_briefs(records_of(arm)) for arm in (first, other))
    odd = next((id_ for id_ in left if id_ in right and left[id_] != right[id_]), "")
    if odd or not left.keys() & right.keys():
        raise DatasetError(
            f"the arms '{first.name}' and '{other.name}' have other briefs ({odd or 'none is the same'}), so that they cannot be "
            "compared brief by brief: let no arm change the scenario's axes, facts or material"
        )


def _briefs(made: ArmRecords) -> dict[str, object]:
    """What makes a brief the same one: its cell, facts and seed."""

    def same(brief: Brief) -> object:
        return brief.seed, brief.cell, brief.facts, brief.passages

    return {id_: same(record.candidate.brief) for id_, record in made.records.items()}
