"""The experiment's file: what it may say, and the mistakes that can be found in it before anything is spent."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from agents.models.limits.ledger import Budget
from graphs.experimenting.report import Outcome
from graphs.settings.guarding import guarded_in
from graphs.settings.keys import explain
from graphs.settings.layers import nested, over
from graphs.settings.schema import Llm, Settings, Switch, flat
from scenarios.errors import SettingsError, nearest
from scenarios.frozen import Frozen
from scenarios.loading import is_scenario_path
from scenarios.reading.yaml_text import read_yaml

MOST_BRIEFS = 10_000
_MOST_ARMS = 32
_FIXED = (
    "scenario", "out", "n", "seed", "round_size", "lookahead", "patience", "give_up", "saturation", "planner", "steering",
    "quota", "budget", "memory.path", "memory.url", "memory.scope",
    "memory.frozen", "trust",
)  # fmt: skip
"""Keys that the experiment sets itself: with others, arms would not have the same briefs."""
_LONGEST = 60
"""Characters of an arm's name."""
_NAME = re.compile(rf"[^\s/\\][^/\\\n]{{0,{_LONGEST - 1}}}")
EQUAL_TOKENS = "equal tokens"
"""The name of the arm that an experiment adds."""
_TO_ACCEPT = (
    "{where}: {key}={value}: an experiment's file may choose where requests, keys and files go only if you say so: add accept=yes, or "
    "type {typed} on the command line"
)
_TYPED = ("question", "n", "seed", "outcome", "judge", "cluster", "equal_tokens", "budget")
"""Keys of the file that the command line may give."""


class ArmPlan(Frozen):
    """One arm: its name, and the settings in which it differs, nested."""

    name: str
    settings: dict[str, Any]
    added: bool = False


class Contrast(Frozen):
    """Two arms to be compared: `other` minus `base`."""

    base: str
    other: str


class MemoryUse(StrEnum):
    """What an arm's samples are held against."""

    FROZEN = "frozen"
    """The memory as it stands, or nothing if none is named: each brief counts by itself."""
    OWN = "own"
    """A copy of it for each arm, to which the arm adds what it accepts: as a run would do it."""


class ExperimentFile(Frozen):
    """What an experiment's file says."""

    question: str = Field(min_length=1, max_length=500)
    scenario: str
    n: int = Field(ge=2, le=MOST_BRIEFS)
    """Briefs, the same in every arm."""
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings of every arm."""
    arms: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    factors: dict[str, list[Any]] = Field(default_factory=dict)
    """Settings with the values that are tried, each with each of the others."""
    contrasts: tuple[tuple[str, str], ...] | None = None
    """Pairs (base, other) of arms. By default each arm is compared with the first."""
    outcome: Outcome | None = None
    """By default `judge` if a judge is named, else `checks`."""
    judge: dict[str, Any] = Field(default_factory=dict)
    """The model that judges outside the arms, by keys of `llm`."""
    cluster: str = ""
    """An axis by whose values intervals are clustered; by default a sample's parent, or else its cell."""
    memory: MemoryUse = MemoryUse.FROZEN
    remembers: str = ""
    """A memory directory from which every arm starts; by default an empty one."""
    equal_tokens: Switch = Switch.ON
    """Add an arm that makes several candidates by the cheapest way, for as many tokens as the dearest arm."""
    budget: Budget = Budget()
    """Of the whole experiment."""

    @field_validator("contrasts", mode="before")
    @classmethod
    def _pairs(cls, given: Any) -> Any:
        pairs = given if isinstance(given, list | tuple) else [given]
        if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
            raise ValueError("write pairs of arms, as [[base, other], …]")
        return tuple(map(tuple, pairs))

    @field_validator("question", mode="before")
    @classmethod
    def _one_line(cls, given: Any) -> Any:
        return " ".join(given.split()) if isinstance(given, str) else given

    @property
    def measured_by(self) -> Outcome:
        """What counts as better."""
        return self.outcome or (Outcome.JUDGE if self.judge else Outcome.CHECKS)


class Design(Frozen):
    """An experiment as it is going to be made: checked, its factors written out as arms."""

    file: ExperimentFile
    arms: tuple[ArmPlan, ...]
    contrasts: tuple[Contrast, ...]


def read_design(path: Path, typed: Mapping[str, Any], accepts: bool = False) -> Design:
    """The design in an experiment's file. `typed` is what the command line says, nested: keys of the file, and settings, which
    hold in every arm. A file that names addresses, paths or variables of the environment counts only if the user `accepts` them.

    Raises SettingsError, in one line that names the file.
    """
    told = read_yaml(path, SettingsError)
    if not isinstance(told, dict):
        raise SettingsError(f"{path}: is not a mapping; write question, scenario, n and arms")
    mine = {key: value for key, value in typed.items() if key in _TYPED}
    typed = {key: value for key, value in typed.items() if key not in _TYPED}
    if not accepts:
        _check_judge_place(told.get("judge"), mine.get("judge"))
    try:
        file = ExperimentFile.model_validate(over(told, mine))
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explained(error)}") from None
    try:
        return _design(_at_home(file, path), typed, accepts)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def _explained(error: ValidationError) -> str:
    """The first mistake in a file, in one line."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        known = list(ExperimentFile.model_fields)
        return f"{key}: unknown key{nearest(key, known)}; a file may have {', '.join(known)}"
    if first["type"] == "missing":
        return f"{key}: is missing; write question, scenario, n and arms"
    return explain(error, model=ExperimentFile)


def _at_home(file: ExperimentFile, path: Path) -> ExperimentFile:
    """Paths of scenario and memory as seen from the experiment's file."""
    scenario = str(path.parent / file.scenario) if is_scenario_path(file.scenario) else file.scenario
    remembers = str(path.parent / file.remembers) if file.remembers else ""
    return file.model_copy(update={"scenario": scenario, "remembers": remembers})


def _design(file: ExperimentFile, typed: Mapping[str, Any], accepts: bool) -> Design:
    common = over(nested(file.settings), typed)
    _check_keys("settings", nested(file.settings), accepts)
    _check_keys("on the command line", typed, accepts=True)
    arms = [ArmPlan(name=name, settings=settings) for name, settings in _written_out(file)]
    if not 2 <= len(arms) <= _MOST_ARMS:
        raise SettingsError(f"arms: an experiment has 2 to {_MOST_ARMS} arms, not {len(arms)}")
    for arm in arms:
        if not _NAME.fullmatch(arm.name) or arm.name == EQUAL_TOKENS:
            raise SettingsError(f"arms.{arm.name}: give the arm a plain name of at most 60 characters, without '/'")
        _check_keys(f"arms.{arm.name}", arm.settings, accepts)
    _check_judge(file)
    whole = [arm.model_copy(update={"settings": over(common, arm.settings)}) for arm in arms]
    return Design(file=file, arms=tuple(whole), contrasts=tuple(_contrasts(file, [arm.name for arm in arms])))


def _written_out(file: ExperimentFile) -> Iterator[tuple[str, dict[str, Any]]]:
    """The arms that are named, or one for each combination of the factors' values."""
    if file.arms and file.factors:
        raise SettingsError("arms and factors are both given: leave one of them out")
    if not file.factors:
        yield from ((str(name), nested(settings or {})) for name, settings in file.arms.items())
        return
    if empty := next((key for key, values in file.factors.items() if not values), ""):
        raise SettingsError(f"factors.{empty}: is an empty list: name at least one value")
    combined = list(itertools.product(*file.factors.values()))
    names = [" + ".join(map(_short, values)) for values in combined]
    if len(set(names)) < len(names) or any(len(name) > _LONGEST for name in names):
        names = [f"{place:02d} {name[: _LONGEST - 3]}" for place, name in enumerate(names, 1)]
    for name, values in zip(names, combined, strict=True):
        yield name, nested(dict(zip(file.factors, values, strict=True)))


def _short(value: Any) -> str:
    """A factor's value in the name of an arm: of a path the file's name."""
    return " ".join(str(value).split()).rsplit("/", 1)[-1] or "none"


def _check_keys(where: str, settings: Mapping[str, Any], accepts: bool) -> None:
    """Raise SettingsError unless the settings are such as an arm may have."""
    for key in flat(dict(settings)):
        if fixed := next((one for one in _FIXED if key == one or key.startswith(f"{one}.")), ""):
            raise SettingsError(
                f"{where}: {key} is for the experiment to set, since arms have the same briefs: leave it out"
                + (f", and write '{fixed}:' beside 'arms'" if fixed in ExperimentFile.model_fields else "")
            )
    try:
        Settings.model_validate(settings)
    except ValidationError as error:
        raise SettingsError(f"{where}: {explain(error)}") from None
    if not accepts and (foreign := guarded_in(settings, Settings)):
        key, value = next(iter(foreign.items()))
        raise SettingsError(_TO_ACCEPT.format(where=where, key=key, value=value, typed="the setting"))


def _check_judge(file: ExperimentFile) -> None:
    needs = file.measured_by in {Outcome.JUDGE, Outcome.PAIRS}
    if needs and not file.judge:
        raise SettingsError(
            f"outcome={file.measured_by}: needs a judge who sits in no arm: write 'judge: {{model: NAME, base_url: http://…}}'"
        )
    if file.judge and not needs:
        raise SettingsError(f"judge: nobody is asked with outcome={file.measured_by}; leave one of the two out")
    try:
        Llm.model_validate(nested(file.judge))
    except ValidationError as error:
        raise SettingsError(explain(error, "judge.", Llm)) from None


def _check_judge_place(told: Any, typed: Any) -> None:
    """Raise SettingsError if the file alone says where the judge is."""
    said = guarded_in(typed, Llm)
    for key, value in guarded_in(told, Llm).items():
        if said.get(key) != value:
            raise SettingsError(_TO_ACCEPT.format(where="judge", key=key, value=value, typed=f"judge.{key}={value}"))


def _contrasts(file: ExperimentFile, names: list[str]) -> Iterator[Contrast]:
    if file.contrasts is None:
        yield from (Contrast(base=names[0], other=name) for name in names[1:])
        return
    seen = set[frozenset[str]]()
    for base, other in file.contrasts:
        for name in (base, other):
            if name not in names:
                raise SettingsError(f"contrasts: '{name}' is no arm{nearest(name, names)}; arms are {', '.join(names)}")
        if base == other or frozenset((base, other)) in seen:
            raise SettingsError(
                f"contrasts: [{base}, {other}] compares nothing, or what another one compares: leave it out"
            )
        seen.add(frozenset((base, other)))
        yield Contrast(base=base, other=other)
