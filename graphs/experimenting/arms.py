"""The arms of a design as runs that can be held: each with a directory of its own, over the same briefs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphs.experimenting.file import ArmPlan, Design, MemoryUse
from graphs.experimenting.folders import ARMS, Folders
from graphs.preparation import Preparation, prepare
from graphs.settings.layers import over
from graphs.settings.models import model_of
from graphs.settings.schema import Llm, flat
from scenarios.errors import SettingsError, UserError, nearest

_MEMORY = "memory"
_SCOPE = "experiment"
_NAMED = ("topology", "llm.model")
"""Keys that name what the topology and the models are compared by."""
_OURS = ("memory.scope", "round_size", "lookahead", "planner", "steering")
"""Keys that the experiment sets itself."""
_TOLD = {"scenario file": "scenario, by its content"}
_UNLIKELY = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Arm:
    """An arm as a run."""

    plan: ArmPlan
    prepared: Preparation

    @property
    def name(self) -> str:
        """The arm's name."""
        return self.plan.name

    @property
    def out(self) -> Path:
        """The arm's run directory."""
        return self.prepared.out


def arms_of(design: Design, out: Path, own: Mapping[str, Any], folders: Folders) -> list[Arm]:
    """The arms of a design, prepared: nothing is written or asked. `own` is the user's settings file, `folders` says where they are.

    Raises UserError, in a line that names the arm: a setting that its scenario does not take, a judge who sits in an arm.
    """
    arms = [arm_of(design, plan, folders, out, own) for plan in design.arms]
    _check_cluster(design, arms[0])
    if design.file.remembers and not Path(design.file.remembers).is_dir():
        raise SettingsError(f"remembers={design.file.remembers}: is no directory of a memory")
    _check_judge(design, arms)
    _check_apart(arms)
    return arms


def arm_of(design: Design, plan: ArmPlan, folders: Folders, out: Path, own: Mapping[str, Any]) -> Arm:
    """One arm, prepared. Raises UserError."""
    file = design.file
    home = out / ARMS / folders.of(plan, slug(plan.name))
    fixed = {
        "scenario": file.scenario, "out": str(home), "n": file.n, "seed": file.seed, "round_size": file.n, "lookahead": 0,
        "patience": 2, "give_up": 0, "saturation": {"window": 0}, "planner": "coverage", "steering": "off",
        "budget": {"samples": file.n},
        "memory": {
            "path": str(out / _MEMORY / home.name), "scope": _SCOPE, "frozen": "on" if file.memory is MemoryUse.FROZEN else "off",
        },
    }  # fmt: skip
    try:
        return Arm(plan, prepare(over(plan.settings, fixed), own))
    except UserError as error:
        raise type(error)(f"arm '{plan.name}': {error}") from None


def slug(name: str) -> str:
    """A name as that of a folder."""
    return _UNLIKELY.sub("-", name.lower()).strip("-")[:40] or "arm"


def _check_judge(design: Design, arms: Iterable[Arm]) -> None:
    """Raise SettingsError if the judge outside is a model that some arm works with: nobody marks its own work."""
    if not design.file.judge:
        return
    judge = model_of(Llm.model_validate(design.file.judge))
    for arm in arms:
        for role, model in arm.prepared.models.items():
            if model.name == judge.name:
                raise SettingsError(
                    f"judge: {judge.name} sits in the arm '{arm.name}' as its {role}, and would mark its own work: name another "
                    "model, or measure by outcome=checks"
                )


def _check_cluster(design: Design, first: Arm) -> None:
    axes, axis = first.prepared.loaded.scenario.axes, design.file.cluster
    if axis and axis not in axes:
        raise SettingsError(
            f"cluster: '{axis}' is no axis of the scenario{nearest(axis, axes)}; it has {', '.join(axes)}"
        )


def _check_apart(arms: Sequence[Arm]) -> None:
    """Raise SettingsError if two arms do the same, in whatever words they say so."""
    met: list[tuple[object, str]] = []
    for arm in arms:
        bound = {key: value for key, value in arm.prepared.bound().values.items() if key not in _NAMED}
        does = (bound, arm.prepared.topology, arm.prepared.models)
        if twin := next((name for other, name in met if other == does), ""):
            raise SettingsError(f"arms.{arm.name}: does the same as '{twin}'; change a setting, or leave it out")
        met.append((does, arm.name))


def differences(arms: Iterable[Arm]) -> dict[str, dict[str, str]]:
    """By arm, the settings that are not the same in all arms, as they are typed."""
    told = {arm.name: flat(arm.plan.settings) for arm in arms}
    keys = list(dict.fromkeys(key for one in told.values() for key in one))
    apart = [key for key in keys if len({str(one.get(key)) for one in told.values()}) > 1]
    return {name: {key: str(one[key]) for key in apart if key in one} for name, one in told.items()}


def held_equal(arms: Iterable[Arm]) -> dict[str, str]:
    """What is equal in all arms: the models by role and the settings, as far as they decide what comes out."""
    bound = [arm.prepared.bound().values for arm in arms]
    first = {_TOLD.get(key, key): value for key, value in bound[0].items() if key not in _OURS}
    bound = [{_TOLD.get(key, key): value for key, value in one.items()} for one in bound]
    return {key: str(value) for key, value in first.items() if all(one.get(key, _SCOPE) == value for one in bound[1:])}
