"""What a command line becomes: scenario, settings, topology, models and rules, worked out once for every command."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.checks.registry import check_names_known
from agents.models.calls import Model
from graphs.campaign.forbidden import Benchmarks
from graphs.campaign.nearness import NearnessRules, rules_of, with_distance
from graphs.files.agreement import Bound
from graphs.files.places import found_again, lasting
from graphs.files.rundir import SETTINGS, check_no_fork, check_usable, is_run, stored_settings
from graphs.planning.feedback import Feedback, check_feedback, feedback_of_run, read_feedback
from graphs.sampling.casting import cast_by
from graphs.sampling.topology import asked_once, topology_of, with_draws
from graphs.settings.binding import binding
from graphs.settings.layers import ForeignSetting, Layers, check_foreign
from graphs.settings.models import base_model_speaks, models_of, without_batches
from graphs.settings.own import SEAL, is_sealed, own_settings, seal
from graphs.settings.resolve import first_look, made_as, new_run_dir, resolve, resolved, with_decoding
from graphs.settings.roles import check_prompt_files, with_prompt_texts, with_role_settings
from graphs.settings.schema import Settings, flat
from graphs.settings.sources import source_digests
from graphs.settings.templates import check_templates
from scenarios.errors import RunDirError, SettingsError, nearest
from scenarios.ideated import Ideated
from scenarios.loading import Loaded, for_base_models, is_scenario_path, load
from scenarios.schema.topology import Topology

_RUNS = Path("runs")
_OF_MANY = ("memory", "embedding", "forbidden", "runner")
"""Groups of settings that say what samples are compared with, and where many are made."""


@dataclass(frozen=True)
class Preparation:
    """What a run works with. Models and rules are worked out when they are first asked for: not every command needs them."""

    loaded: Loaded
    """The scenario, with the decoding that the settings ask for."""
    settings: Settings
    topology: Topology
    out: Path
    fresh: bool = False
    """Nobody named `out`: it is the first free one under runs/, until the session takes it."""
    note: str = ""
    """How `memory.min_distance=auto` became a number; empty if the settings name one."""
    given: frozenset[str] = frozenset()
    """The keys that the user wrote for this session, dotted."""
    trial: int | None = None
    """Of this session alone: at most so many briefs, so that a forecast can be made. Nothing of it is stored."""
    others: tuple[Path, ...] = ()
    """Of this session alone: journals of runs that are over; an answer that one of them has is not paid for again."""
    axes: Ideated | None = None
    """Of this session alone: the values of ideated axes, if another run has them and this one is to have the same."""
    once: tuple[str, ...] | None = None
    """The roles that the command asks once for each sample, if it does not follow the topology."""
    foreign: tuple[ForeignSetting, ...] = ()
    """Settings that only the user may choose, and that somebody else chose: a command has to see to it that it uses none
    (`graphs.settings.layers.check_foreign`)."""

    @property
    def models(self) -> dict[str, Model]:
        """The model of every role. Raises SettingsError and ModelUnavailable."""
        return self._reached[0]

    @property
    def weights(self) -> Path | None:
        """The embedded model's weights, if a role needs them. Raises as `models`."""
        return self._reached[1]

    @property
    def rules(self) -> NearnessRules:
        """What a sample may be too near to. Raises DatasetError."""
        return self._ruled[0]

    @property
    def benchmarks(self) -> Benchmarks | None:
        """The texts that samples may not repeat, if the settings name any. Raises DatasetError."""
        return self._ruled[1]

    @cached_property
    def feedback(self) -> Feedback | None:
        """What the run is to do better than an earlier one. A run that goes on has a copy of its own. Raises SettingsError."""
        if not self.settings.feedback:
            return None
        kept = None if "feedback" in self.given else feedback_of_run(self.out)
        found = kept or read_feedback(Path(self.settings.feedback))
        check_feedback(found, self.loaded.scenario)
        return found

    @cached_property
    def _reached(self) -> tuple[dict[str, Model], Path | None]:
        if self.trial is not None:  # nobody waits for hours to hear what a run may cost
            return models_of(without_batches(self.settings), self.loaded)
        once = asked_once(self.topology, self.loaded.scenario) if self.once is None else self.once
        return models_of(self.settings, self.loaded, once)

    @cached_property
    def _ruled(self) -> tuple[NearnessRules, Benchmarks | None]:
        return rules_of(self.settings, self.loaded, self.feedback.shown if self.feedback else ())

    def bound(self) -> Bound:
        """What decides the run's outcome: a continued run must agree with it."""
        found = binding(self.settings, self.models, self.loaded)
        if self.benchmarks:
            found["forbidden.benchmarks"] = f"content {self.benchmarks.digest}"
        if self.feedback:
            found["feedback"] = f"content {self.feedback.digest}"
        found["scenario"] = lasting(self.stored(), self.out)["scenario"]
        return Bound(found, source_digests(self.loaded), self.given)

    def stored(self) -> dict[str, Any]:
        """The settings as run.yaml keeps them, sealed. Trust is given anew each time: a scenario may change."""
        kept = self.settings.model_dump(mode="json", exclude_unset=True, exclude={"trust"})
        kept = lasting({**kept, "scenario": self.settings.scenario}, self.out)
        sealed = seal(kept)
        return {**kept, SEAL: sealed} if sealed else kept


def prepare(given: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> Preparation:
    """Prepare a new run, or the run in `given["out"]`, to continue with what `given` changes.

    `given` holds settings as nested mappings; `own` are those of the user's own file, which is read if they are not given.
    Raises UserError; nothing is written.
    """
    own = own_settings() if own is None else own
    out = given.get("out", own.get("out"))
    if out is not None and not isinstance(out, str | int | float | Path):
        raise SettingsError(f"out={out}: give a directory")
    if out and is_run(Path(str(out))):
        check_no_fork(Path(str(out)), "no run that could go on")
        layers = _of_run(Path(str(out)), given, own)
    elif out and not given.get("scenario") and not own.get("scenario"):
        check_usable(Path(str(out)))
        raise RunDirError(
            f"out={out}: holds no run{nearest(str(out), _runs_beside(Path(str(out))))}; to begin one there, name its scenario, "
            "such as scenario=support"
        )
    else:
        layers = Layers(given, own)
    loaded, form = _loaded(layers)
    check_trust(layers.trusted(), loaded)
    named = {"scenario": layers.scenario(), **form, **({"out": str(out)} if out else {})}
    settings = with_prompt_texts(resolve(replace(layers, command={**layers.command, **named}), loaded))
    fresh = not settings.out
    if fresh:
        settings = settings.model_copy(update={"out": str(new_run_dir(settings.scenario, _RUNS))})
    check_usable(Path(settings.out))
    topology = with_draws(topology_of(loaded.scenario, settings.topology or None), settings.draws)
    check_names_known(loaded)
    check_templates(loaded)
    settings, note = with_distance(settings, loaded)
    keys = frozenset(flat(dict(given)))
    return Preparation(with_decoding(loaded, settings), settings, topology, Path(settings.out), fresh, note, keys)


def _loaded(layers: Layers) -> tuple[Loaded, dict[str, bool]]:
    """The scenario that is named, in the form that its models take and made as the settings say; and the setting that says
    which form it is, if there is a choice: a run keeps it. Raises ScenarioError and SettingsError."""
    loaded = load(layers.scenario(), {layers.trusted()})
    loaded, form = _formed(layers, loaded, first_look(layers, loaded))
    settings = first_look(layers, loaded)
    loaded = cast_by(made_as(loaded, settings.how), settings.topology)
    check_prompt_files(layers, loaded.scenario)
    return with_role_settings(loaded, settings), form


def _formed(layers: Layers, loaded: Loaded, settings: Settings) -> tuple[Loaded, dict[str, bool]]:
    """The scenario, or what stands in for it if a base model speaks."""
    if not loaded.scenario.base_models:
        if layers.command.get("base_models"):
            raise SettingsError(
                f"base_models=true: the scenario {loaded.scenario.name} has no form for base models; leave the key out"
            )
        return loaded, {}
    base = settings.base_models
    if base is None and layers.run is not None and not is_scenario_path(layers.scenario()):
        base = True  # what ships had no other form when the run was made
    if base is None:
        base = base_model_speaks(settings, loaded.scenario.writers)
    return for_base_models(loaded, {layers.trusted()}) if base else loaded, {"base_models": base}


def scenario_of_run(out: Path) -> Loaded:
    """The scenario of the run in `out`, in the form that it took. Raises RunDirError, ScenarioError and SettingsError."""
    stored = {key: value for key, value in stored_settings(out).items() if key != SEAL}
    return _loaded(Layers({}, run=found_again(stored, out), run_file=str(out / SETTINGS)))[0]


def check_trust(trusted: str, loaded: Loaded) -> None:
    """Raise SettingsError if the module that the user trusts is not the scenario's world: then it trusts something else."""
    if trusted and trusted != loaded.world_module:
        world = f"its world is {loaded.world_module}" if loaded.world_module else "it plays in no world"
        raise SettingsError(
            f"trust={trusted}: the scenario {loaded.scenario.name} does not use this module ({world}); leave trust out"
        )


@contextlib.contextmanager
def claimed(prepared: Preparation) -> Iterator[Preparation]:
    """The preparation of a run that has its directory while the block goes on: of those that start at the same time, each
    gets one of its own. One that nobody named, and in which nothing came to be, is removed again. Raises RunDirError."""
    fresh = prepared.fresh
    while fresh:
        try:
            prepared.out.parent.mkdir(parents=True, exist_ok=True)
            prepared.out.mkdir()
            break
        except FileExistsError:
            out = new_run_dir(prepared.settings.scenario, _RUNS)
            settings = prepared.settings.model_copy(update={"out": str(out)})
            prepared = replace(prepared, settings=settings, out=out)
        except OSError as error:
            raise RunDirError(f"out={prepared.out}: cannot be made ({error.strerror}); give another out=") from None
    try:
        yield prepared
    finally:
        if fresh:
            with contextlib.suppress(OSError):  # it is not empty
                prepared.out.rmdir()


def prepare_stored(out: Path, given: Mapping[str, Any] | None = None) -> Preparation:
    """The run in `out` as it was made, for the commands that look at one. `given` may name `scenario` and `trust`.

    The scenario has no values of ideated axes yet (see `graphs.files.axes.as_run`). Raises UserError.
    """
    layers = _of_run(out, given or {}, own_settings())
    loaded, form = _loaded(layers)
    check_trust(layers.trusted(), loaded)
    layers = replace(layers, command={**layers.command, "scenario": layers.scenario(), **form})
    settings, foreign = resolved(layers, loaded)
    settings = with_prompt_texts(settings)
    topology = with_draws(topology_of(loaded.scenario, settings.topology or None), settings.draws)
    check_names_known(loaded)
    return Preparation(with_decoding(loaded, settings), settings, topology, out, foreign=tuple(foreign))


def prepare_beside(out: Path, given: Mapping[str, Any]) -> Preparation:
    """The run in `out`, changed as `given` says, for what is made of one of its samples: what many samples need is as if nobody
    had said it. Where it is made the caller says.

    The scenario has no values of ideated axes yet (see `graphs.files.axes.as_run`). Raises UserError; nothing is written.
    """
    layers = _of_run(out, given, own_settings())
    loaded, form = _loaded(layers)
    check_trust(layers.trusted(), loaded)
    named = {"scenario": layers.scenario(), **form, "out": str(out)}
    settings, foreign = resolved(replace(layers, command={**layers.command, **named}), loaded)
    check_foreign(one for one in foreign if one.key.partition(".")[0] not in _OF_MANY)
    alone = {name: type(getattr(settings, name))() for name in _OF_MANY}
    settings = with_prompt_texts(settings.model_copy(update=alone))
    topology = with_draws(topology_of(loaded.scenario, settings.topology or None), settings.draws)
    check_names_known(loaded)
    check_templates(loaded)
    keys = frozenset(flat(dict(given)))
    return Preparation(with_decoding(loaded, settings), settings, topology, out, given=keys)


def _of_run(out: Path, given: Mapping[str, Any], own: Mapping[str, Any]) -> Layers:
    """What was said for the run in `out`, with its paths as they are today. Raises RunDirError."""
    stored = stored_settings(out)
    sealed = is_sealed(stored)
    told = found_again({key: value for key, value in stored.items() if key != SEAL}, out)
    named = str(told.get("scenario", ""))
    if not given.get("scenario") and is_scenario_path(named) and not Path(named).exists():
        raise RunDirError(
            f"out={out}: its scenario {named} is not there any more; if it has moved, name the new place: "
            f"python -m graphs.run out={out} scenario=PATH"
        )
    return Layers(given, own, told, str(out / SETTINGS), sealed)


def _runs_beside(out: Path) -> list[str]:
    """The runs in the folder in which `out` would be."""
    try:
        return [
            str(out.parent / path.name) for path in out.absolute().parent.iterdir() if path.is_dir() and is_run(path)
        ]
    except OSError:
        return []
