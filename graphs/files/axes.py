"""`axes.yaml`: the values of a run's ideated axes, for whoever reads the run, and for the commands that look at one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import ValidationError

from graphs.files.rundir import run_dir_faults, write_text
from scenarios.errors import RunDirError
from scenarios.ideated import Ideated
from scenarios.loading import Loaded
from scenarios.reading.bounded import json_of, lines_of
from scenarios.reading.yaml_text import read_yaml

AXES = "axes.yaml"
_ABOVE = "# The ideated axes of this run. In a scenario, these lines can stand in place of those with `ideate`.\n"


def write_axes(out: Path, found: Ideated) -> None:
    """Write axes.yaml. Raises RunDirError."""
    lines = yaml.safe_dump(found.document(), sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
    with run_dir_faults(out):
        write_text(out / AXES, _ABOVE + lines)


def read_axes(home: Path) -> Ideated | None:
    """The axes.yaml in a folder, or None if there is none. Raises RunDirError if it cannot be read."""
    path = home / AXES
    try:
        return Ideated.model_validate(read_yaml(path, RunDirError)) if os.path.lexists(path) else None
    except ValidationError as error:
        why = " ".join(str(error.errors()[0]["msg"]).split())
        raise RunDirError(f"{path}: cannot be read ({why}); restore it") from None


def with_axes(loaded: Loaded, found: Ideated) -> Loaded:
    """The scenario with ideated values."""
    return loaded.model_copy(update={"scenario": found.within(loaded.scenario)})


def as_run(loaded: Loaded, home: Path) -> Loaded:
    """The scenario with the values that the run in `home` ideated. Raises RunDirError if there are none of an axis."""
    if not loaded.scenario.ideated:
        return loaded
    found = read_axes(home) or Ideated()
    if wrong := found.misfit(loaded.scenario):
        raise RunDirError(f"{home / AXES}: {wrong}; python -m graphs.run out={home} writes it anew")
    return with_axes(loaded, found)


def of_records(loaded: Loaded, files: Iterable[Path]) -> Loaded:
    """The scenario with those values of its ideated axes that the records in `files` have: for a file without its run."""
    found = Ideated()
    cells = [cell for path in files for cell in _cells(path)]
    for axis, plan in sorted(loaded.scenario.ideated.items(), key=lambda item: bool(item[1].each)):
        met: dict[str, str] = {}
        for cell in cells:
            if isinstance(name := cell.get(axis), str) and name:
                met.setdefault(name, str(cell.get(plan.each, "")))
        lists: dict[str, list[str]] = {}
        for name, parent in met.items():
            lists.setdefault(parent, []).append(name)
        if lists:
            found = found.and_axis(axis, lists, plan.each)
    return with_axes(loaded, found)


def _cells(path: Path) -> list[dict[str, object]]:
    """The cells of a file's lines, as far as they can be read: the rest is said when the lines are verified."""
    found = []
    for raw in lines_of(path):
        try:
            line = json_of(raw)
        except ValueError:
            continue
        brief = line.get("brief") if isinstance(line, dict) else None
        if isinstance(brief, dict) and isinstance(brief.get("cell"), dict):
            found.append(brief["cell"])
    return found
