"""What labels mean: as a file of the user's says, or the scenario of the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graphs.files.rundir import is_run
from scenarios.errors import ScenarioError, SettingsError
from scenarios.reading.yaml_text import read_yaml


def meanings_of(out: Path, target: str, labels: Path | None) -> tuple[str, Mapping[str, str]]:
    """What the texts are, as far as the scenario of a run says, and what each label means, as far as anybody says.

    `labels` is a YAML file `LABEL: what it means`. Raises SettingsError.
    """
    about, found = _by_scenario(out, target)
    return about, found if labels is None else _by_file(labels)


def _by_file(path: Path) -> dict[str, str]:
    told = read_yaml(path, SettingsError)
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
        raise SettingsError(f"labels={path}: holds lines 'LABEL: what it means'")
    return {
        str(label).lower() if isinstance(label, bool) else str(label): " ".join(text.split())
        for label, text in told.items()
    }


def _by_scenario(out: Path, target: str) -> tuple[str, dict[str, str]]:
    """By the axis of this name: its values with what else the scenario says of them."""
    if not (out.is_dir() and is_run(out)):
        return "", {}
    from graphs.preparation import scenario_of_run  # it loads all that a run needs

    try:
        scenario = scenario_of_run(out).scenario
    except ScenarioError:  # it is there no more, or has another shape: then nobody says it
        return "", {}
    axis = scenario.axes.get(target)
    told = {value.name: value.model_extra or {} for value in axis.values} if axis else {}
    return scenario.description, {name: _meaning(texts) for name, texts in told.items()}


def _meaning(texts: Mapping[str, object]) -> str:
    """What a scenario says of a value, without lists of phrases: the first text as it is, others behind their names."""
    plain = {key: text for key, text in texts.items() if isinstance(text, str) and "|" not in text}
    return "; ".join(f"{key}: {text}" if place else text for place, (key, text) in enumerate(plain.items()))
