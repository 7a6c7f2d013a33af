"""What a command line becomes: scenario, settings, topology, models and rules, worked out once for every command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.checks.registry import check_names_known
from agents.models.calls import Model
from graphs.campaign.forbidden import Benchmarks
from graphs.campaign.nearness import NearnessRules, rules_of, with_distance
from graphs.files.rundir import check_usable, is_run, stored_settings
from graphs.sampling.topology import topology_of
from graphs.settings.binding import binding
from graphs.settings.keys import merged
from graphs.settings.models import models_of
from graphs.settings.resolve import new_run_dir, resolve, with_decoding, without_memory
from graphs.settings.schema import Settings
from graphs.settings.templates import check_templates
from scenarios.errors import RunDirError, SettingsError
from scenarios.loading import Loaded, load
from scenarios.schema.topology import Topology

_RUNS = Path("runs")


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
    def _reached(self) -> tuple[dict[str, Model], Path | None]:
        return models_of(self.settings, self.loaded)

    @cached_property
    def _ruled(self) -> tuple[NearnessRules, Benchmarks | None]:
        return rules_of(self.settings, self.loaded)

    def bound(self) -> dict[str, Any]:
        """What decides the run's outcome, by key: a continued run must agree with it."""
        found = binding(self.settings, self.models, self.loaded)
        if self.benchmarks:
            found["forbidden.benchmarks"] = f"content {self.benchmarks.digest}"
        return {**found, "scenario": _lasting(self.settings.scenario)}

    def stored(self) -> dict[str, Any]:
        """The settings as run.yaml keeps them. Trust is given anew each time: a run directory may come from anybody."""
        kept = self.settings.model_dump(mode="json", exclude_unset=True, exclude={"trust"})
        kept["scenario"] = _lasting(self.settings.scenario)
        if self.benchmarks:
            kept["forbidden"]["benchmarks"] = [str(Path(file).resolve()) for file in self.settings.forbidden.benchmarks]
        return kept


def prepare(given: Mapping[str, Any]) -> Preparation:
    """Prepare a new run, or the run in `given["out"]`, to continue with what `given` changes.

    `given` holds settings as nested mappings. Raises UserError; nothing is written.
    """
    words, out = dict(given), given.get("out")
    if out is not None and not isinstance(out, str | int | float | Path):
        raise SettingsError(f"out={out}: give a directory")
    if out and is_run(Path(str(out))):
        words = merged(without_memory(stored_settings(Path(str(out))), words), words)
    loaded = load(str(words.get("scenario") or "support"), {str(words.get("trust", ""))})
    settings = resolve({**words, "out": str(out or "")}, loaded)
    fresh = not settings.out
    if fresh:
        settings = settings.model_copy(update={"out": str(new_run_dir(settings.scenario, _RUNS))})
    check_usable(Path(settings.out))
    topology = topology_of(loaded.scenario, settings.topology or None)
    check_names_known(loaded)
    check_templates(loaded)
    settings, note = with_distance(settings, loaded)
    return Preparation(with_decoding(loaded, settings), settings, topology, Path(settings.out), fresh, note)


def claimed(prepared: Preparation) -> Preparation:
    """The preparation of a run that has its directory: of those that start at the same time, each gets one of its own."""
    while prepared.fresh:
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
    return prepared


def prepare_stored(out: Path, given: Mapping[str, Any] | None = None) -> Preparation:
    """The run in `out` as it was made, for the commands that look at one. `given` may name `scenario` and `trust`.

    The scenario has no values of ideated axes yet (see `graphs.files.axes.as_run`). Raises UserError.
    """
    given = given or {}
    stored = stored_settings(out)
    name = str(given.get("scenario") or stored.get("scenario") or "support")
    loaded = load(name, {str(given.get("trust", ""))})
    settings = resolve({**stored, "scenario": name}, loaded)
    topology = topology_of(loaded.scenario, settings.topology or None)
    check_names_known(loaded)
    return Preparation(with_decoding(loaded, settings), settings, topology, out)


def _lasting(scenario: str) -> str:
    """A scenario's path as one that holds from any folder; a name as it is."""
    path = Path(scenario)
    return str(path.resolve()) if path.suffix in {".yaml", ".yml"} or "/" in scenario else scenario
