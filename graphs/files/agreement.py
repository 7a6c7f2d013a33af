"""Whether a run that goes on is the run that was begun: what decides its outcome has to be the same."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphs.settings.keys import shown
from graphs.settings.sources import changes
from scenarios.errors import RunDirError
from scenarios.loading import is_scenario_path

SCENARIO, CONTENT = "scenario", "scenario file"
_LONGEST = 100
"""Characters of a file's value that an error repeats."""
_EMBEDDING, _OF_FILES = "embedding", {"forbidden.benchmarks", "feedback"}


@dataclass(frozen=True)
class Bound:
    """What decides a run's outcome."""

    values: dict[str, Any]
    """By key. A scenario is known by its content, wherever its file is."""
    sources: dict[str, str] = field(default_factory=dict)
    """Digests of the scenario's files, by name; none if they were not noted."""
    given: Set[str] = frozenset()
    """The keys that the user wrote for this session."""


def check_agreement(out: Path, before: Mapping[str, Any], sources: Mapping[str, str], now: Bound) -> None:
    """Raise RunDirError in one line that names the first key, or the scenario's file, by which the run in `out` differs from
    what it was `before`."""
    same_content = before.get(CONTENT) == now.values.get(CONTENT)
    keys = {*before, *now.values} - {SCENARIO, CONTENT} if same_content or _same_scenario(before, now) else set()
    if not same_content:
        # A role that came or went with the scenario's files is no other model of a role.
        keys -= {key for key in before.keys() ^ now.values.keys() if _is_model(key)}
    for key in sorted(keys):
        if before.get(key) != now.values.get(key):
            raise RunDirError(
                f"out={out}: holds a run with {key[:60]}={_told(key, before)}, not {_told(key, now.values)}; {_do(key, before, now)}"
            )
    if same_content:
        return
    if not _same_scenario(before, now):
        raise RunDirError(
            f"out={out}: holds a run with {SCENARIO}={shown(before.get(SCENARIO), _LONGEST)}, and {now.values.get(SCENARIO)} has other content; "
            f"{_do(SCENARIO, before, now)}"
        )
    raise RunDirError(
        f"out={out}: {_changed(now.values.get(SCENARIO), sources, now)}, or give another out= for a new run"
    )


def _told(key: str, values: Mapping[str, Any]) -> str:
    """The value of a key; of files that a run may do without, that there are none."""
    return "none" if key in _OF_FILES and values.get(key) is None else shown(values.get(key), _LONGEST)


def _same_scenario(before: Mapping[str, Any], now: Bound) -> bool:
    """Whether the scenario is meant to be the same: it has the same name, or both are files, one of which may have moved."""
    was, named = str(before.get(SCENARIO)), str(now.values.get(SCENARIO))
    return was == named or (is_scenario_path(was) and is_scenario_path(named))


def _changed(named: Any, sources: Mapping[str, str], now: Bound) -> str:
    """What became of a scenario's files, and what to do."""
    if not sources:
        return (
            f"its scenario ({named}), or a file that it names, has changed since the run began, which did not note them one by "
            "one; put them back to continue"
        )
    if not (told := changes(sources, now.sources)):
        return f"another version of Colloquia began this run, and read its scenario ({named}) otherwise; continue it with that one"
    if not is_scenario_path(str(named)):
        return f"of its scenario ({named}), {told} with another version of Colloquia; continue the run with that one"
    return f"of its scenario ({named}), {told} since the run began; put that back to continue"


def _do(key: str, before: Mapping[str, Any], now: Bound) -> str:
    """What to do about a key that differs."""
    if _written(key, now.given):
        return "leave the key out to continue that run, or give another out="
    if _is_model(key):
        role = key.split(".")[1]
        what = f"name that model again, by llm.model, llm.gguf and llm.style or by roles.{role}.llm.*"
    elif key == _EMBEDDING:
        what = "name that embedding again, by embedding.backend and embedding.model"
    elif key in _OF_FILES:
        what = "put the files back as they were"
    elif before.get(key) in (None, ""):
        what = f"take {key[:60]} out of the run's run.yaml"
    else:
        what = f"give {key[:60]}={shown(before[key], _LONGEST)}"
    return f"{what} to continue that run, or give another out="


def _is_model(key: str) -> bool:
    """Whether a key stands for the model of a role."""
    return key.startswith("roles.") and key.endswith(".model")


def _written(key: str, given: Set[str]) -> bool:
    """Whether the user wrote a key, or one that it stands for."""
    if _is_model(key):
        role = key.split(".")[1]
        return any(one.startswith(("llm.", f"roles.{role}.")) for one in given)
    return key in given or any(one.startswith(f"{key}.") for one in given)
